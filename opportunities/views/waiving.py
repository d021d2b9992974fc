"""Waive a step; ask a manager to close what is stuck, and a manager's answer."""

import dataclasses
import functools

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import access, transitions
from opportunities.forms.reasons import AnswerForm, ReasonForm
from opportunities.standing import Standing
from opportunities.views.closing import Way, answer
from opportunities.views.request import opportunity_for, posted, role_required
from salesflow.users.requests import SignedInRequest
from stages import gates

WAIVED = Way("waive", transitions.waive, lambda standing, record: [], gettext_lazy("Waived."))
ASKED = Way(
    "ask_manager", transitions.ask_manager, transitions.unmet_for_lost, gettext_lazy("A manager has been asked.")
)
DECLINED = Way("decline_request", transitions.decline_request, transitions.unmet_for_lost, gettext_lazy("Declined."))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def waive(request: SignedInRequest, pk: int, step: int) -> HttpResponse:
    """Managers only: for others the page does not exist."""
    opportunity = opportunity_for(request, pk)
    steps = {each.pk: each for stage in Standing.of(opportunity).stages for each in gates.required_steps(stage)}
    if step not in steps or not access.may_waive(request.user):
        raise Http404
    asked = _("Why is “%(step)s” waived?") % {"step": steps[step].name}
    form = ReasonForm(posted(request), record=opportunity, asked=asked)
    way = dataclasses.replace(WAIVED, move=functools.partial(transitions.waive, step=steps[step]))
    return answer(request, way, form)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def ask_manager(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who comes from Close as Lost brings along what they typed there."""
    deal, typed = opportunity_for(request, pk), {"reason": request.GET.get("reason", "")}
    form = ReasonForm(posted(request), record=deal, asked=_("Why should it be closed as lost?"), initial=typed)
    return answer(request, ASKED, form)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def decline_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """Managers only: for others the page does not exist."""
    opportunity = opportunity_for(request, pk)
    if not access.may_waive(request.user):
        raise Http404
    return answer(request, DECLINED, AnswerForm(posted(request), record=opportunity))
