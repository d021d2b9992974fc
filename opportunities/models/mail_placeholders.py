"""The placeholders of mail templates: `{contact}` is replaced by the name of the contact."""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PLACEHOLDERS: dict[str, str | Promise] = {
    "contact": gettext_lazy("the name of the person who gets the mail"),
    "first_name": gettext_lazy("the first word of that name"),
    "account": gettext_lazy("the account of the opportunity"),
    "opportunity": gettext_lazy("the name of the opportunity"),
    "owner": gettext_lazy("the owner of the opportunity"),
    "sender": gettext_lazy("the person who sends the mail"),
}
"""Each placeholder, and what takes its place."""

_BRACES = re.compile(r"\{([^{}\n]*)\}")


def refuse_unknown(text: str) -> None:
    """Raises ValidationError for a placeholder that does not exist, and for a brace that belongs to none."""
    unknown = next((name for name in _BRACES.findall(text) if name not in PLACEHOLDERS), None)
    known = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    if unknown is not None:
        sentence = _("There is no placeholder {%(name)s}. Use one of these: %(known)s")
        raise ValidationError(sentence % {"name": unknown, "known": known}, code="placeholder")
    if brace := re.search(r"[{}]", _BRACES.sub("", text)):
        sentence = _("A single “%(brace)s” belongs to no placeholder. Use one of these: %(known)s")
        raise ValidationError(sentence % {"brace": brace[0], "known": known}, code="placeholder")


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with a value for each placeholder. A value that looks like a placeholder stays as it is."""
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), text)
