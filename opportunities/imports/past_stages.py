"""The second file of an import: which stages each deal was in, since when, and its estimates of then."""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities.imports import fields, values
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.fields import ImportField
from opportunities.imports.mapping import BadMapping, stage_source
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.imports.reading.cells import Cell, shown, text
from opportunities.imports.reading.rows import SourceRow
from opportunities.imports.typed_rows import Problem
from salesflow import folding


def _fields() -> dict[str, ImportField]:
    of_deal = fields.of(fields.OPPORTUNITIES)
    names = ("external_id", "stage", "estimated_revenue", "estimated_close_date")
    entered = ImportField("entered_on", "moment", gettext_lazy("Entered the stage"), is_required=True)
    return {name: of_deal[name] for name in names[:2]} | {"entered_on": entered} | {n: of_deal[n] for n in names[2:]}


FIELDS: Mapping[str, ImportField] = _fields()
"""The fields of the second file by name. The first three are required."""
REQUIRED = ("external_id", "stage", "entered_on")

WORDS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("deal", "deal id", "opportunity", "opportunity id", "id", "record id", "salgsmulighet", "mulighet"),
    "stage": ("stage name", "deal stage", "to stage", "phase", "fase", "steg", "trinn"),
    "entered_on": (
        "entered",
        "entered at",
        "entered on",
        "date",
        "since",
        "from",
        "dato",
        "fra",
        "fra dato",
        "tidspunkt",
    ),
    "estimated_revenue": ("amount", "value", "deal value", "revenue", "belop", "verdi", "sum"),
    "estimated_close_date": ("close date", "expected close date", "closing date", "lukkedato", "forventet lukkedato"),
}
"""What other systems call these columns, folded."""


MOST_VISITS = 100
"""Of one deal. Each is a move, in the transaction of its row."""


@dataclass
class StagesOfThen:
    """What the second file says about one deal."""

    visits: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def guessed(headings: Sequence[str]) -> dict[str, str]:
    """The field that each heading probably fills, empty for one that is left out. Each field is taken once."""
    known = {_key(word): name for name, each in FIELDS.items() for word in (name, each.label, *WORDS[name])}
    found = dict[str, str]()
    for heading in headings:
        name = known.get(_key(heading), "")
        found[heading] = "" if name in found.values() else name
    return found


def _key(heading: str) -> str:
    return " ".join("".join(each if each.isalnum() else " " for each in folding.folded(heading)).split())


def refuse_bad_columns(columns: Mapping[str, str]) -> None:
    """Raises BadMapping if a required field has no column, or one has two."""
    taken = [name for name in columns.values() if name]
    for name in taken:
        if name not in FIELDS:
            raise BadMapping(_("The file of stages has no field “%(field)s”.") % {"field": name[:100]})
        if taken.count(name) > 1:
            raise BadMapping(_("Two columns fill the field “%(field)s”.") % {"field": FIELDS[name].label})
    for name in REQUIRED:
        if name not in taken:
            raise BadMapping(_("The file of stages needs a column for “%(field)s”.") % {"field": FIELDS[name].label})


def stages_of(rows: Iterable[SourceRow], headings: Sequence[str], columns: Mapping[str, str]) -> Counter[str]:
    """The values of the stage column, each with the number of its rows. Raises CannotBeRead."""
    place = _places(headings, columns).get("stage")
    values_of_column = () if place is None else (stage_source(row.cells[place]) for row in rows if not row.problem)
    return Counter(filter(None, values_of_column))


def read(
    rows: Iterable[SourceRow], headings: Sequence[str], columns: Mapping[str, str], mapping: FileMapping
) -> dict[str, StagesOfThen]:
    """What the file says about each deal, by its external id. Raises CannotBeRead."""
    found, places = dict[str, StagesOfThen](), _places(headings, columns)
    for row in rows:
        cells = {name: row.cells[place] for name, place in places.items()}
        past = found.setdefault(text(cells["external_id"]), StagesOfThen())
        if len(past.visits) == MOST_VISITS:
            past.problems = [_too_many()]
        elif row.problem:
            past.problems.append(Problem("", "", _in_the_file(row, row.problem)))
        else:
            _add(past, row, cells, {name: headings[place] for name, place in places.items()}, mapping)
    return found


def _places(headings: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    return {columns[heading]: place for place, heading in enumerate(headings) if columns.get(heading)}


def _add(
    past: StagesOfThen, row: SourceRow, cells: Mapping[str, Cell], headings: Mapping[str, str], mapping: FileMapping
) -> None:
    given = dict[str, Any]()
    for name, cell in cells.items():
        try:
            given[name] = values.read(FIELDS[name], cell, mapping)
        except BadCell as bad:
            past.problems.append(Problem(headings[name], shown(cell), _in_the_file(row, str(bad))))
            return
    if given["stage"] is None or given["entered_on"] is None:
        missing = _("The stage or its day is empty.")
        past.problems.append(Problem(headings["stage"], "", _in_the_file(row, missing)))
    elif given["stage"].stage is not None:  # what was won, lost or left out is no stage
        past.visits.append(_to_json(given))


def _too_many() -> Problem:
    return Problem("", "", _("The file of stages has more than %(most)d rows for it.") % {"most": MOST_VISITS})


def _in_the_file(row: SourceRow, sentence: str) -> str:
    return _("Row %(number)d of the file of stages: %(sentence)s") % {"number": row.number, "sentence": sentence}


def _to_json(given: Mapping[str, Any]) -> dict[str, Any]:
    """Days stay days, so that the moment of a day is decided in one place."""
    revenue, closes, entered = (given.get(n) for n in ("estimated_revenue", "estimated_close_date", "entered_on"))
    return {
        "stage": given["stage"].stage,
        "entered_on": entered.isoformat() if entered else "",
        "estimated_revenue": None if revenue is None else str(revenue),
        "estimated_close_date": closes.isoformat() if closes else None,
    }


@dataclass(frozen=True)
class StoredVisit:
    """A visit of the second file, as a row of an import has it. `entered_on`: a day, or an aware moment."""

    stage: int
    entered_on: datetime.date
    estimated_revenue: Decimal | None
    estimated_close_date: datetime.date | None


def from_json(stored: Mapping[str, Any]) -> StoredVisit:
    entered, closes, revenue = (stored[n] for n in ("entered_on", "estimated_close_date", "estimated_revenue"))
    is_moment = "T" in entered
    return StoredVisit(
        stored["stage"],
        datetime.datetime.fromisoformat(entered) if is_moment else datetime.date.fromisoformat(entered),
        None if revenue is None else Decimal(revenue),
        datetime.date.fromisoformat(closes) if closes else None,
    )
