"""How the file is read: its first rows, and what a person can choose instead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities.http_status import status_of
from opportunities.import_pages import found, step_form
from opportunities.imports import making
from opportunities.imports.reading.cells import Cell, line
from opportunities.imports.reading.encodings import ENCODINGS
from opportunities.imports.reading.headers import letter
from opportunities.imports.reading.reading import CSV, Reading
from opportunities.imports.reading.rows import SourceRow
from opportunities.models import Import
from opportunities.refusals import Refused
from opportunities.views.request import posted, role_required, sent_once
from salesflow.users.requests import SignedInRequest

ROWS = 20
MOST_COLUMNS = 24
"""Shown of a file. All are read."""
LONGEST = 40  # characters of a cell
LONGEST_ROW = 60  # characters of the row of the headings, in the choice of it

CONTINUE, READ_AGAIN = "continue", "again"
"""What a button of the form does."""

SIGNS: dict[str, str | Promise] = {
    ",": gettext_lazy("Comma"),
    ";": gettext_lazy("Semicolon"),
    "tab": pgettext_lazy("separator", "Tab"),
    "|": gettext_lazy("Vertical bar"),
}
"""The separators by their values in the form, which has no tab."""


class ReadingForm(step_form.ImportStepForm):
    """Encoding and separator of a text file, the sheet of a spreadsheet, and the row with the headings."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label=gettext_lazy("Separator"))
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))
    header = forms.TypedChoiceField(label=gettext_lazy("Headings"), coerce=int)

    def __init__(self, *args: Any, rows: Sequence[SourceRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading = making.reading_of(self.run)
        self._leave_out()
        self._offer("delimiter", [*SIGNS.items(), *_other_sign(self.reading.delimiter)])
        self._offer("sheet", [(name, name) for name in self.reading.sheets])
        self._offer("header", list(_headers(rows, self.reading.header)))
        own = {name: getattr(self.reading, name) for name in ("encoding", "sheet", "header")}
        self.initial.update(own, delimiter=_value_of(self.reading.delimiter))

    def _leave_out(self) -> None:
        """A spreadsheet has no separator, and a file with one sheet no choice of it."""
        is_text = self.reading.kind == CSV
        unused = ["sheet"] if is_text else ["encoding", "delimiter"]
        if not is_text and len(self.reading.sheets) < 2:
            unused.append("sheet")
        for name in unused:
            del self.fields[name]

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field: Any = self.fields.get(name)
        if field is not None:
            field.choices = choices

    @property
    def chosen(self) -> dict[str, Any]:
        """What is to be read in another way than now."""
        entries = {name: self.cleaned_data[name] for name in self.fields if name not in ("version", "token")}
        if "delimiter" in entries:
            entries["delimiter"] = _sign_of(entries["delimiter"])
        changed = {name: value for name, value in entries.items() if value != getattr(self.reading, name)}
        is_other_table = changed.keys() - {"header"}
        return {name: value for name, value in changed.items() if name != "header" or not is_other_table}


def _value_of(sign: str) -> str:
    return {"\t": "tab", "": "none"}.get(sign, sign)


def _sign_of(value: str) -> str:
    return {"tab": "\t", "none": ""}.get(value, value)


def _other_sign(sign: str) -> list[tuple[str, str | Promise]]:
    """The separator of the file, if it is none of the usual ones."""
    value = _value_of(sign)
    if value in SIGNS:
        return []
    return [(value, _("None: one column") if value == "none" else sign)]


def _headers(rows: Sequence[SourceRow], present: int) -> Iterator[tuple[int, str]]:
    yield 0, _("There are none")
    numbers = [row.number for row in rows]
    for row in rows:
        said = ", ".join(filter(None, map(line, row.cells)))
        yield row.number, _("Row %(number)d: %(cells)s") % {"number": row.number, "cells": _cut(said, LONGEST_ROW)}
    if present and present not in numbers:
        yield present, _("Row %(number)d") % {"number": present}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


@dataclass(frozen=True)
class ShownRow:
    """A row of the file as it is read now."""

    number: int
    cells: list[str]
    is_header: bool
    is_above: bool
    problem: str


def shown(rows: Sequence[SourceRow], reading: Reading) -> list[ShownRow]:
    return [
        ShownRow(
            row.number,
            [_cut(_as_text(cell), LONGEST) for cell in row.cells[:MOST_COLUMNS]],
            row.number == reading.header,
            row.number < reading.header,
            row.problem,
        )
        for row in rows[:ROWS]
    ]


def _as_text(cell: Cell) -> str:
    return line(cell)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def import_reading(request: SignedInRequest, run: int) -> HttpResponse:
    """The first rows as they are read, and the form that reads them in another way. Continue leads to the columns."""
    own = found.own_import(request, run)
    if own.is_started:
        return redirect(found.address(own))
    rows, refusal = _rows(own)
    form = ReadingForm(posted(request), run=own, rows=rows)

    def write(form: ReadingForm) -> str:
        if form.chosen:
            making.read_again(own, **form.chosen)
        goes_on = request.POST.get("what") == CONTINUE
        return reverse("import_columns" if goes_on else "import_reading", args=[own.pk])

    def page(form: ReadingForm, why: Refused | None, status: int) -> HttpResponse:
        return _page(request, form, rows, why or refusal, status)

    return step_form.respond(request, form, write, page, lambda: ReadingForm(run=own, rows=rows))


def reading(request: SignedInRequest, own: Import, refusal: Refused) -> HttpResponse:
    """The page after an act that was refused."""
    rows, _why = _rows(own)
    return _page(request, ReadingForm(run=own, rows=rows), rows, refusal, status_of(refusal))


def _rows(run: Import) -> tuple[list[SourceRow], Refused | None]:
    """The first rows, or why there are none."""
    try:
        return making.shown_rows(run, ROWS), None
    except making.FileRefused as refusal:
        return [], refusal


def _page(
    request: SignedInRequest, form: ReadingForm, rows: Sequence[SourceRow], refusal: Refused | None, status: int
) -> HttpResponse:
    wide = max((len(row.cells) for row in rows), default=0)
    context = {
        "run": form.run,
        "form": form,
        "steps": found.steps(form.run, "import_reading"),
        "rows": shown(rows, form.reading),
        "letters": [letter(place) for place in range(min(wide, MOST_COLUMNS))],
        "more_columns": max(0, wide - MOST_COLUMNS),
        "refusal": refusal,
    }
    return render(request, "imports/import_reading.html", context, status=status)
