"""Checks what people type: a text must be storable, visible and not misleading."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Embeddings, overrides and isolates reverse the text around them. The others are invisible or cannot be stored.
_BIDI = "\u202a-\u202e\u2066-\u2069"
_SURROGATES = "\ud800-\udfff"
_UNSAFE_IN_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}{_SURROGATES}]")
_UNSAFE_IN_TEXT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_SURROGATES}]")

# Spaces; control, format, unassigned, private and surrogate characters; marks, which show only on a letter.
_INVISIBLE_CATEGORIES = ("Z", "C", "M")
# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt. A font draws nothing for these.
_DEFAULT_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Letters and symbols with an empty glyph: braille blank, object replacement, two hieroglyph blanks, null notehead.
_BLANK_SYMBOLS = "\u2800\ufffc\U00013441\U00013442\U0001d159"
_SHOWS_NOTHING = re.compile(f"[{_DEFAULT_IGNORABLE}{_BLANK_SYMBOLS}]")


def refuse_unsafe(text: str, *, multiline: bool = False) -> None:
    """Raises ValidationError for a text with control characters, surrogates or bidi controls, and names the character.

    Line ends and tabs are allowed if `multiline`.
    """
    found = (_UNSAFE_IN_TEXT if multiline else _UNSAFE_IN_LINE).search(text)
    if found:
        raise ValidationError(
            _("The text contains a character that cannot be used here (%(character)s). Remove it."),
            code="unsafe",
            params={"character": f"U+{ord(found.group()):04X}"},
        )


def refuse_unsafe_lines(text: str) -> None:
    """`refuse_unsafe` for a model field of several lines. Allows the line ends that browsers send."""
    refuse_unsafe(text.replace("\r\n", "\n"), multiline=True)


def refuse_unseen(text: str) -> None:
    """Raises ValidationError for a name without a visible character."""
    if not is_seen(text):
        raise ValidationError(_("Type a name that can be seen."), code="unseen")


def is_seen(text: str) -> bool:
    """Whether the text has at least one visible character."""
    return any(_shows(character) for character in text)


def _shows(character: str) -> bool:
    return not (unicodedata.category(character).startswith(_INVISIBLE_CATEGORIES) or _SHOWS_NOTHING.match(character))


def unsafe_replaced(text: str) -> str:
    """The text with surrogates replaced, so that a page can show it."""
    return re.sub(f"[{_SURROGATES}]", "\ufffd", text)
