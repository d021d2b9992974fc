"""What a check of the database finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """A broken rule, in an opportunity or (without an id) elsewhere."""

    name: str
    what: str
    opportunity_id: int | None = None
    is_stricter_later: bool = False
    """No fault, only information: the process has asked for something since the opportunity passed."""
    is_remark: bool = False
    """No fault, only information."""


def sentences(check: Callable[[Any], Iterator[str]], checked: Any) -> Iterator[str]:
    """The sentences of the check. An error that it raises is one more sentence, and the next checks still run."""
    try:
        yield from check(checked)
    except Exception as error:
        yield f"cannot be checked for {check.__name__}: {type(error).__name__}: {error}"
