"""Recognises a file: its kind, its encoding, its separator, its sheets and its header."""

import dataclasses
import itertools
import re
from contextlib import closing
from typing import IO, Any

from django.utils.translation import gettext as _

from opportunities.editing import file_types
from opportunities.imports import headings
from opportunities.imports.reading import dialects, encodings, headers, texts
from opportunities.imports.reading.reading import CSV, ODS, XLSX, Reading
from opportunities.imports.reading.refusing import MOST_BYTES, MOST_COLUMNS, CannotBeRead, too_many_columns
from opportunities.imports.reading.rows import SourceRow, raw_rows
from opportunities.imports.reading.workbooks import OpenedSheet

HEAD = 1 << 16  # bytes of a text that are looked at
MOST_CONTROLS = 0.005  # of a text, the part that control characters may have

_KINDS = {file_types.XLSX: XLSX, file_types.OPEN_DOCUMENT["application/vnd.oasis.opendocument.spreadsheet"]: ODS}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def recognise(file: IO[bytes]) -> Reading:
    """How the file is probably read, by its content. Raises CannotBeRead."""
    _refuse_size(file)
    file.seek(0)
    head = file.read(8)
    if head.startswith(b"PK") or head.startswith(_OTHERS):
        return read_anew(file, Reading(_kind(file)))
    return read_anew(file, _of_text(file))


def read_anew(file: IO[bytes], reading: Reading, **chosen: Any) -> Reading:
    """The reading with what a person chose: `encoding`, `delimiter`, `quote`, `sheet` or `header`.

    What follows from it is recognised anew: the header, unless it was chosen, and the headings. Raises CannotBeRead.
    """
    changed = dataclasses.replace(reading, **chosen)
    if changed.kind != CSV:
        with OpenedSheet(file, changed.sheet) as opened:
            changed = dataclasses.replace(changed, sheets=opened.sheets, sheet=opened.sheet)
    first = first_rows(file, changed)
    if not first:
        raise CannotBeRead(_("The file is empty."))
    if "header" not in chosen:
        changed = dataclasses.replace(changed, header=headers.header_of(_numbered(first), headings.is_known))
    return dataclasses.replace(changed, headings=_headings(first, changed.header))


def first_rows(file: IO[bytes], reading: Reading, most: int = headers.LOOKED_AT) -> list[SourceRow]:
    """The first rows, without blank ones, also those above the header: to show how the file is read."""
    with closing(raw_rows(file, reading)) as found:
        return list(itertools.islice(found, max(most, reading.header)))


def _refuse_size(file: IO[bytes]) -> None:
    size = file.seek(0, 2)
    if not size:
        raise CannotBeRead(_("The file is empty."))
    if size > MOST_BYTES:
        raise CannotBeRead(
            _("The file is larger than %(most)d MB. Split it, or delete what is not needed.")
            % {"most": MOST_BYTES // 1_000_000}
        )


_OTHERS = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\xd0\xcf\x11\xe0", b"\x7fELF", b"MZ", b"\x1f\x8b")
"""How files begin that are no tables."""


def _kind(file: IO[bytes]) -> str:
    """XLSX or ODS. The check of uploaded files refuses macros, archives, and what unpacks to too much."""
    try:
        found = file_types.type_of(file, "")
    except file_types.TypeRefused as refusal:
        raise CannotBeRead(_("The file cannot be read: %(why)s.") % {"why": refusal.why}) from refusal
    if found == file_types.XLS:
        raise CannotBeRead(_("The file has the old format of Excel. Save it as XLSX, and upload that."))
    if found not in _KINDS:
        raise CannotBeRead(_no_table())
    return _KINDS[found]


def _no_table() -> str:
    return _("The file is no table. Upload a CSV file, or a spreadsheet as XLSX or ODS.")


def _of_text(file: IO[bytes]) -> Reading:
    encoding = encodings.encoding_of(file)
    _refuse_binary(file, encoding)
    found = dialects.dialect_of(texts.lines(file, encoding))
    return Reading(CSV, encoding, found.delimiter, found.quote, found.escape)


def _refuse_binary(file: IO[bytes], encoding: str) -> None:
    """Refuses a program and any other file that is no text. The name of the file does not matter."""
    file.seek(0)
    text = file.read(HEAD).decode(encoding, "ignore")
    if "\0" in text or len(_CONTROLS.findall(text)) > MOST_CONTROLS * len(text):
        raise CannotBeRead(_no_table())
    if not text.strip("\ufeff \t\r\n,;|"):
        raise CannotBeRead(_("The file is empty."))


def _numbered(rows: list[SourceRow]) -> list[tuple[int, headers.Row]]:
    return [(row.number, row.cells) for row in rows]


def _headings(rows: list[SourceRow], header: int) -> tuple[str, ...]:
    """The headings of the header, or of a file without one as many as its widest row has cells."""
    named = next((row.cells for row in rows if row.number == header), ())
    wide = named or (None,) * max((len(row.cells) for row in rows), default=0)
    if len(wide) > MOST_COLUMNS:
        raise too_many_columns()
    return headers.headings(wide)
