"""The page that waives a step."""

import dataclasses
import functools

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import access, transitions
from opportunities.forms.reason_form import ReasonForm
from opportunities.progress import Progress
from opportunities.views.move_page import MovePage, respond
from opportunities.views.request import opportunity_for, posted, role_required
from opportunities.views.waiver_requests import place_of
from salesflow.users.requests import SignedInRequest
from stages import gates

WAIVED = MovePage("waive", transitions.waive, gettext_lazy("Waived."))


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
