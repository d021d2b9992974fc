"""The pages that put on hold and resume."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from opportunities import transitions
from opportunities.forms.reason_form import ReasonForm
from opportunities.forms.rendered_for import RenderedFor
from opportunities.http_status import status_of
from opportunities.transitions import Refused
from opportunities.views.move_page import MovePage, respond
from opportunities.views.opportunity import page
from opportunities.views.request import opportunity_for, opportunity_now, posted, role_required, see_other
from salesflow.users.requests import SignedInRequest

HELD = MovePage("hold", transitions.hold, _("Put on hold."))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def hold(request: SignedInRequest, pk: int) -> HttpResponse:
    form = ReasonForm(posted(request), record=opportunity_for(request, pk), asked=_("Why is it put on hold?"))
    return respond(request, HELD, form)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    """A GET, as after a refusal, shows the opportunity."""
    opportunity = opportunity_for(request, pk)
    if request.method != "POST":
        return see_other(opportunity)
    rendered_for = RenderedFor.posted(request)
    try:
        transitions.resume(opportunity=opportunity, by=request.user, at=timezone.now(), **rendered_for.move)
    except Refused as refusal:
        opportunity = opportunity_now(request, pk)
        return page(request, opportunity, posted=rendered_for, refusal=refusal, status=status_of(refusal))
    messages.success(request, str(_("Resumed.")))
    return see_other(opportunity)
