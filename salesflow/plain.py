"""What people type, as it may be stored: nothing that misleads, cannot be stored or cannot be seen."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Embeddings, overrides and isolates turn the text around them; the others do not print, or cannot be stored.
_BIDI = "\u202a-\u202e\u2066-\u2069"
_SURROGATES = "\ud800-\udfff"
_UNSAFE_IN_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}{_SURROGATES}]")
_UNSAFE_IN_TEXT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_SURROGATES}]")

_INVISIBLE = ("Z", "Cc", "Cf", "M")  # a mark is seen only on a letter
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol, for Unicode, that show nothing


def refuse_unsafe(text: str, *, multiline: bool = False) -> None:
    """Raise ValidationError for a text that cannot be stored and shown as it is, naming the character.

    No control characters, surrogates or bidi controls; lines and tabs only where it is `multiline`.
    """
    found = (_UNSAFE_IN_TEXT if multiline else _UNSAFE_IN_LINE).search(text)
    if found:
        raise ValidationError(
            _("The text contains a character that cannot be used here (%(character)s). Remove it."),
            code="unsafe",
            params={"character": f"U+{ord(found.group()):04X}"},
        )


def refuse_unsafe_lines(text: str) -> None:
    """`refuse_unsafe` for a model field of several lines, with the line ends that browsers send."""
    refuse_unsafe(text.replace("\r\n", "\n"), multiline=True)


def refuse_unseen(text: str) -> None:
    """Raise ValidationError for a name that nobody would see."""
    if not is_seen(text):
        raise ValidationError(_("Type a name that can be seen."), code="unseen")


def is_seen(text: str) -> bool:
    """Whether there is anything in it but blanks and what shows nothing."""
    return any(_shows(character) for character in text)


def _shows(character: str) -> bool:
    return not unicodedata.category(character).startswith(_INVISIBLE) and character not in _FILLERS


def unsafe_replaced(text: str) -> str:
    """The same text with what cannot be encoded replaced, so that a page can show what was typed."""
    return re.sub(f"[{_SURROGATES}]", "\ufffd", text)
