"""Why a row is refused or left out, as it is stored: the column, its cell, a code and a sentence.

The sentences are in the language of the person who imports.
"""

from django.utils import translation
from django.utils.translation import gettext as _

from opportunities.imports import arriving
from opportunities.imports.context import NotThere
from opportunities.imports.mapping import Mapping
from opportunities.imports.reading import cells
from opportunities.imports.reading.reading import Reading
from opportunities.imports.typed_rows import Problem
from opportunities.models import ImportRow
from opportunities.refusals import Refused

BAD_CELL = "bad_cell"
"""The code of a cell that cannot be read. No rule was applied yet."""

ERROR = "error"
"""The code of a row at which the program failed."""


def of_cells(found: list[Problem]) -> list[dict[str, str]]:
    return [problem._asdict() | {"code": BAD_CELL} for problem in found]


def of_refusal(row: ImportRow, refusal: Refused) -> list[dict[str, str]]:
    """The refusal, with the cell of the column that fills its field."""
    sentence = _not_there() if isinstance(refusal, NotThere) else str(refusal)
    missing = [str(unmet.step) for unmet in refusal.unmet]
    column, cell = _cell(row, refusal.field or "")
    whole = " ".join([sentence, *missing])
    return [{"column": column, "cell": cell, "code": refusal.code, "sentence": whole}]


def of_failure(row: ImportRow) -> list[dict[str, str]]:
    with translation.override(row.run.by.language):
        sentence = _("The program failed at this row. Nothing was changed.")
    return [{"column": "", "cell": "", "code": ERROR, "sentence": sentence}]


def _not_there() -> str:
    return _("What the mapping names here is not there any more. Map the file again.")


def _cell(row: ImportRow, field: str) -> tuple[str, str]:
    """The heading and the cell of the column that fills a field; empty if none does."""
    mapping, headings = Mapping.from_json(row.run.mapping), Reading.from_json(row.run.reading).headings
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
