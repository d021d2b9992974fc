"""Which encoding a text file has."""

import codecs
import re
from collections.abc import Iterable
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
LEAST_ASCII = 0.02  # of the characters of a text in UTF-16, the part that is ASCII at least

_OTHER_ALPHABETS = ("cp1251", "koi8_r", "cp1253")
_OTHER_LATIN = ("cp1250", "cp1257", "cp865", "mac_roman")
_WORD_OF_OTHERS = re.compile(rb"(?<![A-Za-z\x80-\xff])[\x80-\xff]{3,}(?![A-Za-z\x80-\xff])")
_MIXED_WORD = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")
_SIGN_IN_A_WORD = re.compile("[^\\W\\d_][\xa1-\xbf\xd7\xf7†‡‰‹›‘“”•™ŒŸ][^\\W\\d_]")
"""No word of Western Europe has a sign like these between two letters."""

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
    """UTF-16 without a byte order mark: of each ASCII character, the same one of its two bytes is 0."""
    first, second = head[::2].count(0), head[1::2].count(0)
    if bool(first) == bool(second) or max(first, second) < LEAST_ASCII * len(head) / 2:
        return ""
    return "utf-16-be" if first else "utf-16-le"


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
    """The encoding that a sample is most likely in.

    `charset-normalizer` takes short Norwegian texts for Polish ones, so it decides only where Western European cannot
    be: in texts of other alphabets, whose words have no letters of ASCII, and in words with signs in them.
    """
    if len(_WORD_OF_OTHERS.findall(sample)) > len(_MIXED_WORD.findall(sample)):
        return _likely(sample, _OTHER_ALPHABETS)
    if _SIGN_IN_A_WORD.search(sample.decode(WESTERN, "replace")):
        return _likely(sample, _OTHER_LATIN)
    return WESTERN


def _likely(sample: bytes, encodings: Iterable[str]) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(encodings), enable_fallback=False).best()
    return codecs.lookup(best.encoding).name if best else WESTERN
