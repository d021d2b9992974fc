"""The moves of an opportunity: whatever moves or closes one, on whatever page or path, calls a function in here.

Keyword-only; `by` is who does it, `at` when (aware; no clock in here). `from_stage` is the stage that the button was
drawn for (a move between stages or a closing without it: the active stage of the object passed in), `version` the
version of the opportunity that the page showed. The demo, the shell and tests may leave both out, views never do. When
the opportunity was moved since, the refusal is a `StaleMove` that carries the event, and so who did it and when.
A refusal is a `MoveRefused` with a sentence fit for the user, and has written nothing. The rules are those of
docs/process.md.
"""

from opportunities.conflicts import StaleVersion
from opportunities.editing import BrokenConstraint, Busy, Gone, OpportunityClosed
from opportunities.rules import (
    CompetitorsKnown,
    ContactStays,
    EvidenceMissing,
    InvalidEntry,
    MoveRefused,
    NotAllowed,
    PassedGate,
)
from opportunities.transitions.closing import close_as_lost, close_as_won, organisation_date, reopen, unmet_for_lost
from opportunities.transitions.moving import AlreadyMoved, EntryMissing, GateClosed, NoSuchMove, StaleMove
from opportunities.transitions.pausing import hold, resume
from opportunities.transitions.starting import start
from opportunities.transitions.stepping import advance, finish, go_back, jump
from opportunities.transitions.waiving import MissingChanged, ask_manager, decline_request, waive

__all__ = [
    "AlreadyMoved",
    "BrokenConstraint",
    "Busy",
    "CompetitorsKnown",
    "ContactStays",
    "EntryMissing",
    "EvidenceMissing",
    "GateClosed",
    "Gone",
    "InvalidEntry",
    "MissingChanged",
    "MoveRefused",
    "NoSuchMove",
    "NotAllowed",
    "OpportunityClosed",
    "PassedGate",
    "StaleMove",
    "StaleVersion",
    "advance",
    "ask_manager",
    "close_as_lost",
    "close_as_won",
    "decline_request",
    "finish",
    "go_back",
    "hold",
    "jump",
    "organisation_date",
    "reopen",
    "resume",
    "start",
    "unmet_for_lost",
    "waive",
]
