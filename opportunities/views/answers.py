"""The answer to one step, which saves itself as soon as it is given."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from opportunities.editing import answers
from opportunities.forms import conflict_posted
from opportunities.forms.panel import AnswerForm
from opportunities.forms.steps import StepRow
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.refusals import Refused
from opportunities.views.opportunity import page_context
from opportunities.views.request import (
    answerable_step_of,
    editing_by,
    opportunity_for,
    opportunity_now,
    role_required,
    see_other,
)
from salesflow.users.requests import SignedInRequest
from stages.models import Step


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def answer(request: SignedInRequest, pk: int, step: int) -> HttpResponse:
    """Writes what was posted for this step and nothing else, by the form and the rules of the panel.

    The page keeps the version it was opened with: what it saved itself is no conflict, and a field of another step
    that another person changed meanwhile is still compared. Answers with the parts of the page that follow from the
    answer. None of them is a control.
    """
    opportunity = opportunity_for(request, pk)
    if request.method != "POST":
        return see_other(opportunity)
    found = answerable_step_of(opportunity, step)
    form = AnswerForm(request.POST, record=opportunity, step=found)
    form.refuse_unnamed()
    if not form.is_valid():
        return _parts(request, opportunity, form, found, status=422)
    try:
        with editing_by(request, form, settled=form.settled) as record:
            form.write_to(record)
    except Refused as refusal:
        form.refuse(refusal)
        return _parts(request, opportunity_now(request, pk), form, found, status=status_of(refusal))
    return _parts(request, opportunity_now(request, pk), form, found, status=200)


def _read_as(opportunity: Opportunity, step: Step) -> str:
    """How an amount was read; empty for another kind of answer."""
    answer = answers.of(step.field)
    amount = answer.read(opportunity)
    return answer.display(amount) if answer.control == "money" and amount is not None else ""


def _parts(
    request: SignedInRequest,
    opportunity: Opportunity,
    form: AnswerForm,
    step: Step,
    *,
    status: int,
) -> HttpResponse:
    """The mark of the step, what it says, the track, what is left, people and facts: each replaces its like."""
    context: dict[str, Any] = page_context(request, opportunity, stage=form.stage)
    panel, is_saved = context["panel"], status == 200
    chosen_before = conflict_posted.open_choices(request.POST, panel.answered)
    panel.to_choose = (chosen_before - {step.field}) | form.disputed
    row = StepRow(step, opportunity, context["progress"])
    context |= row.shown(AnswerForm(record=opportunity, step=step) if is_saved else form, context)
    context |= {
        "is_saved": is_saved,
        "at": timezone.now(),
        "oob": True,
        "read_as": _read_as(opportunity, step) if is_saved else "",
        "is_given_back": is_saved and bool(form.left_as_saved),
        "is_explicit": "also" in request.POST,
        "is_choice_changed": chosen_before != panel.to_choose,
        "settled": form.conflict_version or form.settled.get(step.field),
    }
    return render(request, "opportunity/_answered.html", context, status=status)
