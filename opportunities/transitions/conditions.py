"""The condition of each move: one function per move.

A function `to_…` returns the move with what it still needs, or raises the refusal of an opportunity that has no such
move. `available` lists what these functions return; the functions that make the moves call them first.
"""

import enum
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.translation import gettext as _

from opportunities import access, editing
from opportunities.editing.refusals import NotAllowed
from opportunities.editing.rules import listed
from opportunities.models import Opportunity
from opportunities.progress import Progress
from opportunities.transitions._move import GateClosed, NoSuchMove
from salesflow.users.models import User
from stages.gates import Unmet
from stages.models import LostGate, Stage, Step


class Kind(enum.StrEnum):
    """The moves, by the names that the functions of `transitions` have."""

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
    ASK_MANAGER = "ask_manager"
    DECLINE_REQUEST = "decline_request"
    REOPEN = "reopen"


@dataclass(frozen=True)
class Move:
    """A move that an opportunity has. `target` is the stage that it enters or the step that it waives.

    `only_in` is the stage in which it can be made, when that is not the active one.
    """

    kind: Kind
    target: Stage | Step | None = None
    unmet: list[Unmet] = field(default_factory=list)
    only_in: Stage | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is missing: making it now succeeds, given the entries that it asks for."""
        return not self.unmet and self.only_in is None


class Here(Protocol):
    """An opportunity, its progress, and the person who is to move it. `editing.Edit` is one, too."""

    @property
    def record(self) -> Opportunity: ...
    @property
    def progress(self) -> Progress: ...
    @property
    def by(self) -> User: ...


# From stage to stage


def to_advance(here: Here) -> Move:
    editing.refuse_closed(here.record)
    progress = here.progress
    if progress.next is None or progress.instance.is_finished:
        raise NoSuchMove(_("There is no stage after %(stage)s.") % {"stage": progress.active.name})
    return Move(Kind.ADVANCE, progress.next, progress.unmet(progress.reached, here.record))


def to_jump(here: Here, stage: Stage | None) -> Move:
    editing.refuse_closed(here.record)
    progress = here.progress
    target = stage_of(progress, stage)
    if progress.instance.is_finished:
        raise NoSuchMove(_("The process is already finished."))
    if progress.stages.index(target) <= progress.position:
        raise NoSuchMove(_("You can only move forward to a later stage."))
    return Move(Kind.JUMP, target, progress.unmet(progress.before(target), here.record))


def to_go_back(here: Here, stage: Stage | None) -> Move:
    """To the previous stage (`stage` is None) or any that was visited; a finished process to its last one, too."""
    editing.refuse_closed(here.record)
    progress = here.progress
    if stage is None and progress.previous is None:
        raise NoSuchMove(_("There is no stage before %(stage)s.") % {"stage": progress.active.name})
    target = stage_of(progress, stage or progress.previous)
    ahead = progress.stages.index(target) - progress.position
    if ahead > 0 or (ahead == 0 and not progress.instance.is_finished):
        raise NoSuchMove(_("You can only go back to an earlier stage."))
    if target != progress.previous and target.pk not in progress.visited:
        raise NoSuchMove(_("%(stage)s was skipped: there is nothing to go back to.") % {"stage": target.name})
    return Move(Kind.GO_BACK, target)


def to_finish(here: Here) -> Move:
    editing.refuse_closed(here.record)
    progress = here.progress
    if not progress.is_last:
        raise NoSuchMove(_("Only the last stage can be finished."))
    if progress.instance.is_finished:
        raise NoSuchMove(_("The process is already finished."))
    return Move(Kind.FINISH, None, progress.unmet(progress.stages, here.record))


def stage_of(progress: Progress, stage: Stage | None) -> Stage:
    found = progress.find(stage) if stage else None
    if found is None:
        raise NoSuchMove(_("That stage is not part of this process."))
    return found


# Closing and opening again


def to_win(here: Here) -> Move:
    editing.refuse_closed(here.record)
    progress = here.progress
    is_at_the_end = progress.is_last or progress.instance.is_finished
    unmet = progress.unmet(progress.stages, here.record)
    return Move(Kind.CLOSE_AS_WON, None, unmet, None if is_at_the_end else progress.last)


def to_lose(here: Here) -> Move:
    """What must be complete depends on the process's `lost_gate`."""
    editing.refuse_closed(here.record)
    progress = here.progress
    stages = {
        LostGate.COMPLETE: progress.stages,
        LostGate.REACHED: progress.reached,
        LostGate.ANY: [],
    }[LostGate(progress.instance.process.lost_gate)]
    return Move(Kind.CLOSE_AS_LOST, None, progress.unmet(stages, here.record))


def to_waive_and_close(here: Here) -> Move:
    missing = to_lose(here).unmet
    refuse_no_right_to_waive(here.by)
    if not missing:
        raise NoSuchMove(_("Nothing is missing."))
    return Move(Kind.WAIVE_AND_CLOSE)


def to_reopen(here: Here, stage: Stage | None) -> Move:
    """In the stage in which it was closed (`stage` is None) or an earlier one. A closed one stays in its stage."""
    if not access.may_lead(here.by, here.record):
        raise NotAllowed(_("Only the owner and managers may reopen an opportunity."))
    if here.record.is_open:
        raise NoSuchMove(_("This opportunity is open already."))
    progress = here.progress
    target = stage_of(progress, stage or progress.active)
    if target not in progress.reached:
        raise NoSuchMove(_("It was closed in %(stage)s and cannot go beyond it.") % {"stage": progress.active.name})
    return Move(Kind.REOPEN, target)


# Pausing, waiving, asking


def to_hold(here: Here) -> Move:
    editing.refuse_closed(here.record)
    if here.record.is_on_hold or here.progress.instance.is_finished:
        raise NoSuchMove(_("Only an opportunity that is in progress can be put on hold."))
    return Move(Kind.HOLD)


def to_resume(here: Here) -> Move:
    editing.refuse_closed(here.record)
    if not here.record.is_on_hold:
        raise NoSuchMove(_("This opportunity is not on hold."))
    return Move(Kind.RESUME)


def to_waive(here: Here) -> list[Unmet]:
    """The missing steps of all stages, each of which `by` may waive."""
    editing.refuse_closed(here.record)
    refuse_no_right_to_waive(here.by)
    return here.progress.unmet(here.progress.stages, here.record)


def refuse_no_right_to_waive(by: User) -> None:
    if not access.may_waive(by):
        raise NotAllowed(_("Only managers may waive a step."))


def to_ask(here: Here) -> Move:
    editing.refuse_closed(here.record)
    if here.progress.close_request:
        raise NoSuchMove(_("A manager has been asked already."))
    return Move(Kind.ASK_MANAGER)


def to_decline(here: Here) -> Move:
    editing.refuse_closed(here.record)
    if not may_answer(here.by):
        raise NotAllowed(_("Only managers may answer."))
    if here.progress.close_request is None:
        raise NoSuchMove(_("No request is waiting. It may have been answered already."))
    return Move(Kind.DECLINE_REQUEST)


def may_answer(by: User) -> bool:
    """Whether this person answers requests to close an opportunity."""
    return access.may_waive(by)


# Refusals of a move that is not open


def refuse_shut_gate(move: Move, progress: Progress) -> None:
    """Raises GateClosed unless the move is open."""
    if move.only_in is not None:
        sentence = _("An opportunity is closed as won at the end of %(last)s; this one is in %(stage)s.")
        names = {"last": move.only_in.name, "stage": progress.active.name}
        raise GateClosed(sentence % names, unmet=move.unmet)
    if move.unmet:
        target = move.target.name if move.target else ""
        raise GateClosed(_still_needed(move.kind) % {"steps": listed(move.unmet), "stage": target}, unmet=move.unmet)


def _still_needed(kind: Kind) -> str:
    return {
        Kind.FINISH: _("Still needed to finish: %(steps)s."),
        Kind.CLOSE_AS_WON: _("Still needed to close as won: %(steps)s."),
        Kind.CLOSE_AS_LOST: _("Still needed to close as lost: %(steps)s."),
    }.get(kind) or _("Still needed for %(stage)s: %(steps)s.")
