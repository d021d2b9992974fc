"""The moves of an opportunity. Only these functions move or close one.

`available` says which moves an opportunity has; `save_and_move` saves entries and moves in one write.

All arguments are keywords. `by` is the user, `at` the moment (aware; these functions read no clock). `from_stage` is
the active stage on the page with the button, `version` the version on that page. Views always pass both; the demo, the
shell and tests may leave them out. If the opportunity was moved since, the refusal is a `StaleMove` with the event of
that move. A refusal is a `Refused` with a sentence for the user. It has written nothing, except a `NotMoved` with
`is_saved`, which has saved the entries. The rules are in docs/process.md.
"""

from opportunities.editing.deletion import ChangedSince
from opportunities.editing.rules import CompetitorsKnown, ContactStays, EvidenceMissing, InvalidEntry, PassedGate
from opportunities.editing.tasks import StaleTask, TaskEnded
from opportunities.refusals import BrokenConstraint, Busy, Gone, NotAllowed, OpportunityClosed, Refused, StaleVersion
from opportunities.transitions._about_a_step import RequestChanged
from opportunities.transitions.arrivals import (
    Arrival,
    ArrivingCompetitor,
    ArrivingMember,
    ArrivingStakeholder,
    moment_of,
)
from opportunities.transitions.available import available, by_kind, find, onward
from opportunities.transitions.close_requests import (
    approve_close_request,
    ask_manager,
    decline_close_request,
    declined_request,
    take_back_close_request,
)
from opportunities.transitions.closing import (
    LostAnswers,
    WonAnswers,
    close_as_lost,
    close_as_won,
    needs_description,
    organisation_date,
)
from opportunities.transitions.conditions import Move, MoveKind, missing_to_lose
from opportunities.transitions.copying import CopyPart, close_date_of_renewal, copy
from opportunities.transitions.importing import bring_in, lift, undo_import, update
from opportunities.transitions.past_acts import (
    PastAct,
    PastClosing,
    PastEstimate,
    PastFinish,
    PastHold,
    PastNote,
    PastReopening,
    PastResumption,
    PastTask,
    PastVisit,
)
from opportunities.transitions.pausing import hold, resume
from opportunities.transitions.refusals import AlreadyMoved, EntryMissing, GateClosed, NoSuchMove, NotMoved, StaleMove
from opportunities.transitions.reopening import reopen
from opportunities.transitions.save_and_move import EntriesRefused, StageMove, save_and_move
from opportunities.transitions.stage_moves import advance, finish, go_back, jump
from opportunities.transitions.starting import start
from opportunities.transitions.waiver_conditions import why_not
from opportunities.transitions.waiver_requests import (
    approve_waiver_request,
    ask_for_waiver,
    decline_waiver_request,
    take_back_waiver_request,
    withdraw_waiver,
)
from opportunities.transitions.waiving import MissingChanged, waive

__all__ = [
    "AlreadyMoved",
    "Arrival",
    "ArrivingCompetitor",
    "ArrivingMember",
    "ArrivingStakeholder",
    "BrokenConstraint",
    "Busy",
    "ChangedSince",
    "CompetitorsKnown",
    "ContactStays",
    "CopyPart",
    "EntriesRefused",
    "EntryMissing",
    "EvidenceMissing",
    "GateClosed",
    "Gone",
    "InvalidEntry",
    "LostAnswers",
    "MissingChanged",
    "Move",
    "MoveKind",
    "NoSuchMove",
    "NotAllowed",
    "NotMoved",
    "OpportunityClosed",
    "PassedGate",
    "PastAct",
    "PastClosing",
    "PastEstimate",
    "PastFinish",
    "PastHold",
    "PastNote",
    "PastReopening",
    "PastResumption",
    "PastTask",
    "PastVisit",
    "Refused",
    "RequestChanged",
    "StageMove",
    "StaleMove",
    "StaleTask",
    "StaleVersion",
    "TaskEnded",
    "WonAnswers",
    "advance",
    "approve_close_request",
    "approve_waiver_request",
    "ask_for_waiver",
    "ask_manager",
    "available",
    "bring_in",
    "by_kind",
    "close_as_lost",
    "close_as_won",
    "close_date_of_renewal",
    "copy",
    "decline_close_request",
    "decline_waiver_request",
    "declined_request",
    "find",
    "finish",
    "go_back",
    "hold",
    "jump",
    "lift",
    "missing_to_lose",
    "moment_of",
    "needs_description",
    "onward",
    "organisation_date",
    "reopen",
    "resume",
    "save_and_move",
    "start",
    "take_back_close_request",
    "take_back_waiver_request",
    "undo_import",
    "update",
    "waive",
    "why_not",
    "withdraw_waiver",
]
