"""Rows of a file as typed values, each with what is wrong in it."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from django.core.exceptions import ValidationError

from opportunities.customers import entered
from opportunities.imports import fields, sentences, values
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.fields import ImportField
from opportunities.imports.mapping import ON_HOLD, SKIP, StageMeaning, stage_source
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.imports.reading.cells import Cell, is_blank, shown, text
from opportunities.imports.reading.rows import SourceRow
from opportunities.models import Opportunity

UNREADABLE = "unreadable"
"""The code of a row that cannot be read as a row."""

OPEN, WON, LOST = Opportunity.Status.OPEN, Opportunity.Status.WON, Opportunity.Status.LOST


class Problem(NamedTuple):
    """Why a row is refused. `column` is the heading, `cell` what it holds; both empty if it is about the whole row.

    `code` and `params` are those of `sentences.text`; without a code there is only the sentence.
    """

    column: str
    cell: str
    sentence: str
    code: str = ""
    params: Mapping[str, Any] = MappingProxyType({})

    @classmethod
    def of(cls, column: str, cell: str, code: str, **params: Any) -> Self:
        return cls(column, cell, sentences.text(code, params), code, params)


@dataclass
class TypedRow:
    """A row of a file: its values by the name of their field, without blank ones.

    A row with `problems` is refused. `is_skipped`: the mapping leaves rows with this stage or status out.
    `has_default_owner`: the row names no owner who is known here. What is there already keeps its own.
    `fingerprint` is the same whenever the same row is read again, and differs for each row of a file.
    `same_as` is the number of the first row with the same cells, 0 if there is none before; only of rows without an id.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_skipped: bool = False
    has_default_owner: bool = False
    fingerprint: str = ""
    same_as: int = 0


@dataclass(frozen=True)
class _Column:
    place: int
    heading: str
    field: ImportField


def typed_rows(rows: Iterable[SourceRow], headings: Sequence[str], mapping: FileMapping) -> Iterator[TypedRow]:
    """Each row, lazily. A row whose external id was in an earlier row is refused.

    Remembers the external ids and the fingerprints of the rows that were read, 100 bytes for each row.
    """
    columns = _columns(headings, mapping)
    seen, alike, first = dict[str, tuple[int, int]](), Counter[str](), dict[str, int]()
    for row in rows:
        typed = _typed(row, columns, mapping)
        alike[typed.fingerprint] += 1
        first.setdefault(typed.fingerprint, row.number)
        _refuse_second(typed, seen, mapping)
        if (number := alike[typed.fingerprint]) > 1:
            typed.same_as = first[typed.fingerprint] if "external_id" not in typed.values else 0
            typed.fingerprint = f"{typed.fingerprint}-{number}"
        yield typed


def _columns(headings: Sequence[str], mapping: FileMapping) -> list[_Column]:
    found = ((place, heading, mapping.field_of(heading)) for place, heading in enumerate(headings))
    return [_Column(place, heading, field) for place, heading, field in found if field]


def _typed(row: SourceRow, columns: Sequence[_Column], mapping: FileMapping) -> TypedRow:
    typed = TypedRow(row.number, fingerprint=_fingerprint(row.cells))
    if row.problem:
        typed.problems.append(Problem("", shown(row.cells[0] if row.cells else ""), row.problem, UNREADABLE))
        return typed
    cells = {column.field.name: row.cells[column.place] for column in columns}
    if "stage" in cells:
        cells["stage"] = stage_source(cells["stage"], cells.get("process"))
    for column in columns:
        _read(typed, column, cells[column.field.name], mapping)
    if "owner" in fields.of(mapping.noun):
        _set_owner(typed, cells.get("owner"), mapping)
    (_settle_opportunity if mapping.noun == fields.OPPORTUNITIES else _settle_customer)(typed, cells, mapping)
    if not typed.is_skipped:
        _require(typed, mapping)
    return typed


def _set_owner(typed: TypedRow, cell: Cell, mapping: FileMapping) -> None:
    """Gives a row that names no known owner that of the mapping, if it has one."""
    typed.has_default_owner = mapping.named_owner(cell) is None
    if mapping.default_owner is not None and typed.has_default_owner:
        typed.values["owner"] = mapping.default_owner


def _read(typed: TypedRow, column: _Column, cell: Cell, mapping: FileMapping) -> None:
    try:
        value = values.read(column.field, cell, mapping)
    except BadCell as bad:
        typed.problems.append(Problem(column.heading, shown(cell), str(bad), bad.code, bad.params))
        return
    if value is not None:
        typed.values[column.field.name] = value


def _require(typed: TypedRow, mapping: FileMapping) -> None:
    """Refuses a row without a value that it must have, unless it has one that cannot be read."""
    for each in fields.required(mapping.noun):
        if each.name in typed.values:
            continue
        heading = mapping.heading_of(each.name)
        if heading not in {problem.column for problem in typed.problems}:
            typed.problems.append(Problem.of(heading, "", "empty", field=each.name, noun=mapping.noun))


def _fingerprint(cells: Sequence[Cell]) -> str:
    written = json.dumps([text(cell) for cell in cells]).encode("utf-8", "surrogatepass")
    return hashlib.sha256(written).hexdigest()[:32]


def _refuse_second(typed: TypedRow, seen: dict[str, tuple[int, int]], mapping: FileMapping) -> None:
    """Refuses a row whose external id was in an earlier row."""
    external_id = typed.values.get("external_id")
    if external_id is None:
        return
    digest = hash(repr(typed.values))
    number, first = seen.setdefault(external_id, (typed.number, digest))
    if number == typed.number:
        return
    code = "same_row" if digest == first else "same_id"
    typed.problems.append(Problem.of(mapping.heading_of("external_id"), shown(external_id), code, number=number))


# Opportunities


def _settle_opportunity(typed: TypedRow, cells: dict[str, Cell], mapping: FileMapping) -> None:
    """Brings stage, status and closing together: a stage may mean won, and a closing needs its day."""
    meaning, status = typed.values.get("stage"), typed.values.get("status")
    if status == SKIP or (meaning and meaning.is_skipped):
        typed.is_skipped = True
        typed.problems.clear()
        return
    if status == ON_HOLD:
        status, typed.values["is_on_hold"] = OPEN, True
    is_known = all(name in typed.values or is_blank(cells.get(name)) for name in ("stage", "status"))
    outcome = _outcome(typed, meaning, status, cells, mapping)
    typed.values["status"] = outcome
    if meaning and meaning.outcome:
        del typed.values["stage"]
        if meaning.reason is not None:
            typed.values.setdefault("status_reason", meaning.reason)
    _share(typed.values, "close_date", "estimated_close_date" if outcome == OPEN else "closed_on")
    _share(typed.values, "amount", "actual_revenue" if outcome == WON else "estimated_revenue")
    if is_known:
        _refuse_closing(typed, outcome, cells, mapping)


def _outcome(
    typed: TypedRow, meaning: StageMeaning | None, status: str | None, cells: dict[str, Cell], mapping: FileMapping
) -> str:
    """Open, won or lost. Refuses a status that contradicts the stage."""
    of_stage = meaning.outcome if meaning else ""
    if status and of_stage and status != of_stage:
        cell = shown(cells.get("status"))
        typed.problems.append(Problem.of(mapping.heading_of("status"), cell, "contradiction"))
    return str(status or of_stage or OPEN)


def _share(found: dict[str, Any], name: str, field: str) -> None:
    """Moves a value that means another field in closed opportunities than in open ones."""
    if name in found:
        found.setdefault(field, found.pop(name))
        found.pop(name, None)


def _refuse_closing(typed: TypedRow, outcome: str, cells: dict[str, Cell], mapping: FileMapping) -> None:
    """Refuses a closed opportunity without the day on which it was closed, and an open one with it."""
    if (outcome == OPEN) != ("closed_on" in typed.values):
        return
    name = "closed_on" if "closed_on" in cells else "close_date"
    heading = mapping.heading_of(name)
    if heading and any(problem.column == heading for problem in typed.problems):
        return
    code = "closing_day_of_open" if outcome == OPEN else "no_closing_day"
    typed.problems.append(Problem.of(heading, shown(cells.get(name)), code))


# Accounts and contacts


def _settle_customer(typed: TypedRow, cells: dict[str, Cell], mapping: FileMapping) -> None:
    """Reads phone and organisation numbers as the pages do, and joins first and last names."""
    names = [typed.values.pop(name, "") for name in ("first_name", "last_name")]
    if "name" not in typed.values and any(names):
        typed.values["name"] = " ".join(name for name in names if name)
    model = fields.NOUNS[mapping.noun]
    given = {name: typed.values[name] for name in entered.NUMBERS & typed.values.keys()}
    try:
        typed.values |= {name: value for name, value in entered.read(model, given, before={}).items() if value}
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            typed.values.pop(name, None)
            typed.problems.append(
                Problem(mapping.heading_of(name), shown(cells.get(name)), " ".join(messages), "invalid")
            )
