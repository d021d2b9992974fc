"""What a cell holds: a text in a CSV file, a typed value in a spreadsheet. None and a text of spaces are blank."""

import datetime
from decimal import Decimal
from typing import Any

Cell = str | int | float | Decimal | datetime.date | bool | None
"""A `datetime` is a date, too."""

SHOWN = 200  # characters of a cell in a message


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text(cell: Cell) -> str:
    """The cell as a text, without white space at its ends."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return repr(cell)
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell).strip()


def line(cell: Cell) -> str:
    """The cell as a text of one line: each white space is one space."""
    return " ".join(text(cell).split())


def shown(cell: Cell) -> str:
    """The cell in a message; a long one shortened."""
    whole = line(cell)
    return whole if len(whole) <= SHOWN else f"{whole[:SHOWN]}…"


def to_json(cell: Cell) -> Any:
    """The cell as JSON: days and moments as `{"day": "2027-01-31"}`, as `read_workbook` writes them."""
    if isinstance(cell, datetime.date):
        return {"moment" if isinstance(cell, datetime.datetime) else "day": cell.isoformat()}
    return str(cell) if isinstance(cell, Decimal) else cell


def from_json(told: Any) -> Cell:
    """The cell that `to_json` wrote. Raises ValueError for anything else."""
    match told:
        case str() | int() | float() | None:
            return told
        case {"day": str() as day}:
            return datetime.date.fromisoformat(day)
        case {"moment": str() as moment}:
            return datetime.datetime.fromisoformat(moment)
    raise ValueError(f"{told!r:.100} is no cell.")
