"""Lists the moves that an opportunity has now, and what each still needs."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.functional import cached_property

from opportunities import access
from opportunities.models import Opportunity
from opportunities.progress import Progress
from opportunities.refusals import Refused
from opportunities.transitions import close_request_conditions, conditions, waiver_conditions
from opportunities.transitions.conditions import Move, MoveContext, MoveKind
from salesflow.users.models import User
from stages.models import Stage, Step

AT_MOST_ONE = (
    conditions.to_advance,
    conditions.to_finish,
    conditions.to_win,
    conditions.to_lose,
    conditions.to_waive_and_close,
    conditions.to_hold,
    conditions.to_resume,
    close_request_conditions.to_ask,
    close_request_conditions.to_approve,
    close_request_conditions.to_decline,
    close_request_conditions.to_take_back,
)
ONE_FOR_A_STAGE = (conditions.to_jump, conditions.to_go_back, conditions.to_reopen)
ONE_FOR_A_STEP: dict[MoveKind, Callable[[MoveContext], list[Step]]] = {
    MoveKind.WAIVE: lambda context: [unmet.step for unmet in conditions.to_waive(context)],
    MoveKind.ASK_FOR_WAIVER: lambda context: [unmet.step for unmet in waiver_conditions.to_ask_for_waiver(context)],
    MoveKind.TAKE_BACK_WAIVER_REQUEST: waiver_conditions.to_take_back_waiver_request,
    MoveKind.APPROVE_WAIVER_REQUEST: lambda context: [
        unmet.step for unmet in waiver_conditions.to_approve_waiver(context)
    ],
    MoveKind.DECLINE_WAIVER_REQUEST: waiver_conditions.to_decline_waiver,
    MoveKind.WITHDRAW_WAIVER: waiver_conditions.to_withdraw_waiver,
}


@dataclass
class _MoveContext:
    record: Opportunity
    progress: Progress
    by: User

    @cached_property
    def may_reopen(self) -> bool:
        return access.may_reopen(self.by, self.record)

    @cached_property
    def may_waive(self) -> bool:
        return access.may_waive(self.by, self.record)


def available(opportunity: Opportunity, *, by: User, progress: Progress | None = None) -> list[Move]:
    """The moves that this user has now, also those whose gate is shut. At most three queries besides `progress`."""
    if not access.may_edit(by, opportunity):
        return []
    context = _MoveContext(opportunity, progress or Progress.of(opportunity), by)
    found = (_allowed(condition) for condition in _conditions(context))
    return [move for moves in found for move in moves]


def _conditions(context: MoveContext) -> Iterator[Callable[[], list[Move]]]:
    for condition in AT_MOST_ONE:
        yield lambda condition=condition: [condition(context)]  # type: ignore[misc]
    for stage in context.progress.stages:
        for condition_of in ONE_FOR_A_STAGE:
            yield lambda condition=condition_of, stage=stage: [condition(context, stage)]  # type: ignore[misc]
    for kind, steps_of in ONE_FOR_A_STEP.items():
        yield lambda kind=kind, steps_of=steps_of: [Move(kind, step) for step in steps_of(context)]  # type: ignore[misc]


def _allowed(condition: Callable[[], list[Move]]) -> list[Move]:
    try:
        return condition()
    except Refused:
        return []


def onward(opportunity: Opportunity, *, is_last: bool) -> MoveKind | None:
    """The move of the main button, if its gate is open: Next Stage or, in the last stage, Finish.

    Reads the stored columns only, for lists: no query. `available` has the same move, with an open gate.
    """
    if not opportunity.is_open or not opportunity.is_ready or opportunity.is_finished:
        return None
    return MoveKind.FINISH if is_last else MoveKind.ADVANCE


def by_kind(moves: Iterable[Move]) -> dict[str, list[Move]]:
    """The moves by the name of their kind, for templates."""
    found: dict[str, list[Move]] = {}
    for move in moves:
        found.setdefault(move.kind.value, []).append(move)
    return found


def find(moves: Iterable[Move], kind: MoveKind, target: Stage | Step | None = None) -> Move | None:
    """The first move of this kind and, unless None, with this target."""
    return next((move for move in moves if move.kind is kind and target in (None, move.target)), None)
