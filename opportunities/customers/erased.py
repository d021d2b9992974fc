"""The marker that is stored instead of the name of an erased person, and how a page shows it."""

from typing import Any

from django.utils.translation import pgettext

ERASED = "[erased]"


def shown(name: str) -> str:
    """A stored name as the reader sees it: “erased” in their language, for a person who was erased."""
    return pgettext("name of a person", "erased") if name == ERASED else name


def logged(row: Any) -> str:
    """The name of a row as the log keeps it, in no language: that of a customer as it is stored."""
    return str(getattr(row, "logged_name", row))
