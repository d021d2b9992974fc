"""The types of files that may be stored, recognised by their content. The name of a file proves nothing.

A file is refused if its content is of no type here, or if it is dangerous to open: programs, web pages and pictures
with scripts, macros, archives. `puremagic` says what the first bytes look like; the rest is checked here.
"""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import puremagic
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HEAD = 4096
"""The bytes at the beginning that are looked at first."""

MOST_UNPACKED = 500_000_000
"""The bytes to which an office document may unpack."""

MOST_PARTS = 10_000
"""The files inside an office document."""


class TypeRefused(Exception):
    """The content is of no type that may be stored. The reason is the rest of a sentence: “it is empty”."""

    def __init__(self, why: str | Promise) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class FileType:
    """A type of content. `endings`: those that the name of such a file may have, the usual one first."""

    content_type: str
    endings: tuple[str, ...]
    has_preview: bool = False


PNG = FileType("image/png", ("png",), has_preview=True)
JPEG = FileType("image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), has_preview=True)
WEBP = FileType("image/webp", ("webp",), has_preview=True)
GIF = FileType("image/gif", ("gif",), has_preview=True)
PDF = FileType("application/pdf", ("pdf",), has_preview=True)

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
DOCX = FileType(f"{_OPEN_XML}wordprocessingml.document", ("docx", "dotx"))
XLSX = FileType(f"{_OPEN_XML}spreadsheetml.sheet", ("xlsx", "xltx"))
PPTX = FileType(f"{_OPEN_XML}presentationml.presentation", ("pptx", "potx", "ppsx"))
OPEN_XML = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
"""The part that a document of each type has."""

_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OPEN_DOCUMENT = {
    each.content_type: each
    for each in (
        FileType(f"{_OPEN_DOCUMENT}text", ("odt", "ott")),
        FileType(f"{_OPEN_DOCUMENT}spreadsheet", ("ods", "ots")),
        FileType(f"{_OPEN_DOCUMENT}presentation", ("odp", "otp")),
    )
}

DOC = FileType("application/msword", ("doc", "dot"))
XLS = FileType("application/vnd.ms-excel", ("xls", "xlt"))
PPT = FileType("application/vnd.ms-powerpoint", ("ppt", "pps", "pot"))
MSG = FileType("application/vnd.ms-outlook", ("msg",))
COMPOUND = {"__properties_version1.0": MSG, "WordDocument": DOC, "Workbook": XLS, "PowerPoint Document": PPT}
"""The entry that a compound file of each type has, in the order of the search: a mail may hold others."""

EML = FileType("message/rfc822", ("eml",))
CSV = FileType("text/csv", ("csv", "tsv"))
TEXT = FileType("text/plain", ("txt", "text", "md", "log"))

TYPES = {
    each.content_type: each
    for each in (
        *(PNG, JPEG, WEBP, GIF, PDF, DOC, XLS, PPT, MSG, EML, CSV, TEXT),
        *OPEN_XML.values(),
        *OPEN_DOCUMENT.values(),
    )
}

ENDINGS = tuple(sorted(ending for each in TYPES.values() for ending in each.endings))

EMPTY = _("it is empty")
UNKNOWN = _("its content is of no type that can be stored here")
WEB_PAGE = _("its content is a web page or a picture that can run scripts")
MACROS = _("it has macros, which can run programs")
PROTECTED = _("it cannot be read as a document: it is damaged, or protected by a password")
ARCHIVE = _("it is an archive, whose content cannot be checked; upload the files themselves")
PROGRAM = _("it is a text with the name of a program or a script")
BOMB = _("it unpacks to far more than it seems to hold")


def type_of(content: IO[bytes], name: str) -> FileType:
    """The type of the content. The name only tells texts apart. Refusal: TypeRefused."""
    content.seek(0)
    head = content.read(HEAD)
    if not head:
        raise TypeRefused(EMPTY)
    for kind, found in _BY_HEAD:
        if kind in _looks_like(head):
            return found(content, head)
    return _of_text(content, head, name)


def _looks_like(head: bytes) -> set[str]:
    """The endings of the types that begin like this."""
    try:
        return {match.extension.lstrip(".") for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


Reader = Callable[[IO[bytes], bytes], FileType]


def _always(of_type: FileType, begin: bytes) -> Reader:
    """Reads the type if the content begins like this, a pattern. `puremagic` takes every RIFF file for a WebP."""

    def reader(content: IO[bytes], head: bytes) -> FileType:
        if not re.match(begin, head, re.DOTALL):
            raise TypeRefused(UNKNOWN)
        return of_type

    return reader


UNREADABLE = (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError, OverflowError)
"""What the reader of zip files raises for one that is broken, protected or forged."""


def _of_zip(content: IO[bytes], head: bytes) -> FileType:
    """An office document. Reads only the list of its parts, and one short part that is not compressed."""
    try:
        with zipfile.ZipFile(content) as document:
            parts = {part.filename: part for part in document.infolist()[: MOST_PARTS + 1]}
            mimetype = _mimetype(document, parts)
    except UNREADABLE as error:
        raise TypeRefused(PROTECTED) from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts.values()) > MOST_UNPACKED:
        raise TypeRefused(BOMB)
    if any(name.lower().endswith(("vbaproject.bin", ".xlm")) or name.startswith("Basic/") for name in parts):
        raise TypeRefused(MACROS)
    if mimetype in OPEN_DOCUMENT:
        return OPEN_DOCUMENT[mimetype]
    if "[Content_Types].xml" in parts:
        for part, of_type in OPEN_XML.items():
            if part in parts:
                return of_type
    raise TypeRefused(ARCHIVE)


def _mimetype(document: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> str:
    """What an OpenDocument file says about itself."""
    part = parts.get("mimetype")
    if part is None or part.compress_type != zipfile.ZIP_STORED or part.file_size > 100:
        return ""
    return document.read(part).decode("ascii", "replace")


def _of_compound(content: IO[bytes], head: bytes) -> FileType:
    """A document of Office 97 to 2003, or a mail of Outlook. The names of its entries are in UTF-16."""
    content.seek(0)
    whole = content.read()
    if "EncryptedPackage".encode("utf-16-le") in whole:
        raise TypeRefused(PROTECTED)
    if "_VBA_PROJECT".encode("utf-16-le") in whole:
        raise TypeRefused(MACROS)
    for entry, of_type in COMPOUND.items():
        if entry.encode("utf-16-le") in whole:
            return of_type
    raise TypeRefused(UNKNOWN)


_BY_HEAD: tuple[tuple[str, Reader], ...] = (
    ("png", _always(PNG, rb"\x89PNG\r\n\x1a\n")),
    ("jpg", _always(JPEG, rb"\xff\xd8\xff")),
    ("webp", _always(WEBP, rb"RIFF.{4}WEBP")),
    ("gif", _always(GIF, b"GIF8")),
    ("pdf", _always(PDF, b"%PDF-")),
    ("docx", _of_zip),
    ("doc", _of_compound),
)
"""How the content is read that looks like a file with this ending."""


# Texts

_TAGS = r"!doctype|\?xml|\?php|html|head|body|script|svg|iframe|object|embed|style|math|img|link|meta|xsl"
_MARKUP = re.compile(rf"<\s*(?:{_TAGS})\b", re.IGNORECASE)
_SCRIPT = re.compile(r"#!|@echo\b|<%", re.IGNORECASE)
_MAIL = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def _of_text(content: IO[bytes], head: bytes, name: str) -> FileType:
    content.seek(0)
    text = _decoded(content.read(), head)
    ending = ending_of(name)
    if ending in EML.endings and _MAIL.match(text.replace("\r\n", "\n")):
        return EML  # a mail may hold markup
    if _MARKUP.search(text[:HEAD]):
        raise TypeRefused(WEB_PAGE)
    if _SCRIPT.match(text.lstrip("\ufeff \t\r\n")):
        raise TypeRefused(PROGRAM)
    for of_type in (CSV, TEXT):
        if ending in of_type.endings:
            return of_type
    if not ending:
        return TEXT
    raise TypeRefused(PROGRAM)


def _decoded(whole: bytes, head: bytes) -> str:
    """The text. Refuses what is no text, such as a program or a picture of another type. Refusal: TypeRefused."""
    encodings = ("utf-16",) if head.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8", "cp1252")
    for encoding in encodings:
        try:
            text = whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise TypeRefused(UNKNOWN)


def ending_of(name: str) -> str:
    """The ending of the name, in small letters without the dot; empty if it has none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def with_ending(name: str, content_type: str) -> str:
    """The name with an ending that fits the content: “offer.exe” of a PDF becomes “offer.exe.pdf”."""
    endings = TYPES[content_type].endings
    return name if ending_of(name) in endings else f"{name}.{endings[0]}"
