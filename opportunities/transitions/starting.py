"""Creates an opportunity. Only `start` does, and `copy` and `bring_in` with the functions of this module."""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _

from opportunities import access, editing
from opportunities.editing import Edit, answers, rules, tasks
from opportunities.models import Event, Opportunity, ProcessInstance, write_guard
from opportunities.models.stamp import Stamp
from opportunities.refusals import NotAllowed
from opportunities.transitions._move import enter, shipped_reason
from opportunities.transitions.refusals import EntryMissing, NoSuchMove
from salesflow.users.models import User
from stages import definition_cache, gates
from stages.models import Process, Stage


def start(
    *,
    by: User,
    at: datetime.datetime,
    owner: User,
    name: str,
    process: Process | None = None,
    next_step: str = "",
    next_step_due: datetime.date | None = None,
    **entries: Any,
) -> Opportunity:
    """Creates an opportunity in the first stage of `process` (default: the one used for new opportunities).

    `next_step` and its date become the first task. `entries` are further fields of the opportunity.
    Refusals: NotAllowed, NoSuchMove, EntryMissing, and those of `editing`.
    """
    record = unsaved(by=by, at=at, owner=owner, name=name)
    set_entries(record, entries)
    with editing.written_or_refused(is_new=True), begun(record, locked_process(process), Stamp(by, at)):
        plan(record, next_step, next_step_due)
    return record


def unsaved(*, by: User, at: datetime.datetime, owner: User, name: str) -> Opportunity:
    """A new opportunity, not saved yet. Refusal: NotAllowed."""
    if not access.may_start(by) or not access.may_own(owner):
        raise NotAllowed(_("Only a person with the role Salesperson or Sales manager can have opportunities."))
    record = Opportunity(name=name, owner=owner, created_by=by, created_at=at, modified_at=at)
    record.stage_entered_at = record.stage_counted_from = at
    return record


@contextmanager
def begun(record: Opportunity, process: Process, stamp: Stamp, *, is_saved_later: bool = False) -> Iterator[Edit]:
    """Saves the new record in the first stage of the process. The block adds child rows. Then writes the one event.

    `is_saved_later`: more writes follow (`editing.written_again`), and the last one saves what they leave to it.
    """
    first = _first_stage(process)
    record.stamp = stamp
    record.status_reason = shipped_reason("in_progress")
    record.pipeline_phase = record.active_stage = first
    with write_guard.guarded(None):
        record.save()
        event = Event(kind=Event.Kind.STARTED, to_stage=first)
        edit = Edit(record, stamp.by, stamp.at, event=event, is_saved_later=is_saved_later, new_visits=[])
        with write_guard.guarded(record.pk, edit.child_rows.before_write):
            instance = ProcessInstance(opportunity=record, process=process, started_at=stamp.at, started_by=stamp.by)
            edit.instance = instance
            enter(edit, instance, first)
            yield edit
            editing.write(edit)


def set_entries(record: Opportunity, entries: dict[str, Any]) -> None:
    """Sets fields that people fill in. Refusal: InvalidEntry."""
    refuse_unknown_entries(entries)
    for name, value in entries.items():
        setattr(record, name, value)
    rules.refuse_invalid_values(record, {"name", "owner", *entries})


def refuse_unknown_entries(entries: Mapping[str, Any]) -> None:
    """Raises TypeError for a field that people do not fill in."""
    if unknown := entries.keys() - answers.EDITABLE_NAMES:
        raise TypeError(f"start() takes fields that people fill in, not {', '.join(sorted(unknown))}")


def plan(record: Opportunity, text: str, due: datetime.date | None) -> None:
    """Plans the first task. Refusal: EntryMissing."""
    if gates.is_filled(text):
        tasks.plan(record, text=text, due=due)
    elif due is not None:
        raise EntryMissing(_("Say what the next step is."), field="next_step")


def locked_process(process: Process | None) -> Process:
    """Locks the process, so that its definition does not change while an opportunity starts in it."""
    wanted = {"pk": process.pk} if process else {"is_default": True}
    found = Process.objects.select_for_update(no_key=True).filter(is_archived=False, **wanted)
    locked = found.first() or found.all().first()  # the default may have changed while this waited for the lock
    if locked is None:
        raise NoSuchMove(_("There is no process for new opportunities. A manager can choose one."))
    return locked


def _first_stage(process: Process) -> Stage:
    stages = definition_cache.stages_of(process)
    if not stages:
        raise NoSuchMove(_("The process has no stages yet."))
    return stages[0]
