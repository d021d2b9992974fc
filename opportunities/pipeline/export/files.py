"""The files of an export: CSV, written piece by piece, and XLSX, written row by row to a temporary file.

A text that a spreadsheet would run as a formula stays a text. Numbers are numbers, dates are dates.
"""

import csv
import datetime
import io
import tempfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import IO, Any, Protocol

import xlsxwriter
from django.conf import settings
from django.utils.translation import get_language, override

from opportunities import formula_safe
from opportunities.pipeline.lists.columns import Column, Value

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""

ROWS_A_PIECE = 500
TEXT_WIDTH, FIGURE_WIDTH = 24, 14  # characters

Row = list[Value]


class Labelled(Protocol):
    """A column of a CSV file."""

    @property
    def label(self) -> Any: ...


# CSV


def csv_pieces(columns: Iterable[Labelled], rows: Iterable[Row], *, delimiter: str = "") -> Iterator[bytes]:
    """The file, some hundred rows at a time, as a spreadsheet in the reader's language expects it.

    In Norwegian: semicolons between the cells, and a decimal comma. `delimiter` is put between the cells instead.
    """
    is_norwegian = get_language() == "nb"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter or (";" if is_norwegian else ","))
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([formula_safe.safe_text(str(column.label)) for column in columns])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(value, is_norwegian=is_norwegian) for value in row])
        if number % ROWS_A_PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def in_present_language(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces in the language that is active now. A response writes them when its view has returned."""
    language = get_language() or settings.LANGUAGE_CODE

    def written() -> Iterator[bytes]:
        while True:
            with override(language):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    return written()


def _csv_cell(value: Value, *, is_norwegian: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return formula_safe.safe_text(value)
    if isinstance(value, Decimal):
        number = f"{value:f}"
        return number.replace(".", ",") if is_norwegian else number
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


# XLSX


def xlsx_file(columns: Iterable[Column], rows: Iterable[Row]) -> IO[bytes]:
    """The file, at its beginning. Only the row that is written is in memory."""
    columns = list(columns)
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        head, day, figure = (
            book.add_format(given)
            for given in ({"bold": True}, {"num_format": "yyyy-mm-dd"}, {"num_format": "#,##0.00"})
        )
        for place, column in enumerate(columns):
            sheet.set_column(place, place, FIGURE_WIDTH if column.is_figure else TEXT_WIDTH)
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, str(column.label), head)
        last = 0
        for last, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                _write_cell(sheet, last, place, value, day=day, figure=figure)
        sheet.autofilter(0, 0, last, len(columns) - 1)
    file.seek(0)
    return file


def _write_cell(sheet: Any, row: int, place: int, value: Value, *, day: Any, figure: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, place, value)
    elif isinstance(value, Decimal):
        sheet.write_number(row, place, value, figure)
    elif isinstance(value, datetime.date):
        sheet.write_datetime(row, place, value, day)
    else:
        sheet.write_number(row, place, value)
