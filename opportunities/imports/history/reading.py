"""Reads the second file: what its columns are, the values that need a meaning, and its entries by opportunity."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from opportunities.imports import languages, sentences, values
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.fields import ImportField
from opportunities.imports.history import stored
from opportunities.imports.history.kinds import COLUMNS, COSTLY, FIELDS, NEEDED, REQUIRED, WORDS, EntryKind
from opportunities.imports.mapping import MOST_SOURCES, BadMapping, source, stage_source
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.imports.reading.cells import Cell, is_blank, line, shown
from opportunities.imports.reading.rows import SourceRow
from opportunities.imports.typed_rows import Problem
from salesflow import folding

MOST_COSTLY = 100
"""Moves and tasks of one opportunity. They are done again in the transaction of its row."""

MOST_ENTRIES = 300
"""Of one opportunity."""


@dataclass
class History:
    """What the second file says about one opportunity: its entries as they are stored, and what is wrong in them."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    costly: int = 0


Cells = Mapping[str, Cell]


# Its columns


def guessed(headings: Sequence[str]) -> dict[str, str]:
    """The field that each heading probably fills, empty for one that is left out. Each field is taken once."""
    labels = languages.in_each(lambda: [(str(each.label), name) for name, each in FIELDS.items()])
    words = [(word, name) for name in FIELDS for word in (name, *WORDS.get(name, ()))]
    known = {_key(word): name for word, name in [*words, *labels]}
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
            raise BadMapping(_("The file of history has no field “%(field)s”.") % {"field": name[:100]})
        if taken.count(name) > 1:
            raise BadMapping(_("Two columns fill the field “%(field)s”.") % {"field": FIELDS[name].label})
    for name in (*REQUIRED, *(() if "kind" in taken else ("stage",))):
        if name not in taken:
            raise BadMapping(_("The file of history needs a column for “%(field)s”.") % {"field": FIELDS[name].label})


# Values that need a meaning


def sources(rows: Iterable[SourceRow], headings: Sequence[str], columns: Mapping[str, str]) -> dict[str, Counter[str]]:
    """The values of stages, reasons and people, each with the number of its rows. Raises CannotBeRead."""
    found = {"stage": Counter[str](), "status_reason": Counter[str](), "owner": Counter[str]()}
    for row, cells in _cells_of(rows, headings, columns):
        kind = None if row.problem else _kind_or_none(cells)
        for name in COLUMNS[kind] if kind else ():
            wanted = "owner" if COLUMNS[kind][name].kind in ("owner", "member") else name  # type: ignore[index]
            value = source(cells.get(name))
            counts = found.get(wanted)
            if counts is not None and value and (value in counts or len(counts) < MOST_SOURCES):
                counts[value] += 1
    return {name: counts for name, counts in found.items() if counts}


def _cells_of(
    rows: Iterable[SourceRow], headings: Sequence[str], columns: Mapping[str, str]
) -> Iterator[tuple[SourceRow, Cells]]:
    places = {columns[heading]: place for place, heading in enumerate(headings) if columns.get(heading)}
    for row in rows:
        yield row, {name: row.cells[place] for name, place in places.items()}


def _kind_or_none(cells: Cells) -> EntryKind | None:
    try:
        return _kind(cells)
    except BadCell:
        return None


def _kind(cells: Cells) -> EntryKind:
    """Raises BadCell."""
    found = values.read(FIELDS["kind"], cells.get("kind"), FileMapping())
    return EntryKind(found) if found else EntryKind.STAGE


# Its entries


def read(
    rows: Iterable[SourceRow], headings: Sequence[str], columns: Mapping[str, str], mapping: FileMapping
) -> dict[str, History]:
    """What the file says about each opportunity, by its external id, without what has none. Raises CannotBeRead."""
    found = dict[str, History]()
    known = {columns[heading]: heading for heading in headings if columns.get(heading)}
    for row, cells in _cells_of(rows, headings, columns):
        if is_blank(cells["external_id"]):
            continue
        history = found.setdefault(line(cells["external_id"]), History())
        if row.problem:
            history.problems.append(_problem(row, "", "", BadCell(row.problem)))
        elif not history.problems:
            _add(history, row, cells, known, mapping)
    return found


def _add(history: History, row: SourceRow, cells: Cells, headings: Mapping[str, str], mapping: FileMapping) -> None:
    name = "kind"
    try:
        kind = _kind(cells)
        given = dict[str, Any]()
        for name, column in COLUMNS[kind].items():
            given[name] = _value(column, name, cells, mapping)
        name = ""
        _refuse_missing(kind, given)
        _refuse_too_many(history, kind)
    except BadCell as bad:
        history.problems.append(_problem(row, headings.get(name, ""), shown(cells.get(name)), bad))
        return
    if kind == EntryKind.STAGE and given["stage"].stage is None:  # what was won, lost or left out is no stage
        return
    history.costly += kind in COSTLY
    history.entries.append(stored.to_json(kind, given))


def _value(column: ImportField, name: str, cells: Cells, mapping: FileMapping) -> Any:
    cell = cells.get(name)
    return values.read(column, stage_source(cell) if name == "stage" else cell, mapping)


def _refuse_missing(kind: EntryKind, given: Mapping[str, Any]) -> None:
    """Raises BadCell."""
    missing = next((name for name in NEEDED[kind] if given[name] in (None, "")), "")
    if missing:
        said = {"kind": kind.label, "field": COLUMNS[kind][missing].label}
        raise BadCell(_("An entry of the kind “%(kind)s” needs “%(field)s”.") % said)


def _refuse_too_many(history: History, kind: EntryKind) -> None:
    """Raises BadCell."""
    if len(history.entries) >= MOST_ENTRIES:
        raise BadCell(code="many_entries", most=MOST_ENTRIES)
    if kind in COSTLY and history.costly >= MOST_COSTLY:
        raise BadCell(code="many_moves", most=MOST_COSTLY)


def _problem(row: SourceRow, heading: str, cell: str, bad: BadCell) -> Problem:
    inner = {"inner": bad.code, "params": dict(bad.params)} if bad.code in sentences.TEXTS else {"sentence": str(bad)}
    return Problem.of(heading, cell, "in_history", number=row.number, **inner)
