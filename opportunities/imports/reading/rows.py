"""The rows of a file, below its header."""

from collections.abc import Generator, Iterator
from typing import IO, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opportunities import formula_safe
from opportunities.imports.reading import texts
from opportunities.imports.reading.cells import Cell, is_blank, line
from opportunities.imports.reading.reading import CSV, Reading
from opportunities.imports.reading.refusing import LONGEST_CELL, MOST_LINES, MOST_ROWS, too_many_rows
from opportunities.imports.reading.workbooks import OpenedSheet

NUL = "\0"


class SourceRow(NamedTuple):
    """A row of a file: as many cells as there are headings.

    `number` is that of the row in a spreadsheet, from 1. `problem` is a sentence if the row cannot be read; then the
    cells are what could be read of it.
    """

    number: int
    cells: tuple[Cell, ...]
    problem: str = ""


class Rows(Iterator[SourceRow]):
    """The rows below the header, lazily. Raises CannotBeRead, also in the middle.

    `blank` and `repeated` count the rows that were left out so far: without a value between others, and with the
    headings again.
    Close it if not all rows are read.
    """

    def __init__(self, file: IO[bytes], reading: Reading) -> None:
        self.blank = self.repeated = self.count = 0
        self._raw = raw_rows(file, reading)
        self._reading = reading
        self._header: tuple[str, ...] = ()
        self._last = reading.header

    def __next__(self) -> SourceRow:
        for row in self._raw:
            if row.number <= self._reading.header:
                self._header = _texts(row.cells)
                continue
            self._note_blank(row.number)
            if row.problem or not self._is_repeated(row.cells):
                self.count += 1
                if self.count > MOST_ROWS:
                    raise too_many_rows()
                return self._with_as_many_cells(row)
        raise StopIteration

    def close(self) -> None:
        self._raw.close()

    def _note_blank(self, number: int) -> None:
        """Counts the blank rows between the row before and this one."""
        self.blank += number - self._last - 1
        self._last = number

    def _is_repeated(self, cells: tuple[Cell, ...]) -> bool:
        is_header = bool(self._header) and _texts(cells) == self._header
        self.repeated += is_header
        return is_header

    def _with_as_many_cells(self, row: SourceRow) -> SourceRow:
        most = len(self._reading.headings)
        problem = row.problem or _problem(row.cells, most)
        cells = tuple(map(_without_nul, row.cells[:most])) + (None,) * (most - len(row.cells))
        return SourceRow(row.number, cells, problem)


def rows(file: IO[bytes], reading: Reading) -> Rows:
    """The rows of a file that is read like this."""
    return Rows(file, reading)


def raw_rows(file: IO[bytes], reading: Reading) -> Generator[SourceRow, None, None]:
    """Every row that is not blank, also those above the header, with as many cells as the file has in it."""
    if reading.kind == CSV:
        yield from _of_text(file, reading)
        return
    with OpenedSheet(file, reading.sheet) as sheet:
        for number, cells in sheet.rows():
            if not all(map(is_blank, cells)):
                yield SourceRow(number, tuple(cells))


def _of_text(file: IO[bytes], reading: Reading) -> Iterator[SourceRow]:
    found = texts.records(texts.lines(file, reading.encoding), reading)
    for number, record in enumerate(found, start=1):
        if number > MOST_LINES:
            raise too_many_rows()
        if all(map(is_blank, record.cells)):
            continue
        problem = (
            _("A quotation mark in this row does not match. Check the quotation marks.") if record.is_broken else ""
        )
        yield SourceRow(number, tuple(map(formula_safe.undone, record.cells)), problem)


def _without_nul(cell: Cell) -> Cell:
    """PostgreSQL stores no such character."""
    return cell.replace(NUL, "") if isinstance(cell, str) else cell


def _texts(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """The cells as texts, without the empty ones at the end."""
    found = [line(cell) for cell in cells]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _problem(cells: tuple[Cell, ...], most: int) -> str:
    filled = max((place for place, cell in enumerate(cells, start=1) if not is_blank(cell)), default=0)
    if filled > most:
        return ngettext(
            "The row has %(cells)d cell, the header has %(most)d. Check the separators.",
            "The row has %(cells)d cells, the header has %(most)d. Check the separators.",
            filled,
        ) % {"cells": filled, "most": most}
    if any(isinstance(cell, str) and NUL in cell for cell in cells):
        return _("The row has a character that is in no text. The file may be damaged.")
    if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in cells):
        return _("A cell of the row has more than %(most)d characters.") % {"most": LONGEST_CELL}
    return ""
