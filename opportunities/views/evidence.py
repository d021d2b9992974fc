"""The form that adds evidence at its step, on the opportunity page. Without JavaScript, a page of its own adds it."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from opportunities.editing.child_tables import ChildTable
from opportunities.editing.children import COUNTS
from opportunities.editing.refusals import Refused
from opportunities.forms.children import ChildForm
from opportunities.forms.panel import AnswerForm
from opportunities.forms.steps import StepRow, add_url, takes_in_place
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.views import children
from opportunities.views.child_pages import PAGES
from opportunities.views.opportunity import page_context, tabs
from opportunities.views.request import (
    answerable_step_of,
    opportunity_for,
    opportunity_now,
    posted,
    role_required,
    see_other,
)
from salesflow import once
from salesflow.users.requests import SignedInRequest
from stages.models import Step


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def add_evidence(request: SignedInRequest, pk: int, step: int) -> HttpResponse:
    """Shows the form below the step, for htmx. Writes it, and answers with the parts of the page that follow from it.

    A form that is sent twice has the same answer twice.
    """
    opportunity = opportunity_for(request, pk)
    found = answerable_step_of(opportunity, step)
    if not takes_in_place(found):
        raise BadRequest("The step asks for no rows that a form in the panel adds.")
    if request.method != "POST" and not request.htmx:
        return see_other(add_url(found, opportunity))
    table, count = COUNTS[found.evidence]
    form = PAGES[table.name].add_form(
        posted(request), record=opportunity, prefix=f"add_{found.pk}", initial=dict(count.where)
    )
    refusal = children.why_not(request.user, opportunity, table)
    if refusal:
        status = status_of(refusal) if form.is_bound else 200
        return _shown(request, form, found, table, refusal=refusal, status=status)
    form.refuse_unnamed()
    if not form.is_bound:
        form.focus_first()
        return _shown(request, form, found, table, status=200)
    added, status = _written(request, form, table)
    if not added:
        return _shown(request, form, found, table, status=status)
    return _added(request, opportunity_now(request, pk), found, table, added)


def _written(request: SignedInRequest, form: ChildForm, table: ChildTable) -> tuple[str, int]:
    """The message about the row that was added, now or when the form was sent before; empty if the form is refused."""
    status = 422
    try:
        if form.is_valid():
            return children.write(request, form, table, table.says.was_added or children.ADDED), 200
    except once.Repeated as repeated:
        return repeated.done.message, 200
    except Refused as refused:
        form.refuse(refused)
        status = status_of(refused)
    before = once.done(request)  # the first request may be why this one is refused
    return (before.message, 200) if before else ("", status)


def _shown(
    request: SignedInRequest,
    form: ChildForm,
    step: Step,
    table: ChildTable,
    *,
    refusal: Refused | None = None,
    status: int,
) -> HttpResponse:
    """The form, or with `refusal` only the reason why there is none."""
    context = {"form": form, "step": step, "table": table, "refusal": refusal, "evidence_url": request.path}
    return render(request, "opportunity/_add_evidence.html", context, status=status)


def _added(
    request: SignedInRequest, opportunity: Opportunity, step: Step, table: ChildTable, added: str
) -> HttpResponse:
    """What the step and the page say now. The form is gone, and its place offers to add another."""
    context: dict[str, Any] = page_context(request, opportunity, stage=step.stage)
    context |= StepRow(step, opportunity, context["progress"]).shown(AnswerForm(record=opportunity, step=step), context)
    tab = _tab_on_the_page(request)
    if tab == table.tab:
        context |= children.tab(request, opportunity, table, context["panel"].token)
        context["tab_query"] = f"stage={step.stage_id}&tab={tab}&"
    context |= {
        "added": added,
        "is_saved": True,
        "at": timezone.now(),
        "oob": True,
        "tab": tab,
        "tabs": tabs(opportunity, step.stage),
    }
    return render(request, "opportunity/_added_evidence.html", context)


def _tab_on_the_page(request: SignedInRequest) -> str:
    """The tab of the page that sent the form, from the address that htmx sends."""
    address = request.htmx.current_url_abs_path or ""
    return QueryDict(address.partition("?")[2]).get("tab", "timeline")
