"""What follows when an account, a contact or a competitor is renamed, in the transaction that saves it.

Tables above this app may keep the names of customers. Each registers a function when its app is ready.
"""

from collections.abc import Callable
from typing import Any

_FOLLOWERS: list[Callable[[Any], None]] = []


def register(follow: Callable[[Any], None]) -> None:
    """`follow` gets each row that was renamed, after it was saved."""
    if follow not in _FOLLOWERS:
        _FOLLOWERS.append(follow)


def renamed(row: Any) -> None:
    for follow in _FOLLOWERS:
        follow(row)
