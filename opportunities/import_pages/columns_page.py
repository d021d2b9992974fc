"""Which field each column of the file fills. A wide file has several pages of columns."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from opportunities.http_status import status_of
from opportunities.import_pages import found, step_form
from opportunities.imports import fields, making, saved_mappings
from opportunities.imports.fields import ImportField
from opportunities.imports.mapping import BadMapping
from opportunities.imports.reading.cells import line
from opportunities.imports.reading.rows import SourceRow
from opportunities.models import Import
from opportunities.refusals import Refused
from opportunities.views.request import posted, role_required, sent_once
from salesflow import folding
from salesflow.users.requests import SignedInRequest

COLUMNS_A_PAGE = 20
EXAMPLES = 3
LONGEST = 40  # characters of an example
NEXT = "next"
"""What a button of the form does: it leads to the next columns."""
LOOKED_AT = 100  # rows, for examples
MOST_OFFERED = 50
"""Saved mappings. More of them are no choice."""

Choices = list[tuple[str, str]]


def choices(known: Mapping[str, ImportField]) -> Choices:
    """The fields in the order of their labels, and that the column is left out."""
    labels = [(name, each.label) for name, each in known.items()]
    return [("", _("Leave out")), *sorted(labels, key=lambda choice: folding.sort_text(choice[1]))]


def refuse_doubles(form: forms.Form, fields_of: Mapping[str, BoundField], known: Mapping[str, ImportField]) -> None:
    """Adds an error to each column that fills a field which a column before it fills."""
    first = dict[str, str]()
    for heading, bound in fields_of.items():
        name = form.cleaned_data.get(bound.name)
        if name and name in first:
            said = {"heading": first[name], "field": known[name].label}
            form.add_error(bound.name, _("“%(heading)s” fills “%(field)s” already.") % said)
        elif name:
            first[name] = heading


@dataclass(frozen=True)
class ColumnLine:
    """One column of the file: its heading, some of its cells, and the control with its field."""

    heading: str
    examples: list[str]
    control: BoundField


class ColumnsForm(step_form.ImportStepForm):
    """The fields of the columns of one page."""

    def __init__(self, *args: Any, page: Page[str], known: Mapping[str, ImportField], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.shown = known, list(page.object_list)
        self.places = making.reading_of(self.run).headings
        self.present = making.mapping_of(self.run).columns
        offered = choices(known)
        for heading in self.shown:
            name = self._name_of(heading)
            field = forms.ChoiceField(label=heading, choices=offered, required=False)
            self.add_to_table(name, field, self.present.get(heading, ""))

    def _name_of(self, heading: str) -> str:
        return f"column-{self.places.index(heading)}"

    @property
    def bound_by_heading(self) -> dict[str, BoundField]:
        return {heading: self[self._name_of(heading)] for heading in self.shown}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        refuse_doubles(self, self.bound_by_heading, self.known)
        if not self.errors and self.data.get("what") != NEXT:
            self._refuse_missing()
        return cleaned

    def _refuse_missing(self) -> None:
        """Refuses columns without a field that every row needs: every row would be refused."""
        try:
            making.refuse_missing(dataclasses.replace(making.mapping_of(self.run), columns=self.columns))
        except BadMapping as refusal:
            self.add_error(None, str(refusal))

    @property
    def columns(self) -> dict[str, str]:
        """The field of every column: as posted on this page, as it is on others.

        A field that a column of this page takes is taken from a column of another page.
        """
        chosen = {heading: self.cleaned_data[bound.name] for heading, bound in self.bound_by_heading.items()}
        taken = set(filter(None, chosen.values()))
        others = {heading: name for heading, name in self.present.items() if heading not in chosen}
        return {heading: "" if name in taken else name for heading, name in others.items()} | chosen


def in_order(run: Import) -> list[str]:
    """The headings: those first that fill a field."""
    columns = making.mapping_of(run).columns
    return sorted(making.reading_of(run).headings, key=lambda heading: not columns.get(heading))


def examples_of(rows: Sequence[SourceRow], place: int) -> list[str]:
    """Three different cells of a column."""
    texts = (line(row.cells[place]) for row in rows if place < len(row.cells))
    found = list(dict.fromkeys(filter(None, texts)))[:EXAMPLES]
    return [text if len(text) <= LONGEST else f"{text[:LONGEST]}…" for text in found]


def _rows(run: Import) -> list[SourceRow]:
    header = making.reading_of(run).header
    return [row for row in making.shown_rows(run, LOOKED_AT) if row.number > header]


def _lines(form: ColumnsForm, rows: Sequence[SourceRow]) -> Iterator[ColumnLine]:
    for heading, bound in form.bound_by_heading.items():
        yield ColumnLine(heading, examples_of(rows, form.places.index(heading)), bound)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def import_columns(request: SignedInRequest, run: int) -> HttpResponse:
    """Which field each column fills. `?page=` for a file with many columns."""
    own = found.own_import(request, run)
    if own.is_started:
        return redirect(found.address(own))
    given = _given(request, own)
    page: Page[str] = given["page"]
    form = ColumnsForm(posted(request), **given)

    def write(form: ColumnsForm) -> str:
        making.map_columns(own, columns=form.columns)
        if request.POST.get("what") == NEXT and page.has_next():
            return f"{request.path}?page={page.next_page_number()}"
        return reverse("import_values", args=[own.pk])

    def draw(form: ColumnsForm, why: Refused | None, status: int) -> HttpResponse:
        return _page(request, form, page, why, status)

    return step_form.respond(request, form, write, draw, lambda: ColumnsForm(**given))


def _given(request: SignedInRequest, own: Import) -> dict[str, Any]:
    page = Paginator(in_order(own), COLUMNS_A_PAGE).get_page(request.GET.get("page"))
    return {"run": own, "page": page, "known": fields.of(own.noun)}


def columns(request: SignedInRequest, own: Import, refusal: Refused) -> HttpResponse:
    """The page after an act that was refused."""
    given = _given(request, own)
    return _page(request, ColumnsForm(**given), given["page"], refusal, status_of(refusal))


def _page(
    request: SignedInRequest, form: ColumnsForm, page: Page[str], why: Refused | None, status: int
) -> HttpResponse:
    try:
        rows = _rows(form.run)
    except making.FileRefused as refusal:
        rows, why = [], why or refusal
    taken = sum(bool(name) for name in form.present.values())
    context = {
        "run": form.run,
        "form": form,
        "steps": found.steps(form.run, "import_columns"),
        "lines": list(_lines(form, rows)),
        "page": page,
        "taken": taken,
        "left_out": len(form.places) - taken,
        "refusal": why,
        "saved_mappings": saved_mappings.named_for(form.run)[:MOST_OFFERED],
    }
    return render(request, "imports/import_columns.html", context, status=status)
