"""The pages that waive a step, ask a manager to close an opportunity, and decline that request."""

import dataclasses
import functools

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import access, transitions
from opportunities.forms.reason_form import DeclineForm, ReasonForm
from opportunities.progress import Progress
from opportunities.transitions import MoveKind
from opportunities.views.move_page import MovePage, respond
from opportunities.views.request import opportunity_for, posted, role_required
from opportunities.views.waiver_requests import place_of
from salesflow.users.requests import SignedInRequest
from stages import gates

WAIVED = MovePage("waive", transitions.waive, gettext_lazy("Waived."))
ASKED = MovePage(
    "ask_manager", transitions.ask_manager, gettext_lazy("A manager has been asked."), lists=MoveKind.CLOSE_AS_LOST
)
DECLINED = MovePage(
    "decline_request", transitions.decline_request, gettext_lazy("Declined."), lists=MoveKind.CLOSE_AS_LOST
)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def waive(request: SignedInRequest, pk: int, step: int) -> HttpResponse:
    """Managers only; 404 for other users."""
    opportunity = opportunity_for(request, pk)
    steps = {each.pk: each for stage in Progress.of(opportunity).stages for each in gates.required_steps(stage)}
    if step not in steps or not access.may_waive(request.user):
        raise Http404
    asked = _("Why is “%(step)s” waived?") % {"step": steps[step].name}
    form = ReasonForm(posted(request), record=opportunity, asked=asked)
    waived = dataclasses.replace(
        WAIVED, make=functools.partial(transitions.waive, step=steps[step]), to=place_of(opportunity, steps[step])
    )
    return respond(request, waived, form)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def ask_manager(request: SignedInRequest, pk: int) -> HttpResponse:
    """`?reason=` is the reason that was typed on Close as Lost."""
    opportunity, typed = opportunity_for(request, pk), {"reason": request.GET.get("reason", "")}
    form = ReasonForm(posted(request), record=opportunity, asked=_("Why should it be closed as lost?"), initial=typed)
    return respond(request, ASKED, form)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def decline_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """Managers only; 404 for other users."""
    opportunity = opportunity_for(request, pk)
    if not access.may_waive(request.user):
        raise Http404
    return respond(request, DECLINED, DeclineForm(posted(request), record=opportunity))
