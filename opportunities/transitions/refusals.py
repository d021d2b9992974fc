"""The refusals of moves. The sentence of each is where it is raised."""

from typing import Any

from opportunities.models import Event
from opportunities.refusals import Refused


class NotMoved(Refused):
    """The opportunity was not moved. `is_saved`: `save_and_move` saved changed entries nevertheless.

    `are_entries_stored`: the opportunity has the posted entries, whether or not they were changes.
    """

    is_saved = False
    are_entries_stored = False

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "is_saved": self.is_saved}


class GateClosed(NotMoved):
    """Required steps are missing: `unmet` lists each with its stage and the reason."""

    code = "gate_closed"


class StaleMove(Refused):
    """What the form was rendered for has changed since. `event` says who changed it and when.

    `event` is None if no write to the opportunity changed it, but for example a new definition of the process.
    `fact` is the sentence for a page whose heading says that nothing was done; other pages need `undone`, too.
    """

    code = "already_moved"
    is_stale = True

    def __init__(self, fact: str, *, event: Event | None, undone: str = "") -> None:
        super().__init__(f"{fact} {undone}".strip())
        self.fact = fact
        self.event = event


class AlreadyMoved(StaleMove):
    """The opportunity was moved, put on hold, closed or reopened since the form was rendered."""


class NoSuchMove(NotMoved):
    """The opportunity has no such move now."""

    code = "no_such_move"


class EntryMissing(Refused):
    """An entry that the move needs, in `field`, is missing or not valid."""

    code = "entry_missing"
