"""Hands over the rows of a hand-over by `row_runs`: the first in the request, the rest by the worker.

A row that belongs to the taker already counts as handed over.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import access, editing, row_runs
from opportunities.customers import changing
from opportunities.editing import tasks
from opportunities.editing.conflicts import ErasedMeanwhile
from opportunities.models import HandOver, Opportunity, Task
from opportunities.models.hand_overs import (
    ACCOUNT,
    BUSY,
    CLOSED,
    ENDED,
    FAILED,
    MOVED,
    OPPORTUNITY,
    OWNER_CHANGED,
    REFUSED,
    TASK,
)
from opportunities.refusals import Busy, Gone, NotAllowed, OpportunityClosed, OwnerChanged, Refused, StaleVersion

AT_ONCE = 20
"""The rows that a request hands over itself."""

WHY: dict[str, Promise] = {
    CLOSED: _("closed meanwhile"),
    OWNER_CHANGED: _("has another owner meanwhile, or is gone"),
    ENDED: _("the task has ended meanwhile"),
    REFUSED: _("you or the new owner may not do this any more"),
    BUSY: _("another person was writing to it; hand it over again"),
    FAILED: _("the program failed at it"),
}
"""Why a row was refused, by its outcome."""

_OUTCOMES: Mapping[type[Refused] | tuple[type[Refused], ...], str] = {
    OpportunityClosed: CLOSED,
    (OwnerChanged, Gone, StaleVersion): OWNER_CHANGED,
    tasks.TaskEnded: ENDED,
    (Busy, ErasedMeanwhile): BUSY,
}
"""The outcomes of refusals. Those of another kind have REFUSED."""


def begin(*, giver: Any, taker: Any, by: Any, at: datetime.datetime, stays: bool, marks: Iterable[str]) -> HandOver:
    """Stores what is to be handed over, in the transaction that claims the form. `marks` are those of the pieces."""
    rows = [{**_named(mark), "outcome": ""} for mark in marks]
    return HandOver.objects.create(giver=giver, taker=taker, by=by, at=at, giver_stays=stays, rows=rows)


def _named(mark: str) -> dict[str, Any]:
    kinds = {kind[0]: kind for kind in (OPPORTUNITY, TASK, ACCOUNT)}
    pk, _dot, version = mark[1:].partition(".")
    return {"kind": kinds[mark[0]], "pk": int(pk), "version": int(version)}


def is_mark(mark: str) -> bool:
    """Whether a text is the mark of a piece."""
    pk, dot, version = mark[1:].partition(".")
    return (
        mark[:1] in ("o", "t", "a")
        and bool(dot)
        and all(part.isascii() and part.isdigit() and len(part) < 19 for part in (pk, version))
    )


def continue_with(hand_over: HandOver, *, at: datetime.datetime) -> None:
    """Hands over some rows at once and leaves the others to the worker."""
    row_runs.do_some(HAND_OVERS, hand_over.pk, AT_ONCE, clock=lambda: at)
    hand_over.refresh_from_db()
    if waiting(hand_over):
        row_runs.leave_to_worker(HAND_OVERS, hand_over.pk)


def waiting(hand_over: HandOver) -> list[dict[str, Any]]:
    return [row for row in hand_over.rows if not row["outcome"]]


@dataclass(frozen=True)
class RowToMove:
    """A row of a hand-over that is locked. `logged` is its entry in `hand_over.rows`."""

    hand_over: HandOver
    logged: dict[str, Any]

    @property
    def pk(self) -> int:
        return int(self.logged["pk"])


class HandOvers(row_runs.RunKind[RowToMove]):
    """The hand-over has its rows in a column, so each of them locks it: two workers never share one."""

    name = "hand_over"

    def ids_under_way(self) -> Iterable[int]:
        written = HandOver.objects.annotate(written=Cast("rows", TextField()))
        return written.filter(written__contains='"outcome": ""').values_list("pk", flat=True)

    def take(self, run: int) -> RowToMove | None:
        locked = HandOver.objects.select_for_update(of=("self",), no_key=True)
        hand_over = locked.select_related("giver", "taker", "by").filter(pk=run).first()
        if hand_over is None or not (rows := waiting(hand_over)):
            return None
        return RowToMove(hand_over, rows[0])

    def do(self, row: RowToMove, at: datetime.datetime) -> row_runs.Outcome:
        hand_over = row.hand_over
        if not (access.may_hand_over_work_of(hand_over.by, hand_over.giver) and access.may_own(hand_over.taker)):
            raise NotAllowed("")
        _GIVE[row.logged["kind"]](row, at)
        return {"outcome": MOVED}

    def refused(self, row: RowToMove, refusal: Refused) -> row_runs.Outcome:
        outcomes = (outcome for refusals, outcome in _OUTCOMES.items() if isinstance(refusal, refusals))
        return {"outcome": next(outcomes, REFUSED)}

    def failed(self, row: RowToMove) -> row_runs.Outcome:
        return {"outcome": FAILED}

    def store(self, row: RowToMove, outcome: row_runs.Outcome) -> None:
        row.logged.update(outcome)
        row.hand_over.save(update_fields=["rows"])


HAND_OVERS = HandOvers()


def _give_opportunity(row: RowToMove, at: datetime.datetime) -> None:
    hand_over = row.hand_over
    found = Opportunity.objects.filter(pk=row.pk).visible_to(hand_over.by).first()
    if found is None or found.owner_id not in (hand_over.giver_id, hand_over.taker_id):
        raise OwnerChanged("")
    if found.owner_id == hand_over.taker_id:
        return
    how: dict[str, Any] = {"version": row.logged["version"], "owner_leaves": not hand_over.giver_stays}
    with editing.editing(found, by=hand_over.by, at=at, **how) as record:
        if record.owner_id == hand_over.taker_id:  # meanwhile
            return
        if record.owner_id != hand_over.giver_id:
            raise OwnerChanged("")
        record.owner = hand_over.taker


def _give_task(row: RowToMove, at: datetime.datetime) -> None:
    hand_over = row.hand_over
    seen = Opportunity.objects.filter(tasks=row.pk).visible_to(hand_over.by)
    found = Task.objects.filter(pk=row.pk, opportunity__in=seen).select_related("opportunity").first()
    if found is None or found.owner_id not in (hand_over.giver_id, hand_over.taker_id):
        raise OwnerChanged("")
    if found.owner_id == hand_over.taker_id:
        return
    with editing.editing(found.opportunity, by=hand_over.by, at=at) as record:
        open_task = tasks.find_open(record, found.pk, version=None)
        if open_task.owner_id == hand_over.taker_id:  # meanwhile
            return
        if open_task.owner_id != hand_over.giver_id:
            raise OwnerChanged("")
        tasks.change(open_task, owner=hand_over.taker)


def _give_account(row: RowToMove, at: datetime.datetime) -> None:
    hand_over = row.hand_over
    changing.give(row.pk, giver=hand_over.giver, taker=hand_over.taker, by=hand_over.by, at=at)


_GIVE: Mapping[str, Callable[[RowToMove, datetime.datetime], None]] = {
    OPPORTUNITY: _give_opportunity,
    TASK: _give_task,
    ACCOUNT: _give_account,
}
