"""The refused rows of an import as a table with the reason in an extra column: to be mended and sent again."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from opportunities.imports import languages, outcomes
from opportunities.imports.reading.cells import Cell, from_json
from opportunities.imports.reading.reading import Reading
from opportunities.models import Import, ImportRow

TOGETHER = 500  # rows of a query


def heading() -> str:
    """The heading of the extra column, in the reader's language."""
    return _("Why it was refused")


def headings_of_ours() -> frozenset[str]:
    """The heading in each language. A file with one of them has the shape of the file before."""
    return frozenset(languages.in_each(lambda: [heading()]))


def rows(run: Import) -> Iterator[list[Cell]]:
    """The headings with that of the reason, then each refused row. Lazily, in little memory.

    Before the run is started: the rows whose fate is to be refused. Cells are those of the file; make them safe from
    formulas when they are written (`formula_safe`). A file with these headings is mapped as the file before.
    """
    ours = headings_of_ours()
    headings = Reading.from_json(run.reading).headings
    places = [place for place, each in enumerate(headings) if each not in ours]
    yield [*(headings[place] for place in places), heading()]
    refused = {"outcome": ImportRow.Outcome.REFUSED} if run.is_started else {"fate": ImportRow.Fate.REFUSE}
    for row in run.rows.filter(**refused).order_by("pk").iterator(chunk_size=TOGETHER):
        yield [*(from_json(row.cells[place]) for place in places), _why(row)]


def _why(row: ImportRow) -> str:
    return "\n".join(_line(each.column, each.sentence) for each in outcomes.problems(row))


def _line(column: str, sentence: str) -> str:
    return f"{column}: {sentence}" if column else sentence
