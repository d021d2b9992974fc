"""Hands over the rows of a hand-over, one transaction for each: the first in the request, the rest by the worker.

A row that belongs to the taker already counts as handed over. So a worker that is killed loses at most the outcomes of
a few rows, and the next attempt finds them.
"""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from opportunities import access, editing
from opportunities.customers import changing
from opportunities.editing import tasks
from opportunities.editing.conflicts import ErasedMeanwhile
from opportunities.models import HandOver, Opportunity, Task
from opportunities.models.hand_overs import (
    ACCOUNT,
    BUSY,
    CLOSED,
    ENDED,
    MOVED,
    OPPORTUNITY,
    OWNER_CHANGED,
    REFUSED,
    TASK,
)
from opportunities.refusals import Busy, Gone, OpportunityClosed, OwnerChanged, Refused, StaleVersion

AT_ONCE = 20
"""The rows that a request hands over itself, and those after which the worker stores the outcomes."""

WHY: dict[str, Promise] = {
    CLOSED: _("closed meanwhile"),
    OWNER_CHANGED: _("has another owner meanwhile, or is gone"),
    ENDED: _("the task has ended meanwhile"),
    REFUSED: _("you or the new owner may not do this any more"),
    BUSY: _("another person was writing to it; hand it over again"),
}
"""Why a row was refused, by its outcome."""


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
    _next(hand_over.pk, at)
    hand_over.refresh_from_db()
    if waiting(hand_over):
        hand_over_rest.enqueue(hand_over.pk)


@task()
def hand_over_rest(pk: int) -> None:
    while _next(pk, timezone.now()):
        pass


def waiting(hand_over: HandOver) -> list[dict[str, Any]]:
    return [row for row in hand_over.rows if not row["outcome"]]


def _next(pk: int, at: datetime.datetime) -> bool:
    """Hands over the next rows. Whether there were any."""
    hand_over = HandOver.objects.select_related("giver", "taker", "by").get(pk=pk)
    rows = waiting(hand_over)[:AT_ONCE]
    is_allowed = access.may_hand_over_work_of(hand_over.by, hand_over.giver) and access.may_own(hand_over.taker)
    _store(pk, {(row["kind"], row["pk"]): _outcome(hand_over, row, at) if is_allowed else REFUSED for row in rows})
    return bool(rows)


def _store(pk: int, outcomes: dict[tuple[str, int], str]) -> None:
    with transaction.atomic():
        hand_over = HandOver.objects.select_for_update(no_key=True).get(pk=pk)
        for row in hand_over.rows:
            row["outcome"] = row["outcome"] or outcomes.get((row["kind"], row["pk"]), "")
        hand_over.save(update_fields=["rows"])


def _outcome(hand_over: HandOver, row: dict[str, Any], at: datetime.datetime) -> str:
    give: dict[str, Callable[..., None]] = {
        OPPORTUNITY: _give_opportunity,
        TASK: _give_task,
        ACCOUNT: _give_account,
    }
    try:
        give[row["kind"]](hand_over, row, at)
    except OpportunityClosed:
        return CLOSED
    except (OwnerChanged, Gone, StaleVersion):
        return OWNER_CHANGED
    except tasks.TaskEnded:
        return ENDED
    except (Busy, ErasedMeanwhile):
        return BUSY
    except Refused:
        return REFUSED
    return MOVED


def _give_opportunity(hand_over: HandOver, row: dict[str, Any], at: datetime.datetime) -> None:
    found = Opportunity.objects.filter(pk=row["pk"]).visible_to(hand_over.by).first()
    if found is None or found.owner_id not in (hand_over.giver_id, hand_over.taker_id):
        raise OwnerChanged("")
    if found.owner_id == hand_over.taker_id:
        return
    leaves = not hand_over.giver_stays
    with editing.editing(found, by=hand_over.by, at=at, version=row["version"], owner_leaves=leaves) as record:
        if record.owner_id == hand_over.taker_id:  # meanwhile
            return
        if record.owner_id != hand_over.giver_id:
            raise OwnerChanged("")
        record.owner = hand_over.taker


def _give_task(hand_over: HandOver, row: dict[str, Any], at: datetime.datetime) -> None:
    seen = Opportunity.objects.filter(tasks=row["pk"]).visible_to(hand_over.by)
    found = Task.objects.filter(pk=row["pk"], opportunity__in=seen).select_related("opportunity").first()
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


def _give_account(hand_over: HandOver, row: dict[str, Any], at: datetime.datetime) -> None:
    changing.give(row["pk"], giver=hand_over.giver, taker=hand_over.taker, by=hand_over.by, at=at)
