"""Changes one cell of the list of opportunities, in its row.

With htmx the form opens in the cell, and a write is answered with the row and the totals as they are now. Without htmx
the form has a page of its own, and a write leads back to the list.
"""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import way_back
from opportunities.forms import fields
from opportunities.forms.cells import FIELDS, CellForm
from opportunities.forms.next_step import NextStepChangeForm, PlanForm
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.models.tasks import next_task
from opportunities.pipeline import shown_list
from opportunities.pipeline.lists import columns, table
from opportunities.refusals import Refused
from opportunities.views import next_step
from opportunities.views.request import (
    editing_by,
    is_to_be_saved,
    opportunity_for,
    opportunity_now,
    posted,
    refuse_reader,
    role_required,
    see_other,
    sent_once,
    shown_address,
)
from salesflow.users.requests import SignedInRequest

NEXT = "next"


def _after(request: SignedInRequest, opportunity: Opportunity, name: str) -> str:
    """Where a write leads: to its row for htmx, otherwise to the list."""
    if not request.htmx:
        return way_back.place_of(request).address
    return f"{reverse('list_row', args=[opportunity.pk])}?{urlencode({'cell': name})}"


@require_safe
@role_required
def list_row(request: SignedInRequest, pk: int) -> HttpResponse:
    """The row of the list after a write, with the totals. Without htmx it leads to the list.

    An opportunity that the user does not see any more leaves the list.
    """
    if not request.htmx:
        opportunity_for(request, pk)
        return see_other(way_back.place_of(request).address)
    refuse_reader(request)
    shown = shown_list.of(request, shown_address(request))
    seen = Opportunity.objects.filter(pk=pk).visible_to(request.user).exists()
    rows = table.read([pk], shown.shown_columns) if seen else []
    name = fields.only_value(request.GET, "cell") or ""
    name = name if name in columns.ALL else ""
    drawn = table.of(rows, shown, at=timezone.now(), reader=request.user, focus=name)
    context = {"table": drawn, "totals": shown.totals, "may_tick": not shown.shows_all_rows}
    response = render(request, "list/_row_now.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = "closest tr", "outerHTML"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def list_cell(request: SignedInRequest, pk: int, name: str) -> HttpResponse:
    """The form of one cell. `name` is that of the column."""
    opportunity = opportunity_for(request, pk)
    if name == NEXT:
        return _next_step(request, opportunity)
    if name not in FIELDS:
        raise Http404
    form = CellForm(posted(request), record=opportunity, by=request.user, name=name)
    if not form.is_allowed:
        raise PermissionDenied
    if not form.is_bound and not opportunity.is_open:
        return see_other(_after(request, opportunity, name))
    form.refuse_unnamed()
    if is_to_be_saved(request, form):
        try:
            with editing_by(request, form, owner_leaves=form.owner_leaves) as record:
                form.write_to(record)
        except Refused as refusal:
            form.refuse(refusal)
            return _page(request, opportunity_now(request, pk), name, form, status_of(refusal))
        return see_other(_after(request, opportunity, name))
    return _page(request, opportunity, name, form, 422 if form.errors else 200)


class _InTheList(next_step.CardPlace):
    """The forms of the next-step card, in a cell of the list."""

    def address(self, request: SignedInRequest, opportunity: Opportunity) -> str:
        return _after(request, opportunity, NEXT)

    def page(self, request: SignedInRequest, shown: next_step.Card, status: int = 200) -> HttpResponse:
        if shown.form is None:  # another person was faster
            return see_other(_after(request, shown.opportunity, NEXT))
        return _page(request, shown.opportunity, NEXT, shown.form, status, refusal=shown.refusal)


def _next_step(request: SignedInRequest, opportunity: Opportunity) -> HttpResponse:
    """Changes the next step that there is, or plans one."""
    task, data = next_task(opportunity), posted(request)
    given: dict[str, Any] = {"record": opportunity, "today": next_step.today(), "auto_id": f"cell-{opportunity.pk}-%s"}
    is_change = task is not None if data is None else "next-task" in data
    form = NextStepChangeForm(data, row=task, **given) if is_change else PlanForm(data, **given)
    return next_step.respond(request, opportunity, form, "change" if is_change else "plan", _InTheList())


def _page(
    request: SignedInRequest, opportunity: Opportunity, name: str, form: Any, status: int, **more: Any
) -> HttpResponse:
    """The form in its cell for htmx, otherwise on a page of its own."""
    template = "list/_cell_form.html" if request.htmx else "list/cell_page.html"
    label = columns.ALL[name].label
    is_wrong = status != 200 and not form.comparisons
    context = {"opportunity": opportunity, "name": name, "label": label, "form": form, "form_errors": is_wrong, **more}
    return render(request, template, context, status=status)
