"""Why a row is refused or left out: the column, its cell, and a code with what its sentence says about the cell.

A refusal by a rule is stored with its sentence, in the language of the person who imports.
"""

from collections.abc import Mapping
from typing import Any

from opportunities.imports import arriving, fields, sentences
from opportunities.imports.context import NotThere
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.imports.reading import cells
from opportunities.imports.reading.reading import Reading
from opportunities.imports.typed_rows import Problem
from opportunities.models import ImportRow
from opportunities.refusals import Refused

BAD_CELL = "bad_cell"
"""The code of a cell that cannot be read. No rule was applied yet."""

ERROR = "error"
"""The code of a row at which the program failed."""


def of_cells(found: list[Problem]) -> list[dict[str, Any]]:
    return [_stored(problem) for problem in found]


def _stored(problem: Problem) -> dict[str, Any]:
    place = {"column": problem.column, "cell": problem.cell}
    if problem.code in sentences.TEXTS:
        return place | {"code": problem.code, "params": dict(problem.params)}
    return place | {"code": problem.code or BAD_CELL, "sentence": problem.sentence}


def read(stored: Mapping[str, Any]) -> Problem:
    """A stored problem, in the present language where its code has a sentence."""
    column, cell, code = (stored[name] for name in ("column", "cell", "code"))
    if "sentence" in stored:
        return Problem(column, cell, stored["sentence"], code)
    return Problem.of(column, cell, code, **stored["params"])


def of_refusal(row: ImportRow, refusal: Refused) -> list[dict[str, Any]]:
    """The refusal, with the cell of the column that fills its field, or with the name of the field."""
    column, cell = _cell(row, refusal.field or "")
    column = column or _label(row, refusal.field or "")
    if isinstance(refusal, NotThere):
        return of_cells([Problem.of(column, cell, NotThere.code)])
    whole = " ".join([str(refusal), *(str(unmet.step) for unmet in refusal.unmet)])
    return [{"column": column, "cell": cell, "code": refusal.code, "sentence": whole}]


def _label(row: ImportRow, field: str) -> str:
    """What the field is called here, where no column fills it; empty for one that no file has."""
    known = fields.of(row.run.noun).get(field)
    return str(known.label) if known else ""


def of_failure() -> list[dict[str, Any]]:
    return of_cells([Problem.of("", "", ERROR)])


def _cell(row: ImportRow, field: str) -> tuple[str, str]:
    """The heading and the cell of the column that fills a field; empty if none does."""
    mapping, headings = FileMapping.from_json(row.run.mapping), Reading.from_json(row.run.reading).headings
    name = arriving.FIELDS.get(field, field)
    column = next((heading for name in _columns(name) if (heading := mapping.heading_of(name))), "")
    if column not in headings:
        return "", ""
    return column, cells.shown(cells.from_json(row.cells[headings.index(column)]))


_SHARED: dict[str, tuple[str, ...]] = {
    "closed_on": ("close_date",),
    "estimated_close_date": ("close_date",),
    "actual_revenue": ("amount",),
    "estimated_revenue": ("amount",),
    "status": ("stage",),
    "reason": ("status_reason", "stage"),
    "status_reason": ("stage",),
    "contact": ("contact_email",),
    "text": ("next_step",),
    "due": ("next_step_due",),
}
"""The other fields of a file that may fill a field."""


def _columns(name: str) -> tuple[str, ...]:
    return (name, *_SHARED.get(name, ()))
