"""Where “Move to …” leads: the moves that the opportunity has now, in the order of the stages."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from opportunities import transitions
from opportunities.models import Opportunity
from opportunities.progress import Progress
from opportunities.transitions import Move, MoveKind
from salesflow.users.models import User
from stages.models import Stage

BETWEEN_STAGES = (MoveKind.ADVANCE, MoveKind.JUMP, MoveKind.GO_BACK)
FINISH = "finish"


@dataclass(frozen=True)
class MoveChoice:
    """One button of “Move to …”. `to` is what it posts, `left` how many steps the move still needs."""

    to: str
    label: str
    act: str
    left: int
    goes_back: bool = False


@dataclass(frozen=True)
class Menu:
    """`ends`: whether the opportunity can be closed from the menu."""

    choices: list[MoveChoice]
    ends: bool

    @property
    def focused(self) -> MoveChoice | None:
        """The first move ahead; going back is never what a second Enter does, unless there is nothing else."""
        return next((choice for choice in self.choices if not choice.goes_back), next(iter(self.choices), None))


def between_stages(moves: Iterable[Move]) -> dict[Stage, Move]:
    """The move into each stage. Next Stage comes before Move here, because `available` lists it first."""
    found: dict[Stage, Move] = {}
    for move in moves:
        if move.kind in BETWEEN_STAGES and isinstance(move.target, Stage):
            found.setdefault(move.target, move)
    return found


def of(opportunity: Opportunity, progress: Progress, by: User) -> Menu:
    """At most three queries."""
    moves = transitions.available(opportunity, by=by, progress=progress)
    by_stage = between_stages(moves)
    choices = [_choice(by_stage[stage]) for stage in progress.stages if stage in by_stage]
    finish = transitions.find(moves, MoveKind.FINISH)
    if finish:
        choices.append(MoveChoice(FINISH, _("Finish"), "", len(finish.unmet)))
    return Menu(choices, ends=transitions.find(moves, MoveKind.CLOSE_AS_LOST) is not None)


def _choice(move: Move) -> MoveChoice:
    acts = {MoveKind.ADVANCE: _("Next Stage"), MoveKind.JUMP: _("Move here"), MoveKind.GO_BACK: _("Go back here")}
    stage = move.target
    to, goes_back = str(stage.pk if stage else ""), move.kind == MoveKind.GO_BACK
    return MoveChoice(to, str(stage), acts[move.kind], len(move.unmet), goes_back)
