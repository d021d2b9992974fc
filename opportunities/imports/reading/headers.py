"""Which row has the headings, and what they are."""

import datetime
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from opportunities.imports.reading.cells import Cell, is_blank, line

LONGEST_HEADING = 200  # characters
LONGEST_VALUE = 100  # characters of a figure or an address that are looked at
LOOKED_AT = 30  # rows

Row = Sequence[Cell]

_FIGURES = re.compile(r"[\W_]*\d[\d\W_]*(?:kr|nok|eur|usd|%)?[\W_]*", re.IGNORECASE)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def headings(cells: Row) -> tuple[str, ...]:
    """The headings, each once: an empty one is the letter of its column, a second `Name` is `Name (2)`."""
    found = list[str]()
    for place, cell in enumerate(cells):
        name = line(cell)[:LONGEST_HEADING] or f"({letter(place)})"
        found.append(_unused(name, found))
    return tuple(found)


def letter(place: int) -> str:
    """The letters of a column in a spreadsheet: A, B, …, Z, AA."""
    above, here = divmod(place, 26)
    return (letter(above - 1) if above else "") + chr(ord("A") + here)


def _unused(name: str, used: Sequence[str]) -> str:
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name} ({number})"
    return free


def header_of(rows: Sequence[tuple[int, Row]], is_known: Callable[[str], bool]) -> int:
    """The number of the row with the headings, of the first rows of a file; 0 if there is none.

    `is_known` says whether a text is a usual heading. Titles above the table have fewer cells than it.
    """
    widest = max((_filled(cells) for _number, cells in rows), default=0)
    for place, (number, cells) in enumerate(rows):
        if _filled(cells) * 2 > widest:
            return number if _is_header(cells, [row for _number, row in rows[place + 1 :]], is_known) else 0
    return 0


def _filled(cells: Row) -> int:
    return sum(not is_blank(cell) for cell in cells)


def _is_header(cells: Row, below: Sequence[Row], is_known: Callable[[str], bool]) -> bool:
    """Whether a row has headings: it has a usual one, or no figures and nothing that is in its column again."""
    if any(is_known(line(cell)) for cell in cells if not is_blank(cell)):
        return True
    return not any(_is_value(cell) for cell in cells) and not _are_repeated(cells, below)


def _is_value(cell: Cell) -> bool:
    """Whether this is no heading: a number, a day, an amount or an address."""
    if isinstance(cell, (int, float, Decimal, datetime.date)):
        return True
    text = line(cell)[:LONGEST_VALUE]
    return bool(_FIGURES.fullmatch(text) or _ADDRESS.fullmatch(text))


def _are_repeated(cells: Row, below: Sequence[Row]) -> bool:
    """Whether a cell is in its column again, in a row that is no second header."""
    own = [line(cell) for cell in cells]
    others = [row for row in ([line(cell) for cell in each] for each in below) if row != own]
    return any(name and any(row[place : place + 1] == [name] for row in others) for place, name in enumerate(own))
