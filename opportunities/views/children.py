"""The pages of the child tables that people edit: add, change, remove."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import access, display, editing
from opportunities.editing import conflicts, rules
from opportunities.editing.child_tables import ChildRow, ChildTable
from opportunities.editing.refusals import Gone, Refused
from opportunities.forms.children import ChildForm, ExistingRowForm
from opportunities.forms.picker.form import PickingForm, is_find
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.views import remedies
from opportunities.views.child_pages import PAGES, ChildPages
from opportunities.views.request import (
    answerable_step_of,
    editing_by,
    opportunity_for,
    posted,
    role_required,
    see_other,
    sent_once,
    shown_query,
)
from salesflow import once
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest
from stages import vocabulary
from stages.models import Step

ROWS_A_PAGE = 20
SLOT = "slot_"
"""How the id of an element begins that shows a form in place."""


def tab(request: SignedInRequest, opportunity: Opportunity, table: ChildTable, token: str) -> dict[str, Any]:
    """The context of the tab: a page of the rows, and the form to add one if the user may.

    All forms of the whole page have the same token.
    """
    pages = PAGES[table.name]
    refusal = why_not(request.user, opportunity, table)
    listed = pages.rows(opportunity).filter(**pages.listed_if)
    if pages.annotated:
        listed = pages.annotated(listed, request.user)
    paginator = Paginator(listed, ROWS_A_PAGE)
    if pages.counted:
        paginator.count = getattr(opportunity, pages.counted) or 0
    found = paginator.get_page(request.GET.get("page"))
    rows = list(found)
    if pages.add_to:
        pages.add_to(opportunity, rows)
    return {
        "table": table,
        "rows": rows,
        "page": found,
        "row_template": f"children/_{table.name}.html",
        "none_template": [f"children/_no_{table.tab}.html", "children/_none_yet.html"],
        "add_form": None if refusal else pages.add_form(record=opportunity, initial={"token": token}),
        "led_by": str(table.says.led_by) % {"owner": opportunity.owner},
    }


@dataclass(frozen=True)
class ChildPage:
    """One page of a child table: the names of its template, of which the first that exists is used, and its message."""

    templates: tuple[str, ...]
    done: str | Promise
    row: ChildRow | None = None


FIRST_VALUES = ("role", "roles", "kind", "came_from")
"""The fields of a form that adds a row whose first value the address may give."""

ADDED, CHANGED, REMOVED = gettext_lazy("%(name)s added."), gettext_lazy("Saved."), gettext_lazy("%(name)s removed.")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def add(request: SignedInRequest, pk: int, table: str) -> HttpResponse:
    """The page with the form of the tab. `?stage=` makes it lead back to a panel. The query may set first values.

    `?step=` makes it lead back to the panel of a step, and offer to mark that complete.
    """
    opportunity, pages = opportunity_for(request, pk), PAGES[table]
    if pages.table.is_single and request.method != "POST" and (row := pages.rows(opportunity).first()):
        return redirect(f"{reverse(f'{table}_edit', args=[pk, row.pk])}?{request.GET.urlencode()}")
    form = pages.add_form(posted(request), record=opportunity, initial=initial_values(request, *FIRST_VALUES))
    form.at_step = step_of(form)
    form.focus_first()
    return respond(request, form, pages.table, ChildPage((f"{table}_add", "add"), pages.table.says.was_added or ADDED))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def change(request: SignedInRequest, pk: int, row: int, table: str) -> HttpResponse:
    pages = PAGES[table]
    return row_page(request, pk, row, pages, pages.change_form, "edit", CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def remove(request: SignedInRequest, pk: int, row: int, table: str) -> HttpResponse:
    """Asks before it removes a row."""
    pages = PAGES[table]
    return row_page(request, pk, row, pages, pages.remove_form, "remove", pages.table.says.was_removed or REMOVED)


def row_page(
    request: SignedInRequest,
    pk: int,
    row: int,
    pages: ChildPages,
    form_class: type[ExistingRowForm],
    act: str,
    done: str | Promise,
) -> HttpResponse:
    """The page of a form about one row. `act` names its template, `done` is the message afterwards."""
    opportunity, table = opportunity_for(request, pk), pages.table
    found = pages.rows(opportunity).filter(pk=row).first()
    templates = (f"{table.name}_{act}", act)
    if found is None:
        form = form_class(posted(request), record=opportunity, row=table.model())
        return row_gone(request, form, table, row, templates)
    form = form_class(posted(request), record=opportunity, row=found, initial=initial_values(request, "came_from"))
    form.at_step = step_of(form)
    if in_place(request):
        form.focus_first()
    return respond(request, form, table, ChildPage(templates, done, found))


def row_gone(
    request: SignedInRequest, form: ChildForm, table: ChildTable, row: int, templates: tuple[str, ...]
) -> HttpResponse:
    """The page of a form about a row that another person removed: who did and when, with what was typed. Else 404."""
    found = conflicts.removal_of(form.record, table, row) if form.is_bound else None
    if found is None:
        raise Http404
    form.refuse_unnamed()
    event, name = found
    said = {"person": event.by, "name": name, "ago": naturaltime(event.at)}
    refusal = Gone(_("%(person)s removed %(name)s %(ago)s.") % said)
    return page(request, form, table, ChildPage(templates, "", name), refusal=refusal, status=409)


def initial_values(request: SignedInRequest, *names: str) -> dict[str, str]:
    """The first values of these fields from the query of the address. Every form takes `stage` and `step`.

    A form in place has the token of the page that it is on.
    """
    token = once.clean_token(request.GET.get("token")) if in_place(request) else ""
    given = {name: request.GET[name] for name in ("stage", "step", *names) if name in request.GET}
    return given | ({"token": token} if token else {})


def in_place(request: SignedInRequest) -> str:
    """The id of the element of the opportunity page in which the form is shown; empty for a page of its own."""
    target = str(request.htmx.target or "")
    return target if target.startswith(SLOT) else ""


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
    refusal = why_not(request.user, form.record, table)
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
        return page(
            request, form, table, child_page, remedy=remedies.link_for(refused, form.record), status=status_of(refused)
        )
    if not in_place(request):
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
            once.remember(request, back_to(request, form, table), "" if in_place(request) else message)
    return message


def why_not(user: User, opportunity: Opportunity, table: ChildTable) -> Refused | None:
    """The refusal of a change of this table by this user; None if they may change it."""
    try:
        rules.refuse_reader(user)
        if not table.is_open_when_closed:
            editing.refuse_closed(opportunity)
        rules.refuse_changed_lead(user, opportunity, team_changed=table.is_led, owner_changed=False)
    except Refused as refusal:
        return refusal
    return None


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
    """The page of one form, or with `refusal` only the reason why there is none."""
    context = {
        "opportunity": form.record,
        "form": form,
        "form_errors": status != 200,
        "table": table,
        "row": child_page.row,
        "row_template": f"children/_{table.name}.html",
        "removal": _removal(table, child_page.row),
        "refusal": refusal,
        "remedy": remedy,
        "back": back_to(request, form, table),
        "slot": in_place(request),
        "may_lead": access.may_lead(request.user, form.record),
    }
    names = ("_in_place",) if in_place(request) else child_page.templates
    templates = [f"children/{name}.html" for name in names]
    return render(request, templates, context, status=status)


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
    shown = shown_query(request) if in_place(request) else query
    return f"{form.record.get_absolute_url()}?{shown}" if shown else form.record.get_absolute_url()
