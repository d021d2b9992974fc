"""What a hand-over moved, as it is now, and what of it has changed since.

It is read from the history that the hand-over wrote: a row that belonged to the taker before is not among it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from opportunities.customers.models import Account
from opportunities.editing import children
from opportunities.models import Event, HandOver, Opportunity, Task
from opportunities.models.hand_overs import ACCOUNT, KINDS, MOVED, OPPORTUNITY, TASK
from salesflow.users.models import User

LABELS: dict[str, str | Promise] = {
    OPPORTUNITY: gettext_lazy("opportunity"),
    TASK: gettext_lazy("task"),
    ACCOUNT: gettext_lazy("account"),
}


@dataclass(frozen=True)
class ChangedMovedRow:
    """A row that is not any more as the hand-over left it. `name` is empty if the reader does not see it any more."""

    kind: str
    name: str = ""
    address: str = ""

    def __str__(self) -> str:
        return f"{LABELS[self.kind]} “{self.name}”" if self.name else str(LABELS[self.kind])


@dataclass(frozen=True)
class State:
    """A row as it is now. `opportunity`: its own id, or that of the opportunity of a task; None of an account."""

    kind: str
    pk: int
    name: str
    owner: int | None
    is_open: bool = True
    opportunity: int | None = None

    @property
    def address(self) -> str:
        if self.opportunity is None:
            return Account.address_of(self.pk)
        return reverse("opportunity", args=[self.opportunity])


@dataclass(frozen=True)
class Moved:
    """One row that the hand-over moved. `now` is None if it is gone; `event`: the entry of the history that says so."""

    kind: str
    pk: int
    now: State | None
    event: Event | None = None


def ids_of(hand_over: HandOver) -> dict[str, list[int]]:
    """The ids of the rows that were handed over, by kind."""
    rows = [row for row in hand_over.rows if row["outcome"] == MOVED]
    return {kind: sorted(row["pk"] for row in rows if row["kind"] == kind) for kind in KINDS}


def opportunities_of(ids: dict[str, list[int]]) -> set[int]:
    """The ids of all opportunities that the undo writes to. One query."""
    of_tasks = Task.objects.filter(pk__in=ids[TASK]).values_list("opportunity", flat=True)
    return {*ids[OPPORTUNITY], *of_tasks}


def moved_by(hand_over: HandOver) -> list[Moved]:
    """The rows that changed their owner by this hand-over. Five queries."""
    ids = ids_of(hand_over)
    opportunities, own_tasks = _opportunities_now(ids[OPPORTUNITY]), _tasks_now(ids[TASK])
    of_tasks = {task.opportunity for task in own_tasks.values() if task.opportunity}
    events = _events(hand_over, {*ids[OPPORTUNITY], *of_tasks})
    found = []
    for pk in ids[OPPORTUNITY]:
        event = next((each for each in events[pk] if _gives(each.changes, hand_over)), None)
        found.append(Moved(OPPORTUNITY, pk, opportunities.get(pk), event))
    for pk in ids[TASK]:
        now = own_tasks.get(pk)
        of_opportunity = events[now.opportunity] if now and now.opportunity else []
        event = next((each for each in of_opportunity if pk in tasks_in(each, hand_over)), None)
        found.append(Moved(TASK, pk, now, event))
    was_moved = [each for each in found if each.event or not each.now]
    return [*was_moved, *_accounts(hand_over, ids[ACCOUNT])]


def _events(hand_over: HandOver, opportunities: Iterable[int]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    written = Event.objects.filter(opportunity__in=list(opportunities), by=hand_over.by_id, at__gte=hand_over.at)
    for event in written.order_by("version"):
        found[event.opportunity_id].append(event)
    return found


def _opportunities_now(ids: Iterable[int]) -> dict[int, State]:
    rows = Opportunity.objects.filter(pk__in=list(ids)).values_list("pk", "name", "owner", "status")
    is_open = Opportunity.Status.OPEN
    return {pk: State(OPPORTUNITY, pk, name, owner, status == is_open, pk) for pk, name, owner, status in rows}


def _tasks_now(ids: Iterable[int]) -> dict[int, State]:
    rows = Task.objects.filter(pk__in=list(ids)).only("text", "owner", "opportunity", "done_at", "dropped_at")
    return {row.pk: State(TASK, row.pk, row.text, row.owner_id, row.is_open, row.opportunity_id) for row in rows}


def _accounts(hand_over: HandOver, ids: list[int]) -> list[Moved]:
    now = {
        pk: State(ACCOUNT, pk, name, owner)
        for pk, name, owner in Account.objects.filter(pk__in=ids).values_list("pk", "name", "owner")
    }
    history: Any = Account.history
    written = history.filter(id__in=ids, history_user=hand_over.by_id, history_date__gte=hand_over.at)
    given = set(written.filter(owner=hand_over.taker_id).values_list("id", flat=True))
    return [Moved(ACCOUNT, pk, now.get(pk)) for pk in ids if pk in given]


def _gives(changes: list[dict[str, Any]], hand_over: HandOver) -> bool:
    """Whether these logged changes give something from the giver to the taker."""
    ids = [(_id(each["old"]), _id(each["new"])) for each in changes if each["field"] == "owner"]
    return (hand_over.giver_id, hand_over.taker_id) in ids


def _id(logged: Any) -> Any:
    return logged.get("id") if isinstance(logged, dict) else None


def tasks_in(event: Event, hand_over: HandOver) -> list[int]:
    """The ids of the tasks that the event gave to the taker."""
    of_tasks = [row for row in event.children if row["table"] == children.TASK.name]
    return [row["id"] for row in of_tasks if _gives(row["changes"], hand_over)]


def changed_since(hand_over: HandOver, reader: User, moved: list[Moved]) -> list[ChangedMovedRow]:
    """The rows that are not any more as the hand-over left them: another owner, closed, done, or gone.

    An opportunity comes with the tasks that went along with it. Two queries.
    """
    along = {each.pk: tasks_in(each.event, hand_over) for each in moved if each.event and each.kind == OPPORTUNITY}
    own_tasks = _tasks_now(pk for ids in along.values() for pk in ids)
    states: list[tuple[str, State | None]] = []
    for each in moved:
        states.append((each.kind, each.now))
        states += [(TASK, own_tasks.get(pk)) for pk in along.get(each.pk, ()) if each.kind == OPPORTUNITY]
    opportunities = {now.opportunity for _kind, now in states if now and now.opportunity}
    seen = set(Opportunity.objects.filter(pk__in=opportunities).visible_to(reader).values_list("pk", flat=True))
    return [_changed(kind, now, seen) for kind, now in states if not _is_as_left(now, hand_over)]


def _is_as_left(now: State | None, hand_over: HandOver) -> bool:
    return now is not None and now.is_open and now.owner == hand_over.taker_id


def _changed(kind: str, now: State | None, seen: set[int]) -> ChangedMovedRow:
    is_seen = now is not None and (now.opportunity is None or now.opportunity in seen)
    return ChangedMovedRow(kind, now.name, now.address) if now and is_seen else ChangedMovedRow(kind)
