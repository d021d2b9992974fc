"""What holds between the history of an opportunity and all its other rows. Checks of the form of `checks`."""

import datetime
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from opportunities.editing import answers, children
from opportunities.models import Event
from opportunities.verify import replay, wellformed
from opportunities.verify.replay import Retold
from opportunities.verify.snapshot import Snapshot

Said = Iterator[str]
Kind = Event.Kind

FORWARD = {Kind.ADVANCED, Kind.JUMPED}
STATUS_AFTER = {Kind.WON: "won", Kind.LOST: "lost", Kind.REOPENED: "open"}


def versions(it: Snapshot) -> Said:
    told = sorted(event.version for event in it.events)
    if told != list(range(1, len(told) + 1)):
        yield "its history has holes"
    if (told[-1] if told else 0) != it.record.version:
        yield f"is at version {it.record.version}, its history at {told[-1] if told else 0}"


def well_formed(it: Snapshot) -> Said:
    for event in it.events:
        if wellformed.is_malformed(event.changes, wellformed.changes_in(event)):
            yield f"event {event.version} has malformed changes"
        if wellformed.is_malformed(event.children, wellformed.children_in(event)):
            yield f"event {event.version} has malformed child rows"
        if wellformed.is_malformed(event.waived_steps, wellformed.waived_steps_in(event)):
            yield f"event {event.version} has malformed waived steps"


def moments(it: Snapshot) -> Said:
    """Events come in the order of time: from the creation of the opportunity to its last change."""
    events = _in_order(it)
    if any(after.at < before.at for before, after in itertools.pairwise(events)):
        yield "the moments of its history are not in order"
    if events and (events[0].at, events[0].by_id) != (it.record.created_at, it.record.created_by_id):
        yield "its first event is not that of its creation"
    if events and events[-1].at != it.record.modified_at:
        yield "the moment of its last event is not that of its last change"


def history(it: Snapshot) -> Said:
    """Each field holds what the history says was written to it last, and each change begins where the last ended."""
    told: dict[str, Any] = {}
    for event in _in_order(it):
        for change in wellformed.changes_in(event):
            name, before = change["field"], told.get(change["field"], DEFAULTS.get(change["field"]))
            if event.version > 1 and _bare(change["old"]) != _bare(before):
                yield f"event {event.version} says that {name} held something else before than its history tells"
            told[name] = change["new"]
    for answer in answers.LOGGED:
        now = _bare(answer.comparable(it.record))
        if now != _bare(told.get(answer.name, DEFAULTS[answer.name])):
            yield f"its history does not account for {answer.name}"


DEFAULTS = {answer.name: answer.kind.log(answer.column.get_default()) for answer in answers.LOGGED}


def _bare(value: Any) -> Any:
    """A row by its id, and nothing as None."""
    if isinstance(value, dict):
        return value["id"]
    return None if value is False or value == "" else value


def child_rows(it: Snapshot) -> Said:
    """The rows that people edit are those that the history says are there, and as it says."""
    told: dict[tuple[str, int], dict[str, Any]] = {}
    for event in _in_order(it):
        for row in wellformed.children_in(event):
            key = row["table"], row["id"]
            if row["what"] == "removed":
                told.pop(key, None)
            else:
                told.setdefault(key, {}).update({each["field"]: each["new"] for each in row["changes"]})
    there = dict(_rows_there(it))
    for table, pk in told.keys() - there.keys():
        yield f"its history tells of a {table} ({pk}) that is not there"
    for table, pk in there.keys() - told.keys():
        yield f"has a {table} ({pk}) of which its history does not tell"
    for table, pk in told.keys() & there.keys():
        if any(told[table, pk].get(column) != value for column, value in there[table, pk].items()):
            yield f"its history does not tell what its {table} ({pk}) says"


def tasks(it: Snapshot) -> Said:
    """Who planned, did or dropped a task, and when, is who made the event that tells of it, and when.

    A migration told of tasks that were next steps before; of closed opportunities it dropped them at once.
    """
    for event in _in_order(it):
        stamp = event.at, event.by_id
        for row in wellformed.children_in(event):
            told = {change["field"]: change["new"] for change in row["changes"]}
            if row["table"] != children.TASK.name:
                continue
            if row["what"] == "added" and _stamped(told, "created") != stamp:
                yield f"event {event.version} tells of a task that another person planned, or at another moment"
            if told.get("done_at") and _stamped(told, "done") != stamp:
                yield f"event {event.version} tells of a task that another person did, or at another moment"
            if told.get("dropped_at") and event.kind not in DROP:
                yield f"event {event.version} drops a task, and closes nothing"


DROP = {Kind.WON, Kind.LOST, Kind.CONVERTED}


def _stamped(told: dict[str, Any], how: str) -> tuple[datetime.datetime | None, int | None]:
    """When, and by whom."""
    at, by = told.get(f"{how}_at"), told.get(f"{how}_by")
    return datetime.datetime.fromisoformat(at) if at else None, by["id"] if by else None


def _rows_there(it: Snapshot) -> Iterator[tuple[tuple[str, int], dict[str, Any]]]:
    for name, table in children.CHILDREN.items():
        for row in it.rows[table.relation]:
            yield (name, row.pk), {column: answers.of(column, name).log(row) for column in table.logged}


def kinds(it: Snapshot) -> Said:
    """Each event is of the kind that its changes and stages are of."""
    for event in it.events:
        if event.kind not in Kind.values:
            yield f"event {event.version} is of an unknown kind"
        if (event.kind == Kind.STARTED) != (event.version == 1):
            yield f"event {event.version} is “{event.get_kind_display()}”, which only the first event is, and always"
        if event.kind == Kind.EDITED and not event.changes and not event.children:
            yield f"event {event.version} says that something was edited, and not what"
        status = [change["new"] for change in wellformed.changes_in(event) if change["field"] == "status"]
        right = [STATUS_AFTER[Kind(event.kind)]] if event.kind in STATUS_AFTER else []
        if event.kind != Kind.STARTED and status != right:
            yield f"event {event.version} is “{event.get_kind_display()}”, but the status it set is {status or 'none'}"


def stages_of_events(it: Snapshot) -> Said:
    """Each move leaves the stage that the one before it entered, and goes the way that its kind says."""
    told = Retold()
    for event in _in_order(it):
        leaves = told.stage_id if event.kind in replay.LEAVE | {Kind.REOPENED} else None
        if event.from_stage_id != leaves:
            left = it.stage(event.from_stage_id)
            yield f"event {event.version} says that it left {left}, but it was in {it.stage(leaves)}"
        if (event.to_stage_id is not None) != (event.kind in replay.ENTER | {Kind.WAIVED}):
            yield f"event {event.version} is “{event.get_kind_display()}”, and enters {it.stage(event.to_stage_id)}"
        elif event.kind in FORWARD | {Kind.WENT_BACK} and _is_of_untouched_process(it, event):
            yield from _direction(it, event)
        told.take(event)


def _is_of_untouched_process(it: Snapshot, event: Event) -> bool:
    stages = [it.definitions.stages.get(pk) for pk in (event.from_stage_id, event.to_stage_id)]
    return all(stage and it.definitions.has_kept_order(stage.process_id) for stage in stages)


def _direction(it: Snapshot, event: Event) -> Said:
    left, entered = it.definitions.place_of(event.from_stage_id), it.definitions.place_of(event.to_stage_id)
    if (entered > left) != (event.kind in FORWARD):
        yield f"event {event.version} is “{event.get_kind_display()}”, but the stages it names say otherwise"
    elif event.kind == Kind.ADVANCED and it.definitions.lie_between(event.from_stage_id, event.to_stage_id):
        yield f"event {event.version} is “{event.get_kind_display()}”, but there are stages in between"


def told_rows(it: Snapshot) -> Said:
    """Visits, holds, waivers, requests and closings are those that the history tells of, and the place too."""
    told = Retold.of(_in_order(it))
    yield from replay.differences(it, told)
    if it.progress and told.finished_at != it.progress.instance.finished_at:
        yield "the moment its process was finished is not the one that its history tells"
    first = next(iter(_in_order(it)), None)
    started = it.progress and (it.progress.instance.started_at, it.progress.instance.started_by_id)
    if first and started and started != (first.at, first.by_id):
        yield "the moment its process began, or who began it, is not what its history tells"


def _in_order(it: Snapshot) -> list[Event]:
    return sorted(it.events, key=lambda event: event.version)


CHECKS: tuple[Callable[[Snapshot], Said], ...] = (
    versions,
    well_formed,
    moments,
    history,
    child_rows,
    tasks,
    kinds,
    stages_of_events,
    told_rows,
)
