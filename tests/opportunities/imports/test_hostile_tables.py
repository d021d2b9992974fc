"""Files that are no tables, or want to take all memory or time, are refused with a sentence."""

import io
import struct
import sys
import time
import zipfile
from pathlib import Path

import pytest

from opportunities.imports import recognising
from opportunities.imports.reading.refusing import MOST_BYTES, CannotBeRead
from opportunities.imports.reading.rows import rows
from tests.support import hostile_files
from tests.support.tables import ods_of, xlsx_file, zipped

XLSX = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TABLE = "The file is no table."
UNREADABLE = "The spreadsheet cannot be read"
CELL = 'office:value-type="float" office:value="1"'


def xlsx_with(**parts):
    """A spreadsheet in which some parts are others. The names are those of the sheet, the strings and the book."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
    with zipfile.ZipFile(xlsx_file([["Navn", "Sum"], ["A", 1]])) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    return zipped(whole | {names.get(name, name): content for name, content in parts.items()})


def sheet_with_cell_at(place):
    return xlsx_with(
        sheet=f'<worksheet {XLSX}><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        f'<row r="1048576"><c r="{place}"><v>1</v></c></row></sheetData></worksheet>'
    )


def strings_with(doctype):
    return xlsx_with(strings=f"<!DOCTYPE x [{doctype}]><sst {XLSX}>{'<si><t>&j;</t></si>' * 3}</sst>")


def laughs():
    more = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(9))
    return strings_with(f'<!ENTITY a "{"lol" * 100}">{more}')


def lying_bomb():
    """A sheet of 40 MB that says it has 1,000 bytes."""
    content = bytearray(xlsx_with(sheet=f"<worksheet {XLSX}><sheetData>{'<row/>' * 7_000_000}").getvalue())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.find(mark)
        while at >= 0:
            if struct.unpack_from("<I", content, at + offset)[0] > 1_000_000:
                struct.pack_into("<I", content, at + offset, 1000)
            at = content.find(mark, at + 1)
    return io.BytesIO(content)


def repeated(rows_of_table, columns):
    return ods_of(
        f'<table:table table:name="a"><table:table-row table:number-rows-repeated="{rows_of_table}">'
        f'<table:table-cell table:number-columns-repeated="{columns}" {CELL}/></table:table-row></table:table>'
    )


FILES = {
    "nothing": (lambda: io.BytesIO(), "The file is empty."),
    "only separators": (lambda: io.BytesIO(b";;;\r\n;;;\r\n"), "The file is empty."),
    "a mark only": (lambda: io.BytesIO(b"\xef\xbb\xbf"), "The file is empty."),
    "too large": (lambda: io.BytesIO(b"a" * (MOST_BYTES + 1)), "larger than 50 MB"),
    "this program": (lambda: io.BytesIO(Path(sys.executable).read_bytes()[:1_000_000]), "The file cannot be read: "),
    "a picture": (lambda: io.BytesIO(hostile_files.picture("PNG")), TABLE),
    "a PDF": (lambda: io.BytesIO(hostile_files.PDF), TABLE),
    "zeros": (lambda: io.BytesIO(bytes(1000)), TABLE),
    "bytes": (lambda: io.BytesIO(bytes(range(256)) * 10), TABLE),
    "a text document": (lambda: io.BytesIO(hostile_files.document()), TABLE),
    "an archive": (lambda: zipped({"a.csv": "a;b"}), "it is an archive"),
    "macros": (lambda: xlsx_with(**{"xl/vbaProject.bin": b"x"}), "it has macros"),
    "an old spreadsheet": (lambda: io.BytesIO(hostile_files.compound("Workbook")), "Save it as XLSX"),
    "a password": (lambda: io.BytesIO(hostile_files.compound("EncryptedPackage")), "protected by a password"),
    "a bomb": (lambda: io.BytesIO(hostile_files.bomb()), "it unpacks to far more"),
    "a bomb that lies": (lying_bomb, UNREADABLE),
    "many parts": (lambda: io.BytesIO(hostile_files.many_parts()), "it unpacks to far more"),
    "a far part": (lambda: io.BytesIO(hostile_files.far_part()), "damaged"),
    "half a spreadsheet": (lambda: io.BytesIO(xlsx_file([["a"]]).getvalue()[:-300]), "damaged"),
    "no XML": (lambda: xlsx_with(sheet=bytes(range(256))), UNREADABLE),
    "no book": (lambda: xlsx_with(book="x"), UNREADABLE),
    "no sheets": (lambda: xlsx_with(book=f"<workbook {XLSX}/>"), "The file is empty."),
    "a cell in the last corner": (lambda: sheet_with_cell_at("XFD1048576"), UNREADABLE),
    "entities in entities": (laughs, UNREADABLE),
    "an entity of another file": (lambda: strings_with('<!ENTITY j SYSTEM "file:///etc/passwd">'), UNREADABLE),
    "a million equal rows": (lambda: repeated(1_048_576, 100), UNREADABLE),
    "as many as a number holds": (lambda: repeated(4_294_967_295, 4_294_967_295), UNREADABLE),
}


@pytest.mark.sweep
def test_hostile_files_are_refused_with_a_sentence(subtests):
    for name, (made, words) in FILES.items():
        with subtests.test(name), pytest.raises(CannotBeRead) as refusal:
            list(rows(file := made(), recognising.recognise(file)))
        with subtests.test(name):
            assert words in str(refusal.value)


def test_a_spreadsheet_that_links_to_others_is_read_without_them():
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" '
        'Target="http://192.0.2.1/x.xlsx" TargetMode="External"/></Relationships>'
    )
    file = xlsx_with(**{"xl/externalLinks/_rels/externalLink1.xml.rels": link})

    assert [row.cells for row in rows(file, recognising.recognise(file))] == [("A", 1)]


def test_an_ordinary_ods_with_a_million_empty_rows_at_its_end_is_read():
    heading = '<table:table-cell office:value-type="string"><text:p>Navn</text:p></table:table-cell>'
    wide = '<table:table-cell table:number-columns-repeated="16384"/>'
    file = ods_of(
        f'<table:table table:name="a"><table:table-row>{heading}</table:table-row>'
        f"<table:table-row><table:table-cell {CELL}/></table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048574">{wide}</table:table-row></table:table>'
    )

    assert [row.cells for row in rows(file, recognising.recognise(file))] == [(1,)]


SLOW = {
    "one word": b"a" * 2_000_000,
    "many quotation marks": b'"' * 2_000_001,
    "each line opens a quotation": b"Navn,Sum\n" + b'"a,1\n' * 5_000,
    "figures and signs": b"1" + b"-" * 200_000 + b"a\n" * 9,
    "dots": b"a@" + b"a." * 200_000 + b"@\n",
    "separators": b"Navn,Sum\n" + b"'|;\t\"" * 40 + b"\n" * 100_000,
}


@pytest.mark.sweep
def test_no_text_takes_longer_than_in_proportion_to_its_length(subtests):
    for name, content in SLOW.items():
        with subtests.test(name):
            before = time.process_time()
            file = io.BytesIO(content)
            list(rows(file, recognising.recognise(file)))
            assert time.process_time() - before < 10
