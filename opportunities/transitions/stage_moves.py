"""The moves between stages: Next Stage, Move here, Back, and Finish."""

import datetime
from typing import Any

from opportunities.editing import Edit
from opportunities.models import Event, Opportunity, StageVisit
from opportunities.transitions import conditions
from opportunities.transitions._move import active_stage_of, begin, end_process, last_visit, locked_for_move, move
from opportunities.transitions.conditions import Move, MoveKind
from salesflow.users.models import User
from stages.models import Stage

EVENTS = {
    MoveKind.ADVANCE: Event.Kind.ADVANCED,
    MoveKind.JUMP: Event.Kind.JUMPED,
    MoveKind.GO_BACK: Event.Kind.WENT_BACK,
    MoveKind.FINISH: Event.Kind.FINISHED,
}


def advance(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> StageVisit:
    """Next Stage: moves to the stage after the active one. Refusals: GateClosed, AlreadyMoved, NoSuchMove."""
    return _moved(MoveKind.ADVANCE, opportunity, by=by, at=at, from_stage=from_stage, version=version)


def jump(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    to_stage: Stage,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> StageVisit:
    """Move here: moves to a later stage. Every gate before it must be open; the stages in between get no visit.

    Refusals: GateClosed, AlreadyMoved, NoSuchMove.
    """
    return _moved(MoveKind.JUMP, opportunity, to_stage, by=by, at=at, from_stage=from_stage, version=version)


def go_back(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    to_stage: Stage | None = None,
    from_stage: Stage | None = None,
    version: int | None = None,
    reason: str = "",
) -> StageVisit:
    """Back: moves to the previous stage, or to another visited one. Checks no gate.

    A finished process may also go back to its last stage, and is then not finished any more.
    Refusals: AlreadyMoved, NoSuchMove.
    """
    more: dict[str, Any] = {"from_stage": from_stage, "version": version, "reason": reason}
    return _moved(MoveKind.GO_BACK, opportunity, to_stage, by=by, at=at, **more)


def finish(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> StageVisit:
    """Finish: ends the visit of the last stage and finishes the process. Returns that visit.

    Refusals: GateClosed, AlreadyMoved, NoSuchMove.
    """
    return _moved(MoveKind.FINISH, opportunity, by=by, at=at, from_stage=from_stage, version=version)


def _moved(
    kind: MoveKind,
    opportunity: Opportunity,
    to_stage: Stage | None = None,
    *,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None,
    version: int | None,
    reason: str = "",
) -> StageVisit:
    from_stage = from_stage or active_stage_of(opportunity)
    with locked_for_move(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        return move_locked(edit, kind, to_stage, reason)


def move_locked(edit: Edit, kind: MoveKind, to_stage: Stage | None = None, reason: str = "") -> StageVisit:
    """Makes the move on a locked opportunity. A refusal has changed nothing."""
    found = condition_of(edit, kind, to_stage)
    conditions.refuse_shut_gate(found, edit.progress)
    begin(edit, EVENTS[kind])
    edit.event.reason = reason
    if isinstance(found.target, Stage):
        return move(edit, found.target)
    end_process(edit)
    return last_visit(edit)


def condition_of(context: conditions.MoveContext, kind: MoveKind, to_stage: Stage | None) -> Move:
    if kind is MoveKind.JUMP:
        return conditions.to_jump(context, to_stage)
    if kind is MoveKind.GO_BACK:
        return conditions.to_go_back(context, to_stage)
    return conditions.to_finish(context) if kind is MoveKind.FINISH else conditions.to_advance(context)
