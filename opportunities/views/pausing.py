"""The pages that put on hold and resume."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from opportunities import transitions
from opportunities.forms.reason_form import ReasonForm
from opportunities.views.move_page import MovePage, respond, respond_to_button
from opportunities.views.request import opportunity_for, posted, role_required
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
    return respond_to_button(request, opportunity_for(request, pk), transitions.resume, done=_("Resumed."))
