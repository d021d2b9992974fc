"""The pages of the child tables that people edit: add, change, remove. Each form opens in place at a step, too."""

from typing import Any

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from opportunities.editing import conflicts
from opportunities.editing.child_table import ChildTable
from opportunities.editing.children import COUNTS
from opportunities.forms import offers
from opportunities.forms.children import ChildForm, ExistingRowForm
from opportunities.models import Opportunity
from opportunities.refusals import Gone
from opportunities.views import child_forms, in_place, next_step
from opportunities.views.child_forms import ChildPage
from opportunities.views.child_pages import PAGES, ChildPages
from opportunities.views.request import (
    answerable_step_of,
    opportunity_for,
    posted,
    role_required,
    see_other,
    sent_once,
)
from salesflow.users.requests import SignedInRequest
from stages.models import Step

FIRST_VALUES = ("role", "roles", "kind", "came_from")
"""The fields of a form that adds a row whose first value the address may give."""


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@in_place.opens_in_place
@sent_once
def add(request: SignedInRequest, pk: int, table: str) -> HttpResponse:
    """The page with the form of the tab. `?stage=` makes it lead back to a panel. The query may set first values.

    `?step=` makes it lead back to the panel of a step, and offer to mark that complete.
    """
    opportunity, pages = opportunity_for(request, pk), PAGES[table]
    if pages.table.is_single and request.method != "POST" and (row := pages.rows(opportunity).first()):
        return redirect(f"{reverse(f'{table}_edit', args=[pk, row.pk])}?{request.GET.urlencode()}")
    place = in_place.place_of(request)
    initial = pages.first_values(next_step.today()) | child_forms.initial_values(request, *FIRST_VALUES)
    form = pages.add_form(posted(request), record=opportunity, initial=initial, auto_id=child_forms.ids_in(place))
    form.at_step = child_forms.step_of(form)
    form.focus_first()
    return child_forms.respond(request, form, pages.table, child_forms.add_page(pages.table, place))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def add_evidence(request: SignedInRequest, pk: int, step: int) -> HttpResponse:
    """Adds a row that the tick of the step rests on, in the place below the step. Without htmx it leads to the page."""
    opportunity = opportunity_for(request, pk)
    found = answerable_step_of(opportunity, step)
    if found.evidence not in COUNTS or COUNTS[found.evidence][0].has_files:
        raise BadRequest("The step asks for no rows that a form in the panel adds.")
    if request.method != "POST" and not request.htmx:
        return see_other(offers.add_url(found, opportunity))
    place = offers.place_of(found)
    return in_place.answered(request, pk, _add_evidence(request, opportunity, found, place), place, found)


@sent_once
def _add_evidence(request: SignedInRequest, opportunity: Opportunity, step: Step, place: str) -> HttpResponse:
    table, count = COUNTS[step.evidence]
    pages = PAGES[table.name]
    initial = pages.first_values(next_step.today()) | dict(count.where)
    named: dict[str, Any] = {"record": opportunity, "prefix": f"add_{step.pk}", "initial": initial}
    form = pages.add_form(posted(request), **named)
    form.focus_first()
    return child_forms.respond(request, form, table, child_forms.add_page(table, place))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@in_place.opens_in_place
def change(request: SignedInRequest, pk: int, row: int, table: str) -> HttpResponse:
    pages = PAGES[table]
    return row_page(request, pk, row, pages, pages.change_form, "edit", child_forms.CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def remove(request: SignedInRequest, pk: int, row: int, table: str) -> HttpResponse:
    """Asks before it removes a row."""
    pages = PAGES[table]
    return row_page(
        request, pk, row, pages, pages.remove_form, "remove", pages.table.says.was_removed or child_forms.REMOVED
    )


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
    templates, place = (f"{table.name}_{act}", act), in_place.place_of(request)
    if found is None:
        form = form_class(posted(request), record=opportunity, row=table.model())
        return row_gone(request, form, table, row, templates)
    initial = child_forms.initial_values(request, "came_from")
    form = form_class(
        posted(request), record=opportunity, row=found, initial=initial, auto_id=child_forms.ids_in(place)
    )
    form.at_step = child_forms.step_of(form)
    if place:
        form.focus_first()
    return child_forms.respond(request, form, table, ChildPage(templates, done, found, place))


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
    return child_forms.page(request, form, table, ChildPage(templates, "", name), refusal=refusal, status=409)
