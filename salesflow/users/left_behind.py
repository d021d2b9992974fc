"""What a person who is disabled would leave behind. The apps above say it: `register` their function when ready."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salesflow.users.models import User


@dataclass(frozen=True)
class LeftBehind:
    """A sentence with the counts, and the page on which it is given to another person."""

    sentence: str
    address: str


_functions: list[Callable[[Any], LeftBehind | None]] = []


def register(function: Callable[[Any], LeftBehind | None]) -> None:
    """`function` takes a user and returns what the user would leave behind, or None for nothing."""
    if function not in _functions:
        _functions.append(function)


def by(user: "User") -> list[LeftBehind]:
    return [found for function in _functions if (found := function(user))]
