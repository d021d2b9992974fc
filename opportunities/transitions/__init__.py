"""The moves of an opportunity: each page, command and path that moves or closes one calls a function in here.

`available` says which moves an opportunity has; `save_and_move` saves entries and moves in one write.

Keyword-only; `by` is the person who moves it, `at` when (aware; no clock in here). `from_stage` is the stage that the
button was rendered for (a move between stages or a closing without it: the active stage of the object passed in),
`version` the version of the opportunity that the page showed. The demo, the shell and tests may leave both out, views
never do. When the opportunity was moved since, the refusal is a `StaleMove` with the event: who moved it and when.
A refusal is a `Refused` with a sentence fit for the user, and has written nothing; a `NotMoved` with `is_saved` has
saved the entries. The rules are those of docs/process.md.
"""

from opportunities.editing.conflicts import StaleVersion
from opportunities.editing.refusals import BrokenConstraint, Busy, Gone, NotAllowed, OpportunityClosed, Refused
from opportunities.editing.rules import CompetitorsKnown, ContactStays, EvidenceMissing, InvalidEntry, PassedGate
from opportunities.editing.tasks import StaleTask, TaskEnded
from opportunities.transitions._move import AlreadyMoved, EntryMissing, GateClosed, NoSuchMove, NotMoved, StaleMove
from opportunities.transitions.available import available, by_kind, find
from opportunities.transitions.closing import close_as_lost, close_as_won, organisation_date, reopen
from opportunities.transitions.conditions import Kind, Move, may_answer
from opportunities.transitions.pausing import hold, resume
from opportunities.transitions.save_and_move import EntriesRefused, StageMove, save_and_move
from opportunities.transitions.stage_moves import advance, finish, go_back, jump
from opportunities.transitions.starting import start
from opportunities.transitions.waiving import MissingChanged, ask_manager, decline_request, waive

__all__ = [
    "AlreadyMoved",
    "BrokenConstraint",
    "Busy",
    "CompetitorsKnown",
    "ContactStays",
    "EntriesRefused",
    "EntryMissing",
    "EvidenceMissing",
    "GateClosed",
    "Gone",
    "InvalidEntry",
    "Kind",
    "MissingChanged",
    "Move",
    "NoSuchMove",
    "NotAllowed",
    "NotMoved",
    "OpportunityClosed",
    "PassedGate",
    "Refused",
    "StageMove",
    "StaleMove",
    "StaleTask",
    "StaleVersion",
    "TaskEnded",
    "advance",
    "ask_manager",
    "available",
    "by_kind",
    "close_as_lost",
    "close_as_won",
    "decline_request",
    "find",
    "finish",
    "go_back",
    "hold",
    "jump",
    "may_answer",
    "organisation_date",
    "reopen",
    "resume",
    "save_and_move",
    "start",
    "waive",
]
