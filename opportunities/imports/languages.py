"""What our texts are in each language, because a file may be written in any of them."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.conf import settings
from django.utils import translation

Each = TypeVar("Each")


def in_each(listed: Callable[[], Iterable[Each]]) -> list[Each]:
    """What the function lists in each language, one after the other."""
    found = list[Each]()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.extend(listed())
    return found
