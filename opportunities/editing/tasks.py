"""Plans, changes, completes and drops tasks, and the rules for each write of a task.

Call `plan`, `change` and `complete` inside an `editing` block, with the record that it yields. Each refusal is beside
its rule. A `StaleTask` says who was faster, and when.
"""

import datetime
from collections.abc import Callable, Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from opportunities import access
from opportunities.editing import answer_kinds, answers, changes, stamps
from opportunities.editing.changes import Change, ChildRows
from opportunities.editing.children import TASK
from opportunities.editing.conflicts import Sender
from opportunities.editing.rules import InvalidEntry
from opportunities.models import Event, Opportunity, Task
from opportunities.refusals import Gone, NotAllowed, Refused
from salesflow.users.models import User


class StaleTask(Refused):
    """Another person planned, changed, completed or removed a task since the page was opened."""

    code = "stale_task"
    is_stale = True


class TaskEnded(Refused):
    """The task is done or dropped, and does not change any more."""

    code = "task_ended"


# Plan, change, complete, drop


def plan(
    record: Opportunity,
    *,
    text: str,
    due: datetime.date | None = None,
    time: datetime.time | None = None,
    owner: User | None = None,
) -> Task:
    """Adds a task. Without `owner` it is for the owner of the opportunity. Refusal: InvalidEntry."""
    task = Task(opportunity=record, text=text, due=due, time=time, owner=owner or record.owner)
    stamps.created(task)
    _refuse_invalid(task)
    task.save()
    return task


def change(task: Task, **entries: Any) -> Task:
    """Sets columns of the task. Refusal: InvalidEntry."""
    for name, value in entries.items():
        setattr(task, name, value)
    _refuse_invalid(task)
    task.save()
    return task


def complete(task: Task) -> Task:
    stamp = stamps.of(task)
    task.done_at, task.done_by = stamp.at, stamp.by
    task.save()
    return task


def drop_open(record: Opportunity, at: datetime.datetime) -> None:
    """Drops the open tasks, because the opportunity is closed. For `transitions` only."""
    for task in record.tasks.open():
        task.dropped_at = at
        task.save()


def _refuse_invalid(task: Task) -> None:
    try:
        answers.of("text", TASK.name).clean(task)
    except ValidationError as error:
        raise InvalidEntry(ValidationError({"text": error}), table=TASK.name) from error
    if task.time is not None and task.due is None:
        raise InvalidEntry(ValidationError({"due": _("A time needs a date.")}), table=TASK.name)


# The task of a page


def find_open(record: Opportunity, pk: int, *, version: int | None) -> Task:
    """The open task with that id, of the locked record. Refusals: StaleTask, TaskEnded, Gone."""
    task = record.tasks.select_related("owner", "created_by", "done_by").filter(pk=pk).first()
    if task is not None and task.is_open:
        task.opportunity = record
        return task
    for event, row in _since(record, version):
        if row["id"] == pk and _kind_of(row) != "changed":
            raise _stale(record, event, row)
    if task is None:
        raise Gone(_("This task is not on this opportunity any more."))
    raise TaskEnded(_("“%(task)s” has ended and cannot be changed.") % {"task": task})


def refuse_changed(record: Opportunity, task: Task, *, version: int | None, page: str = "") -> None:
    """Refuses to complete a task that changed since the page was opened. Refusal: StaleTask."""
    _refuse_since(record, version, page, lambda row: row["id"] == task.pk)


def refuse_planned(record: Opportunity, *, version: int | None, page: str = "") -> None:
    """Refuses to plan a step if another person planned one since the page was opened. Refusal: StaleTask."""
    _refuse_since(record, version, page, lambda row: row["what"] == "added")


def _refuse_since(record: Opportunity, version: int | None, page: str, is_relevant: Callable[[Change], bool]) -> None:
    """Refuses if another page made a relevant change of a task after that version."""
    stamp = record.stamp
    sender = Sender(stamp.by, page) if stamp else None
    for event, row in _since(record, version):
        if is_relevant(row) and not (sender and sender.made(event)):
            raise _stale(record, event, row)


def _since(record: Opportunity, version: int | None) -> list[tuple[Event, Change]]:
    """The changes of tasks after that version, the last first. One query, if there was any write."""
    if version is None or version >= record.version:
        return []
    events = record.events.filter(version__gt=version).select_related("by").order_by("-version")
    return [(event, row) for event in events for row in reversed(event.children) if row["table"] == TASK.name]


def _kind_of(row: Change) -> str:
    """What the write did: "added", "removed", "changed" or "done"."""
    ends = {change["field"] for change in row["changes"] if change["new"] is not None}
    return "done" if row["what"] == "changed" and "done_at" in ends else str(row["what"])


def _stale(record: Opportunity, event: Event, row: Change) -> StaleTask:
    is_own = record.stamp is not None and event.by_id == record.stamp.by.pk
    when = answer_kinds.KINDS["moment"].display(None, event.at)
    return StaleTask(_sentence(_kind_of(row), is_own) % {"person": event.by, "task": row["name"], "when": when})


def _sentence(kind: str, is_own: bool) -> str:
    """Placeholders: `person`, `task`, `when`."""
    if is_own:
        return {
            "added": _("You planned “%(task)s” in another window, %(when)s."),
            "changed": _("You changed “%(task)s” in another window, %(when)s."),
            "done": _("You completed “%(task)s” in another window, %(when)s."),
            "removed": _("You removed “%(task)s” in another window, %(when)s."),
        }[kind]
    return {
        "added": _("%(person)s planned “%(task)s” meanwhile, %(when)s."),
        "changed": _("%(person)s changed “%(task)s” meanwhile, %(when)s."),
        "done": _("%(person)s completed “%(task)s” meanwhile, %(when)s."),
        "removed": _("%(person)s removed “%(task)s” meanwhile, %(when)s."),
    }[kind]


# Rules for each write


def follow_owner(before: Opportunity, record: Opportunity, *, kept: Collection[int] = ()) -> None:
    """The open tasks of the former owner go to the new one, but for those with the ids `kept`."""
    for task in record.tasks.open().filter(owner=before.owner_id).exclude(pk__in=kept):
        task.owner = record.owner
        task.save()


def refuse_forbidden(record: Opportunity, rows: ChildRows) -> None:
    """Call it if the write touches tasks. Refusals: InvalidEntry, TaskEnded, NotAllowed."""
    before, now = rows.before(TASK), rows.now(TASK)
    for pk, task in before.items():
        if task.has_ended and changes.of_row(TASK, task, now.get(pk)):
            raise TaskEnded(_("“%(task)s” has ended and cannot be changed.") % {"task": task})
    for pk, task in now.items():
        if changes.of_row(TASK, before.get(pk), task):
            _refuse_invalid(task)
            _refuse_owner_without_access(record, before.get(pk), task)


def _refuse_owner_without_access(record: Opportunity, before: Task | None, task: Task) -> None:
    """Refuses an owner of a task who may not edit the opportunity."""
    is_new = before is None or before.owner_id != task.owner_id
    if is_new and task.owner_id != record.owner_id and not access.may_edit(task.owner, record):
        sentence = _("%(person)s cannot see this opportunity. Put them on the sales team first.")
        if access.may_read(task.owner, record):
            sentence = _("%(person)s may only read this opportunity.")
        raise NotAllowed(sentence % {"person": task.owner}, field="owner")
