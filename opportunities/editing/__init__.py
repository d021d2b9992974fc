"""The one way to write to an opportunity and its child rows.

    with editing(opportunity, by=user, at=now, version=posted_version) as record:
        form.write_to(record)

All code uses `editing`. Only `transitions`, which also moves, uses `locked` and the other functions. The rules are in
docs/process.md.
"""

from opportunities.editing.database import written_or_refused
from opportunities.editing.edit import (
    Closed,
    Edit,
    editing,
    locked,
    merge_and_derive,
    refuse_closed,
    refuse_moves,
    refuse_unknown_version,
    write,
    written_again,
)
from opportunities.editing.locks import locked_row
from opportunities.refusals import BrokenConstraint, Busy, Gone, NotAllowed, OpportunityClosed, Refused

__all__ = [
    "BrokenConstraint",
    "Busy",
    "Closed",
    "Edit",
    "Gone",
    "NotAllowed",
    "OpportunityClosed",
    "Refused",
    "editing",
    "locked",
    "locked_row",
    "merge_and_derive",
    "refuse_closed",
    "refuse_moves",
    "refuse_unknown_version",
    "write",
    "written_again",
    "written_or_refused",
]
