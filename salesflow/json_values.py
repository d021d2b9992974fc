"""Changes parts of a value that was read from JSON: a text, a number, a list, or a mapping with more of these."""

from collections.abc import Callable
from typing import Any


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value with each part of it changed, the outer parts first."""
    value = change(value)
    if isinstance(value, list):
        return [changed(each, change) for each in value]
    if isinstance(value, dict):
        return {key: changed(each, change) for key, each in value.items()}
    return value


def with_texts_changed(value: Any, change: Callable[[str], str]) -> Any:
    """The value with each text in it changed. The names of a mapping stay."""
    return changed(value, lambda part: change(part) if isinstance(part, str) else part)
