"""Reads the rows of a CSV file, lazily."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from django.utils.translation import gettext as _

from opportunities.imports.reading.encodings import ENCODINGS
from opportunities.imports.reading.reading import Reading
from opportunities.imports.reading.refusing import MOST_BYTES, CannotBeRead

LONGEST_RECORD = 200
"""Lines of one row. A quotation mark that is not closed within them is a fault of its row."""

NO_DELIMITER = "\x1f"
"""Separates the cells of a file with one column: no text has it."""

csv.field_size_limit(max(MOST_BYTES, csv.field_size_limit()))  # `rows` refuses the row of a long cell, not the file


class Record(NamedTuple):
    """One row as it is read. `is_broken`: its quotation marks do not match; its cells are those of its first line."""

    cells: list[str]
    is_broken: bool = False


class _TooLong(Exception):
    """A row has too many lines."""


def lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """The lines with their ends. Raises CannotBeRead if the encoding is another. Leaves the file open."""
    if encoding not in ENCODINGS:
        raise _other_encoding()
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        for line in text:  # noqa: UP028 - `yield from` closes the file together with the generator
            yield line
    except UnicodeError as error:
        raise _other_encoding() from error
    finally:
        text.detach()


def _other_encoding() -> CannotBeRead:
    return CannotBeRead(_("The file is not written in this encoding. Choose another one."))


def records(source: Iterator[str], reading: Reading) -> Iterator[Record]:
    """Each row of the lines, also blank ones.

    If the quotation marks of a row do not match, only its first line is lost: the next row begins on the next line.
    """
    dialect = _dialect(reading)
    waiting = deque[str]()
    while True:
        taken = list[str]()
        reader: Any = csv.reader(_taken(source, waiting, taken), **dialect)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLong):
            waiting.extendleft(reversed(taken[1:]))
            yield Record([taken[0].rstrip("\r\n")], is_broken=True)
            continue
        yield Record(cells)


def _taken(source: Iterator[str], waiting: deque[str], taken: list[str]) -> Iterator[str]:
    """The lines that wait, then those of the source. Notes in `taken` which were read."""
    while True:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        taken.append(line)
        if len(taken) > LONGEST_RECORD:
            raise _TooLong
        yield line


def _dialect(reading: Reading) -> dict[str, Any]:
    return {
        "delimiter": reading.delimiter or NO_DELIMITER,
        "quotechar": reading.quote or None,
        "quoting": csv.QUOTE_MINIMAL if reading.quote else csv.QUOTE_NONE,
        "escapechar": reading.escape or None,
        "strict": True,
    }
