"""A program: writes the rows of a spreadsheet on its standard input to its standard output, as lines of JSON.

It limits itself first: its time and its memory, because a small file may unpack to much and say that it has many cells.
It imports nothing of Salesflow, opens no other file, and knows no secret. The first line is about the sheets, each
other line is a row with its number, from 1: texts, numbers, booleans, null, and days as `{"day": "2027-01-31"}`. Blank
rows are left out.
"""

import datetime
import json
import math
import sys
from typing import Any

MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_CELL = 100_000  # characters
MEMORY = 2_000_000_000  # bytes
CPU = 60  # seconds

TOO_MANY_COLUMNS = "columns"
NO_SUCH_SHEET = "sheet"


def limit() -> None:
    """Sets the limits. Windows has none; there the list of parts of the file is all that limits this program."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (("AS", MEMORY), ("CPU", CPU), ("FSIZE", 0), ("CORE", 0), ("NOFILE", 64)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def told(cell: Any) -> Any:
    """The cell as JSON. A text that is too long is cut one character after the limit."""
    if isinstance(cell, str):
        return cell[: LONGEST_CELL + 1] if cell else None
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, (int, float)):
        return _number(cell)
    if isinstance(cell, datetime.datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, datetime.date):
        return {"day": cell.isoformat()}
    return str(cell)


def _number(cell: float) -> Any:
    if not math.isfinite(cell):
        return str(cell)
    return int(cell) if cell == int(cell) and abs(cell) < 1e15 else cell


def chosen(book: Any, wanted: str) -> Any:
    """The sheet of this name; without a name the first one with rows that is visible."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    if wanted:
        return book.get_sheet_by_name(wanted)
    sheets = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    for each in [each for each in sheets if each.visible == SheetVisibleEnum.Visible] or sheets:
        sheet = book.get_sheet_by_name(each.name)
        if sheet.height:
            return sheet
    return None


def write(line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


def main(wanted: str = "") -> None:
    limit()
    import io

    from python_calamine import WorksheetNotFound, load_workbook

    book = load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    try:
        sheet = chosen(book, wanted)
    except WorksheetNotFound:
        write({"refused": NO_SUCH_SHEET})
        return
    write({"sheets": book.sheet_names, "sheet": sheet.name if sheet else ""})
    if sheet is None or not sheet.height:
        return
    first, last = sheet.start[1], sheet.end[1]
    if last - first >= MOST_COLUMNS:
        write({"refused": TOO_MANY_COLUMNS})
        return
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [told(cell) for cell in row]
        if any(cell is not None for cell in cells):
            write([number, *cells])


if __name__ == "__main__":
    main(*sys.argv[1:])
