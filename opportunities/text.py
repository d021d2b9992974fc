"""What people type: folded for finding, and checked before it is stored."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LINE_LENGTH = 200
TEXT_LENGTH = 4000
LONGEST_FOLDED = 2 * LINE_LENGTH  # what is sought is no longer than what is there

# Letters that Unicode does not decompose, as people type them on a keyboard that lacks them.
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "þ": "th"})

# Marks, control and format characters, lone surrogates: never part of what somebody looks for.
_LEFT_OUT = {"Mn", "Me", "Cc", "Cf", "Cs"}

# Embeddings, overrides and isolates turn the text around them; the others do not print, or cannot be stored.
_BIDI = "\u202a-\u202e\u2066-\u2069"
_SURROGATES = "\ud800-\udfff"
_UNSAFE_IN_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}{_SURROGATES}]")
_UNSAFE_IN_TEXT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_SURROGATES}]")


def folded(text: str) -> str:
    """As columns for searching hold it, and as what is searched for must be: no case, accents or odd spaces.

    The answer is safe as a query on every database, whatever was typed. Of a long text only the beginning counts:
    putting accents in order takes time that grows with the square of their number.
    """
    decomposed = unicodedata.normalize("NFKD", text[:LONGEST_FOLDED].casefold()).casefold().translate(_LETTERS)
    spaced = " ".join(unicodedata.normalize("NFKD", decomposed).split())
    return " ".join("".join(each for each in spaced if unicodedata.category(each) not in _LEFT_OUT).split())


def is_clean(text: str, *, multiline: bool = False) -> bool:
    """Whether the text can be stored and shown as it is: no control characters, surrogates or bidi controls."""
    return _first_unsafe(text, multiline) is None


def refuse_unsafe(text: str, *, multiline: bool = False) -> None:
    """Raise ValidationError, naming the character, unless `is_clean`."""
    unsafe = _first_unsafe(text, multiline)
    if unsafe is not None:
        raise ValidationError(
            _("The text contains a character that cannot be used here (%(character)s). Remove it."),
            code="unsafe",
            params={"character": f"U+{ord(unsafe):04X}"},
        )


def unsafe_replaced(text: str) -> str:
    """The same text with what cannot be encoded replaced, so that a page can show what was typed."""
    return re.sub(f"[{_SURROGATES}]", "\ufffd", text)


def _first_unsafe(text: str, multiline: bool) -> str | None:
    found = (_UNSAFE_IN_TEXT if multiline else _UNSAFE_IN_LINE).search(text)
    return found.group() if found else None
