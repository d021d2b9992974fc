"""The conditions of the moves, one function for each.

A function `to_…` returns the move with what it still needs, or raises a refusal if the opportunity has no such move.
`available` lists these moves. The functions that make the moves call them first.
"""

import enum
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.editing.rules import listed
from opportunities.models import Opportunity
from opportunities.progress import Progress
from opportunities.refusals import NotAllowed
from opportunities.transitions.refusals import GateClosed, NoSuchMove
from salesflow.users.models import User
from stages.gates import Unmet
from stages.models import LostGate, Stage, Step


class MoveKind(enum.StrEnum):
    """The moves, with the names of the functions of `transitions`."""

    ADVANCE = "advance"
    JUMP = "jump"
    GO_BACK = "go_back"
    FINISH = "finish"
    CLOSE_AS_WON = "close_as_won"
    CLOSE_AS_LOST = "close_as_lost"
    WAIVE_AND_CLOSE = "waive_and_close"  # close_as_lost with `waive_because`
    HOLD = "hold"
    RESUME = "resume"
    WAIVE = "waive"
    ASK_FOR_WAIVER = "ask_for_waiver"
    TAKE_BACK_WAIVER_REQUEST = "take_back_waiver_request"
    APPROVE_WAIVER_REQUEST = "approve_waiver_request"
    DECLINE_WAIVER_REQUEST = "decline_waiver_request"
    WITHDRAW_WAIVER = "withdraw_waiver"
    ASK_MANAGER = "ask_manager"
    APPROVE_CLOSE_REQUEST = "approve_close_request"
    DECLINE_CLOSE_REQUEST = "decline_close_request"
    TAKE_BACK_CLOSE_REQUEST = "take_back_close_request"
    REOPEN = "reopen"


@dataclass(frozen=True)
class Move:
    """A move that an opportunity has. `target` is the stage that it enters or the step that it is about.

    `only_in` is the stage in which the move can be made, if that is not the active one.
    """

    kind: MoveKind
    target: Stage | Step | None = None
    unmet: list[Unmet] = field(default_factory=list)
    only_in: Stage | None = None

    @property
    def is_open(self) -> bool:
        """Whether the move succeeds now, with the entries that it asks for."""
        return not self.unmet and self.only_in is None


class MoveContext(Protocol):
    """An opportunity, its progress, and the user who moves it. `editing.Edit` has this form."""

    @property
    def record(self) -> Opportunity: ...
    @property
    def progress(self) -> Progress: ...
    @property
    def by(self) -> User: ...
    @property
    def may_reopen(self) -> bool: ...
    @property
    def may_waive(self) -> bool: ...


# From stage to stage


def to_advance(context: MoveContext) -> Move:
    editing.refuse_closed(context.record)
    progress = context.progress
    if progress.next is None or progress.instance.is_finished:
        raise NoSuchMove(_("There is no stage after %(stage)s.") % {"stage": progress.active.name})
    return Move(MoveKind.ADVANCE, progress.next, progress.unmet(progress.reached, context.record))


def to_jump(context: MoveContext, stage: Stage | None) -> Move:
    editing.refuse_closed(context.record)
    progress = context.progress
    target = stage_of(progress, stage)
    if progress.instance.is_finished:
        raise NoSuchMove(_("The process is already finished."))
    if progress.stages.index(target) <= progress.position:
        raise NoSuchMove(_("You can only move forward to a later stage."))
    return Move(MoveKind.JUMP, target, progress.unmet(progress.before(target), context.record))


def to_go_back(context: MoveContext, stage: Stage | None) -> Move:
    """To the previous stage (`stage` is None) or a visited one; from a finished process also to its last stage."""
    editing.refuse_closed(context.record)
    progress = context.progress
    if stage is None and progress.previous is None:
        raise NoSuchMove(_("There is no stage before %(stage)s.") % {"stage": progress.active.name})
    target = stage_of(progress, stage or progress.previous)
    ahead = progress.stages.index(target) - progress.position
    if ahead > 0 or (ahead == 0 and not progress.instance.is_finished):
        raise NoSuchMove(_("You can only go back to an earlier stage."))
    if target != progress.previous and target.pk not in progress.visited:
        raise NoSuchMove(_("%(stage)s was skipped: there is nothing to go back to.") % {"stage": target.name})
    return Move(MoveKind.GO_BACK, target)


def to_finish(context: MoveContext) -> Move:
    editing.refuse_closed(context.record)
    progress = context.progress
    if not progress.is_last:
        raise NoSuchMove(_("Only the last stage can be finished."))
    if progress.instance.is_finished:
        raise NoSuchMove(_("The process is already finished."))
    return Move(MoveKind.FINISH, None, progress.unmet(progress.stages, context.record))


def stage_of(progress: Progress, stage: Stage | None) -> Stage:
    found = progress.find(stage) if stage else None
    if found is None:
        raise NoSuchMove(_("That stage is not part of this process."))
    return found


# Closing and opening again


def to_win(context: MoveContext) -> Move:
    editing.refuse_closed(context.record)
    progress = context.progress
    is_at_the_end = progress.is_last or progress.instance.is_finished
    unmet = progress.unmet(progress.stages, context.record)
    return Move(MoveKind.CLOSE_AS_WON, None, unmet, None if is_at_the_end else progress.last)


def to_lose(context: MoveContext) -> Move:
    """The steps that must be met depend on `lost_gate` of the process."""
    editing.refuse_closed(context.record)
    return Move(MoveKind.CLOSE_AS_LOST, None, missing_to_lose(context.record, context.progress))


def missing_to_lose(record: Opportunity, progress: Progress) -> list[Unmet]:
    """The steps that closing as lost still needs. No query."""
    stages = {
        LostGate.COMPLETE: progress.stages,
        LostGate.REACHED: progress.reached,
        LostGate.ANY: [],
    }[LostGate(progress.instance.process.lost_gate)]
    return progress.unmet(stages, record)


def to_waive_and_close(context: MoveContext) -> Move:
    missing = to_lose(context).unmet
    refuse_no_right_to_waive(context)
    if not missing:
        raise NoSuchMove(_("Nothing is missing."))
    return Move(MoveKind.WAIVE_AND_CLOSE)


def to_reopen(context: MoveContext, stage: Stage | None) -> Move:
    """Into the stage in which it was closed (`stage` is None) or an earlier one."""
    if not context.may_reopen:
        raise NotAllowed(_("Only the owner and managers may reopen an opportunity."))
    if context.record.is_open:
        raise NoSuchMove(_("This opportunity is open already."))
    progress = context.progress
    target = stage_of(progress, stage or progress.active)
    if target not in progress.reached:
        raise NoSuchMove(_("It was closed in %(stage)s and cannot go beyond it.") % {"stage": progress.active.name})
    return Move(MoveKind.REOPEN, target)


# Pausing and waiving


def to_hold(context: MoveContext) -> Move:
    editing.refuse_closed(context.record)
    if context.record.is_on_hold or context.progress.instance.is_finished:
        raise NoSuchMove(_("Only an opportunity that is in progress can be put on hold."))
    return Move(MoveKind.HOLD)


def to_resume(context: MoveContext) -> Move:
    editing.refuse_closed(context.record)
    if not context.record.is_on_hold:
        raise NoSuchMove(_("This opportunity is not on hold."))
    return Move(MoveKind.RESUME)


def to_waive(context: MoveContext) -> list[Unmet]:
    """The missing steps of all stages, each of which `by` may waive."""
    editing.refuse_closed(context.record)
    refuse_no_right_to_waive(context)
    return context.progress.unmet(context.progress.stages, context.record)


def refuse_no_right_to_waive(context: MoveContext) -> None:
    if not context.may_waive:
        raise NotAllowed(_("Only managers may waive a step."))


# The refusal of a move that is not open


def refuse_shut_gate(move: Move, progress: Progress) -> None:
    """Raises GateClosed unless the move is open."""
    if move.only_in is not None:
        sentence = _("An opportunity is closed as won at the end of %(last)s; this one is in %(stage)s.")
        names = {"last": move.only_in.name, "stage": progress.active.name}
        raise GateClosed(sentence % names, unmet=move.unmet)
    if move.unmet:
        target = move.target.name if move.target else ""
        raise GateClosed(_still_needed(move.kind) % {"steps": listed(move.unmet), "stage": target}, unmet=move.unmet)


def _still_needed(kind: MoveKind) -> str:
    return {
        MoveKind.FINISH: _("Still needed to finish: %(steps)s."),
        MoveKind.CLOSE_AS_WON: _("Still needed to close as won: %(steps)s."),
        MoveKind.CLOSE_AS_LOST: _("Still needed to close as lost: %(steps)s."),
    }.get(kind) or _("Still needed for %(stage)s: %(steps)s.")
