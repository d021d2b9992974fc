"""The pages that ask for a waiver of one step, take the request back, answer it, and withdraw a waiver."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import access, transitions
from opportunities.forms.closing import MoveForm
from opportunities.forms.reason_form import ReasonForm
from opportunities.forms.waiver_requests import DeclineWaiverForm
from opportunities.models import Opportunity, WaiverRequest
from opportunities.transitions import MoveKind
from opportunities.views.move_page import MovePage, my_day_if_from_there, respond, respond_to_button
from opportunities.views.request import (
    opportunity_context,
    opportunity_for,
    posted,
    role_required,
    step_of,
)
from salesflow.users.requests import SignedInRequest
from stages.models import Step

ASKED = MovePage("ask_for_waiver", transitions.ask_for_waiver, gettext_lazy("A manager has been asked."))
APPROVED = MovePage("approve_waiver_request", transitions.approve_waiver_request, gettext_lazy("Waived."))
DECLINED = MovePage("decline_waiver_request", transitions.decline_waiver_request, gettext_lazy("Declined."))
WITHDRAWN = MovePage("withdraw_waiver", transitions.withdraw_waiver, gettext_lazy("The waiver is withdrawn."))

WITHOUT_A_REQUEST = (MoveKind.WAIVE, MoveKind.ASK_FOR_WAIVER, MoveKind.WITHDRAW_WAIVER)


View = Callable[[SignedInRequest, Opportunity, Step], HttpResponse]


def about_a_step(view: View, *, managers_only: bool = False) -> Callable[..., HttpResponse]:
    """Makes the view of a page about one step of an opportunity. 404 for a step of another process."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @role_required
    def about(request: SignedInRequest, pk: int, step: int) -> HttpResponse:
        opportunity = opportunity_for(request, pk)
        if managers_only and not access.may_waive(request.user, opportunity):
            raise Http404
        return view(request, opportunity, step_of(opportunity, step))

    return about


def place_of(opportunity: Opportunity, step: Step) -> str:
    """The address of the step on the page of the opportunity."""
    return f"{opportunity.get_absolute_url()}?stage={step.stage_id}#div_id_{step.field}"


@about_a_step
def ask_for_waiver(request: SignedInRequest, opportunity: Opportunity, step: Step) -> HttpResponse:
    asked = _("Why should “%(step)s” be waived?") % {"step": step.name}
    return respond_about(request, ASKED, step, ReasonForm(posted(request), record=opportunity, asked=asked))


@partial(about_a_step, managers_only=True)
def approve_waiver_request(request: SignedInRequest, opportunity: Opportunity, step: Step) -> HttpResponse:
    """The reason of the waiver is that of the request, if it is not changed."""
    waiting = _waiting(opportunity, step)
    asked, typed = _("Why is “%(step)s” waived?") % {"step": step.name}, {"reason": waiting.reason if waiting else ""}
    form = ReasonForm(posted(request), record=opportunity, asked=asked, initial=typed)
    return respond_about(request, APPROVED, step, form, waiting)


@partial(about_a_step, managers_only=True)
def decline_waiver_request(request: SignedInRequest, opportunity: Opportunity, step: Step) -> HttpResponse:
    form = DeclineWaiverForm(posted(request), record=opportunity)
    return respond_about(request, DECLINED, step, form, _waiting(opportunity, step))


@partial(about_a_step, managers_only=True)
def withdraw_waiver(request: SignedInRequest, opportunity: Opportunity, step: Step) -> HttpResponse:
    asked = _("Why is the waiver of “%(step)s” withdrawn?") % {"step": step.name}
    return respond_about(request, WITHDRAWN, step, ReasonForm(posted(request), record=opportunity, asked=asked))


@about_a_step
def take_back_waiver_request(request: SignedInRequest, opportunity: Opportunity, step: Step) -> HttpResponse:
    taken_back = partial(transitions.take_back_waiver_request, step=step)
    done, to = gettext_lazy("The request is taken back."), place_of(opportunity, step)
    return respond_to_button(request, opportunity, taken_back, done=done, to=to)


def _waiting(opportunity: Opportunity, step: Step) -> WaiverRequest | None:
    waiting = opportunity.waiver_requests.filter(step=step, answered_at__isnull=True)
    return waiting.select_related("by").first()


def respond_about(
    request: SignedInRequest, move_page: MovePage, step: Step, form: MoveForm, waiting: WaiverRequest | None = None
) -> HttpResponse:
    made: Callable[..., Any] = partial(move_page.make, step=step)
    to = my_day_if_from_there(request) or place_of(form.record, step)
    context = opportunity_context(request, form.record)
    about = {
        "step": step,
        "waiver_request": waiting,
        "why_not": "" if form.is_bound else _why_not(move_page.name, step, context),
    }
    return respond(request, replace(move_page, make=made, to=to, about=about), form, context)


def _why_not(kind: str, step: Step, context: dict[str, Any]) -> str:
    """Why the page has no form for this step now; empty if it has one, and for an answer, which has its own page."""
    if kind not in WITHOUT_A_REQUEST or any(move.target == step for move in context["moves"].get(kind, ())):
        return ""
    return transitions.why_not(MoveKind(kind), step, context["opportunity"])
