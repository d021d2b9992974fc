"""The refused rows of an import as a table with the reason in an extra column: to be mended and sent again."""

from collections.abc import Iterator

from opportunities.imports.reading.cells import Cell
from opportunities.models import Import


def rows(run: Import) -> Iterator[list[Cell]]:
    """The headings with that of the reason, then each refused row. Lazily, in little memory.

    Before the run is started: the rows whose fate is to be refused. Cells are those of the file; make them safe from
    formulas when they are written (`formula_safe`). A file with these headings is mapped as the file before.
    """
    raise NotImplementedError
