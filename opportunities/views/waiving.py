"""The page that waives a step."""

from functools import partial

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import transitions
from opportunities.forms.reason_form import ReasonForm
from opportunities.models import Opportunity
from opportunities.views.move_page import MovePage
from opportunities.views.request import posted
from opportunities.views.waiver_requests import about_a_step, respond_about
from salesflow.users.requests import SignedInRequest
from stages.models import Step

WAIVED = MovePage("waive", transitions.waive, gettext_lazy("Waived."))


@partial(about_a_step, managers_only=True)
def waive(request: SignedInRequest, opportunity: Opportunity, step: Step) -> HttpResponse:
    asked = _("Why is “%(step)s” waived?") % {"step": step.name}
    return respond_about(request, WAIVED, step, ReasonForm(posted(request), record=opportunity, asked=asked))
