"""Which encoding a text file has."""

import codecs
import re
from typing import IO

from django.utils.translation import gettext_lazy as _

UTF_8 = "utf-8-sig"
"""Takes UTF-8 with and without a byte order mark."""

WESTERN, LATIN = "cp1252", "latin-1"

ENCODINGS = {
    UTF_8: _("UTF-8"),
    WESTERN: _("Western European (Windows-1252)"),
    LATIN: _("Western European (Latin-1)"),
    "utf-16": _("UTF-16"),
    "utf-16-le": _("UTF-16, little endian"),
    "utf-16-be": _("UTF-16, big endian"),
    "utf-32": _("UTF-32"),
    "cp1250": _("Central European (Windows-1250)"),
    "cp1251": _("Cyrillic (Windows-1251)"),
    "koi8-r": _("Cyrillic (KOI8-R)"),
    "cp1253": _("Greek (Windows-1253)"),
    "cp1254": _("Turkish (Windows-1254)"),
    "cp1257": _("Baltic (Windows-1257)"),
    "cp865": _("Nordic (DOS)"),
    "mac-roman": _("Western European (Mac)"),
}
"""The encodings that a person can choose, with their names."""

MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before that of UTF-16, which is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

PIECE = 1 << 20  # bytes
SAMPLE = 1 << 16  # bytes of lines with letters outside ASCII
_GUESSED = ("cp1252", "cp1251", "cp1250", "koi8_r", "cp1253", "cp1257")
_NOT_ASCII = re.compile(rb"[^\r\n]{0,500}[\x80-\xff][^\r\n]{0,500}")


def encoding_of(file: IO[bytes]) -> str:
    """The encoding of a text file. Reads all of it, piece by piece."""
    file.seek(0)
    head = file.read(SAMPLE)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if wide := _without_mark(head):
        return wide
    return UTF_8 if can_decode(file, UTF_8) else _of_one_byte(file)


def can_decode(file: IO[bytes], encoding: str) -> bool:
    """Whether the whole file can be read in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _without_mark(head: bytes) -> str:
    """UTF-16 without a byte order mark: every second byte of most letters is 0."""
    pairs = len(head) // 2
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if pairs and zeros.count(0) * 2 > pairs:
            return name
    return ""


def _of_one_byte(file: IO[bytes]) -> str:
    for name in (_guessed(_sample(file)), WESTERN):
        if can_decode(file, name):
            return name
    return LATIN


def _sample(file: IO[bytes]) -> bytes:
    """Pieces of lines that have letters outside ASCII."""
    found, length = list[bytes](), 0
    file.seek(0)
    while length < SAMPLE and (piece := file.read(PIECE)):
        for match in _NOT_ASCII.finditer(piece):
            found.append(match.group())
            length += len(found[-1])
            if length >= SAMPLE:
                break
    return b"\n".join(found)


def _guessed(sample: bytes) -> str:
    """The encoding that a sample is most likely in; Western European unless something else is clearly better."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_GUESSED), enable_fallback=False).best()
    return codecs.lookup(best.encoding).name if best else WESTERN
