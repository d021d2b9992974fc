"""The answer to one step, which saves itself as soon as it is given."""

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from opportunities.editing import editing
from opportunities.editing.refusals import Refused
from opportunities.forms.panel import StagePanelForm
from opportunities.forms.rendered_for import posted_id
from opportunities.forms.steps import StepRow
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.progress import Progress
from opportunities.views.opportunity import page_context
from opportunities.views.request import opportunity_for, opportunity_now, role_required, see_other
from salesflow.users.requests import SignedInRequest
from stages import gates
from stages.models import Stage, Step


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
    progress = Progress.of(opportunity)
    stage, found = _step(progress, step)
    form = StagePanelForm(_settled(request.POST), record=opportunity, progress=progress, stage=stage, only=found)
    form.refuse_unnamed()
    if not form.is_valid():
        return _parts(request, opportunity, form, found, status=422)
    try:
        with editing(
            opportunity,
            by=request.user,
            at=timezone.now(),
            version=form.seen_version,
            page=form.page,
            relies_on=form.relies_on,
        ) as record:
            form.write_to(record)
    except Refused as refusal:
        form.refuse(refusal)
        return _parts(request, opportunity_now(request, pk), form, found, status=status_of(refusal))
    return _parts(request, opportunity_now(request, pk), form, found, status=200)


def _settled(data: QueryDict) -> QueryDict:
    """The answer of a person who has seen what another one saved since: compared with what they saw then."""
    if "settled" not in data:
        return data
    data = data.copy()
    data["version"] = str(posted_id(data, "settled"))
    return data


def _step(progress: Progress, pk: int) -> tuple[Stage, Step]:
    for stage in progress.stages:
        for step in gates.steps_in_use(stage):
            if step.pk == pk:
                return stage, step
    raise Http404


def _fresh(form: StagePanelForm, step: Step, opportunity: Opportunity, progress: Progress) -> StagePanelForm:
    """The form of the step as it is stored."""
    return StagePanelForm(record=opportunity, progress=progress, stage=form.stage, only=step)


def _parts(
    request: SignedInRequest,
    opportunity: Opportunity,
    form: StagePanelForm,
    step: Step,
    *,
    status: int,
) -> HttpResponse:
    """The mark of the step, what it says, the track, what is left, people and facts: each replaces its like."""
    context: dict[str, Any] = page_context(request, opportunity, stage=form.stage)
    row = StepRow(step, opportunity, context["progress"])
    is_saved = status == 200
    shown = _fresh(form, step, opportunity, context["progress"]) if is_saved else form
    context |= row.shown(shown, context)
    context |= {
        "is_saved": is_saved,
        "at": timezone.now(),
        "oob": True,
        "present_version": opportunity.version,
        "is_explicit": "also" in request.POST,
    }
    return render(request, "opportunity/_answered.html", context, status=status)
