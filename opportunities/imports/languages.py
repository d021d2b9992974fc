"""What our texts are in each language, because a file may be written in any of them."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.conf import settings
from django.utils import translation

Entry = TypeVar("Entry")


def in_each(listed: Callable[[], Iterable[Entry]]) -> list[Entry]:
    """What the function lists in each language, one after the other."""
    found = list[Entry]()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.extend(listed())
    return found
