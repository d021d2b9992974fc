"""Saves the entries of a page and then moves, with one lock, one transaction and one event."""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opportunities import editing
from opportunities.editing import Edit
from opportunities.models import Opportunity, StageVisit
from opportunities.refusals import Busy, Refused
from opportunities.transitions import stage_moves
from opportunities.transitions._entries import Write, write_entries
from opportunities.transitions._move import active_stage_of, locked_for_move, refuse_stale
from opportunities.transitions.conditions import MoveKind
from opportunities.transitions.refusals import NotMoved
from salesflow.users.models import User
from stages.models import Stage


@dataclass(frozen=True)
class StageMove:
    """A move between stages, or `finish`, with its arguments. `jump` and `go_back` use `to_stage`."""

    kind: MoveKind
    to_stage: Stage | None = None
    reason: str = ""

    def make(self, edit: Edit) -> StageVisit:
        return stage_moves.move_locked(edit, self.kind, self.to_stage, self.reason)


class EntriesRefused(Refused):
    """The opportunity went back (`visit`), but the entries were refused (`reason`) and not saved."""

    code = "entries_refused"

    def __init__(self, reason: Refused, visit: StageVisit) -> None:
        super().__init__(str(reason), field=reason.field, unmet=reason.unmet)
        self.reason = reason
        self.visit = visit


def save_and_move(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    write: Write | None,
    move: StageMove,
    from_stage: Stage | None = None,
    version: int | None = None,
    entries_version: int | None = None,
    page: str = "",
    relies_on: tuple[str, ...] = (),
    settled: Mapping[str, int] | None = None,
) -> StageVisit:
    """Writes the entries and makes the move, in one transaction with one event.

    `write` sets the entries as in an `editing` block; None for a button without a form. `version` is that of the page
    with the button: after a later move nothing is saved and nothing moved (AlreadyMoved). `entries_version`, `page`,
    `relies_on` and `settled` are the arguments of `editing`.
    If there is no such move or its gate is shut, the entries are saved as an edit, and the refusal (GateClosed,
    NoSuchMove) has `is_saved`. Going back moves first, because answers of a passed stage cannot be changed before. If
    the entries are refused then, the opportunity goes back without them (EntriesRefused).

    Refusals: those of `editing` and of the move.
    """
    from_stage = from_stage or active_stage_of(opportunity)
    call = _SaveAndMove(opportunity, by, at, from_stage, version, entries_version, page, relies_on, settled or {})
    if move.kind is MoveKind.GO_BACK:
        return call.move_and_write(move, write)
    return call.write_and_move(write, move)


@dataclass(frozen=True)
class _SaveAndMove:
    """The arguments of `save_and_move`, without the entries and the move."""

    opportunity: Opportunity
    by: User
    at: datetime.datetime
    from_stage: Stage
    version: int | None
    entries_version: int | None
    page: str
    relies_on: tuple[str, ...]
    settled: Mapping[str, int]

    def write_and_move(self, write: Write | None, move: StageMove) -> StageVisit:
        refusal: NotMoved | None = None
        with self._locked() as edit:
            if write:
                write_entries(edit, write)
            try:
                visit = move.make(edit)
            except NotMoved as shut:
                refusal = shut
        if refusal:
            refusal.are_entries_stored = write is not None
            refusal.is_saved = edit.before is not None and edit.record.version > edit.before.version
            raise refusal
        return visit

    def move_and_write(self, move: StageMove, write: Write | None) -> StageVisit:
        is_moved = False
        try:
            with self._locked() as edit:
                visit = move.make(edit)
                is_moved = True
                if write:
                    write_entries(edit, write)
        except Busy:
            raise
        except Refused as refusal:
            if not is_moved:
                raise
            raise EntriesRefused(refusal, self._move_alone(move)) from refusal
        return visit

    def _move_alone(self, move: StageMove) -> StageVisit:
        stage, version = self.from_stage, self.version
        with locked_for_move(self.opportunity, by=self.by, at=self.at, from_stage=stage, version=version) as edit:
            return move.make(edit)

    @contextmanager
    def _locked(self) -> Iterator[Edit]:
        version = self.entries_version
        with editing.locked(self.opportunity, by=self.by, at=self.at, version=version, closed="allow") as edit:
            edit.page, edit.relies_on, edit.settled = self.page, self.relies_on, self.settled
            edit.page_version = self.version
            refuse_stale(edit.record, self.from_stage, self.version)
            editing.refuse_closed(edit.record)
            yield edit
