"""The type of a file, found by its content: each type that may be stored, and what only looks like one."""

import io
import zipfile

import pytest

from opportunities.editing import file_types
from tests.support.hostile_files import PDF, compound, document, packed, picture


def open_document(kind):
    """The mimetype of an OpenDocument file is not compressed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
    return written.getvalue()


MAIL = b"From: a@example.com\r\nSubject: Offer\r\n folded\r\n\r\n<html>Hello</html>"

STORED = {
    "offer.png": (picture("PNG"), file_types.PNG),
    "offer.jpg": (picture("JPEG"), file_types.JPEG),
    "offer.webp": (picture("WEBP"), file_types.WEBP),
    "offer.gif": (picture("GIF"), file_types.GIF),
    "offer.pdf": (PDF, file_types.PDF),
    "offer.docx": (document(), file_types.DOCX),
    "offer.xlsx": (packed(**{"[Content_Types]_x_xml": b"", "xl__workbook_x_xml": b""}), file_types.XLSX),
    "offer.pptx": (packed(**{"[Content_Types]_x_xml": b"", "ppt__presentation_x_xml": b""}), file_types.PPTX),
    "offer.odt": (open_document("text"), file_types.OPEN_DOCUMENT["application/vnd.oasis.opendocument.text"]),
    "offer.ods": (
        open_document("spreadsheet"),
        file_types.OPEN_DOCUMENT["application/vnd.oasis.opendocument.spreadsheet"],
    ),
    "offer.doc": (compound("WordDocument"), file_types.DOC),
    "offer.xls": (compound("Workbook"), file_types.XLS),
    "offer.ppt": (compound("PowerPoint Document"), file_types.PPT),
    "mail.msg": (compound("__properties_version1.0", "WordDocument"), file_types.MSG),
    "mail.eml": (MAIL, file_types.EML),
    "prices.csv": (b"a;b\n1;2\n", file_types.CSV),
    "notes.txt": ("På norsk".encode("cp1252"), file_types.TEXT),
    "README": (b"A text without an ending", file_types.TEXT),
}


def test_each_type_that_may_be_stored_is_found_by_the_content(subtests):
    for name, (content, wanted) in STORED.items():
        with subtests.test(name):
            assert file_types.type_of(io.BytesIO(content), name) == wanted


@pytest.mark.parametrize("kind", [b"WAVE", b"AVI "])
def test_sound_and_film_that_begin_like_a_picture_are_refused(kind):
    content = b"RIFF\x24\0\0\0" + kind + b"\0" * 60

    with pytest.raises(file_types.TypeRefused, match="no type that can be stored"):
        file_types.type_of(io.BytesIO(content), "call.webp")


def test_an_office_document_of_an_unknown_kind_is_refused_as_an_archive():
    content = packed(**{"[Content_Types]_x_xml": b"<Types/>", "visio__document_x_xml": b"<x/>"})

    with pytest.raises(file_types.TypeRefused, match="archive"):
        file_types.type_of(io.BytesIO(content), "drawing.vsdx")
