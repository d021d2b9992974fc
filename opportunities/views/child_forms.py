"""A form about one child row: how it is written, and shown on its page, in a place at a step, or in a tab."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from opportunities import access, display, editing
from opportunities.editing.child_table import ChildRow, ChildTable
from opportunities.forms.children import ChildForm
from opportunities.forms.picker.form import PickingForm, is_find
from opportunities.http_status import status_of
from opportunities.refusals import Refused
from opportunities.views import child_tabs, in_place, remedies
from opportunities.views.request import (
    answerable_step_of,
    editing_by,
    opportunity_now,
    save_the_rest,
    see_other,
    shown_query,
)
from salesflow import once
from salesflow.users.requests import SignedInRequest
from stages import vocabulary
from stages.models import Step

ADDED, CHANGED, REMOVED = gettext_lazy("%(name)s added."), gettext_lazy("Saved."), gettext_lazy("%(name)s removed.")


@dataclass(frozen=True)
class ChildPage:
    """One page of a child table: the names of its template, of which the first that exists is used, and its message.

    `place` is the id of the place at a step in which it is shown instead, if any.
    """

    templates: tuple[str, ...]
    done: str | Promise
    row: ChildRow | None = None
    place: str = ""


def add_page(table: ChildTable, place: str = "") -> ChildPage:
    return ChildPage((f"{table.name}_add", "add"), table.says.was_added or ADDED, place=place)


def ids_in(place: str) -> str:
    """The ids of the fields: in a place others than in the tab, because the page may show the same form in both."""
    return f"id_{place}_%s" if place else "id_%s"


def initial_values(request: SignedInRequest, *names: str) -> dict[str, str]:
    """The first values of these fields from the query of the address. Every form takes `stage` and `step`."""
    given = {name: request.GET[name] for name in ("stage", "step", *names) if name in request.GET}
    return given | in_place.token_of(request)


def step_of(form: ChildForm) -> Step | None:
    """The step for which the row is written, if it is in use and can be ticked."""
    if form.step_id is None:
        return None
    try:
        step = answerable_step_of(form.record, form.step_id)
    except Http404:
        return None
    return step if vocabulary.fields()[step.field].kind is vocabulary.FieldKind.TICK else None


def respond(request: SignedInRequest, form: ChildForm, table: ChildTable, child_page: ChildPage) -> HttpResponse:
    """Writes a valid form and redirects to the page that led here. Otherwise shows the form, with its errors."""
    refusal = child_tabs.why_not(request.user, form.record, table)
    if refusal:
        return page(
            request, form, table, child_page, refusal=refusal, status=status_of(refusal) if form.is_bound else 200
        )
    form.refuse_unnamed()
    if isinstance(form, PickingForm) and is_find(request):
        form.find()
        return page(request, form, table, child_page)
    if not form.is_valid():
        return page(request, form, table, child_page, status=422 if form.is_bound else 200)
    try:
        message = write(request, form, table, child_page.done)
    except Refused as refused:
        form.refuse(refused)
        save_the_rest(form, partial(write, request, form, table, child_page.done))
        return page(
            request, form, table, child_page, remedy=remedies.link_for(refused, form.record), status=status_of(refused)
        )
    messages.success(request, message)
    return see_other(back_to(request, form, table))


def write(request: SignedInRequest, form: ChildForm, table: ChildTable, done: str | Promise) -> str:
    """Writes the form, and a form that creates a row only once. Returns the message for the user."""
    closed: editing.Closed = "allow" if table.is_open_when_closed else "refuse"
    with editing_by(request, form, closed=closed) as record:
        if form.creates:
            once.claim(request)
        message = done % {"name": form.write_to(record)}
        form.complete_step(record)
        if form.creates:
            once.remember(request, back_to(request, form, table), message)
    return message


def page(
    request: SignedInRequest,
    form: ChildForm,
    table: ChildTable,
    child_page: ChildPage,
    *,
    refusal: Refused | None = None,
    remedy: remedies.RemedyLink | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one form, or with `refusal` only the reason why there is none.

    A form that was sent from a place or a tab of the opportunity page is shown there instead.
    """
    opportunity = form.record
    if form.is_bound and not child_page.place and child_tabs.has_sent(request, opportunity, table):
        shown: dict[str, Any] = {"form": form, "refusal": refusal, "remedy": remedy, "status": status}
        return child_tabs.refused(request, opportunity_now(request, opportunity.pk), table, **shown)
    context = _context(request, form, table, child_page) | {"refusal": refusal, "remedy": remedy}
    context["form_errors"] = status != 200 and not form.comparisons
    names = ("_in_place",) if child_page.place else child_page.templates
    return render(request, [f"children/{name}.html" for name in names], context, status=status)


def _context(request: SignedInRequest, form: ChildForm, table: ChildTable, child_page: ChildPage) -> dict[str, Any]:
    return {
        "opportunity": form.record,
        "form": form,
        "table": table,
        "row": child_page.row,
        "row_template": f"children/_{table.name}.html",
        "removal": _removal(table, child_page.row),
        "back": back_to(request, form, table),
        "place": child_page.place,
        "may_lead": access.may_lead(request.user, form.record),
    }


def _removal(table: ChildTable, row: ChildRow | None) -> str:
    """A sentence about the effect of removing the row."""
    column = next((name for name in table.logged if name in ("role", "roles")), "")
    roles = display.value(column, getattr(row, column, ""), table=table.name) if column else ""
    return str(table.says.removal) % {"name": row, "roles": roles}


def back_to(request: SignedInRequest, form: ChildForm, table: ChildTable) -> str:
    """The address of the page from which the form was opened: another page, a panel, or else the tab."""
    if form.back_page:
        return reverse(form.back_page, args=[form.record.pk])
    tab = f"tab={table.tab}" if table.has_tab else ""
    query = f"stage={form.back_to}" if form.back_to is not None else tab
    shown = shown_query(request) if in_place.place_of(request) else query
    return f"{form.record.get_absolute_url()}?{shown}" if shown else form.record.get_absolute_url()
