"""Compares the history of an opportunity with its other rows. The checks have the form described in `checks`."""

import datetime
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from opportunities.editing import answers, children
from opportunities.models import Event
from opportunities.verify import replay, wellformed
from opportunities.verify.replay import ReplayedRows
from opportunities.verify.snapshot import Snapshot

Sentences = Iterator[str]
Kind = Event.Kind

FORWARD = {Kind.ADVANCED, Kind.JUMPED}
STATUS_AFTER = {Kind.WON: "won", Kind.LOST: "lost", Kind.REOPENED: "open"}


def versions(snapshot: Snapshot) -> Sentences:
    logged = sorted(event.version for event in snapshot.events)
    if logged != list(range(1, len(logged) + 1)):
        yield "its history has holes"
    if (logged[-1] if logged else 0) != snapshot.record.version:
        yield f"is at version {snapshot.record.version}, its history at {logged[-1] if logged else 0}"


def well_formed(snapshot: Snapshot) -> Sentences:
    for event in snapshot.events:
        if wellformed.is_malformed(event.changes, wellformed.changes_in(event)):
            yield f"event {event.version} has malformed changes"
        if wellformed.is_malformed(event.children, wellformed.children_in(event)):
            yield f"event {event.version} has malformed child rows"
        if wellformed.is_malformed(event.waived_steps, wellformed.waived_steps_in(event)):
            yield f"event {event.version} has malformed waived steps"
        if wellformed.is_malformed(event.waiver_changes, wellformed.waiver_changes_in(event)):
            yield f"event {event.version} has malformed changes of requests and waivers"


def moments(snapshot: Snapshot) -> Sentences:
    """The events are in the order of time, from the creation of the opportunity to its last change."""
    events = _in_order(snapshot)
    if any(after.at < before.at for before, after in itertools.pairwise(events)):
        yield "the moments of its history are not in order"
    if events and (events[0].at, events[0].by_id) != (snapshot.record.created_at, snapshot.record.created_by_id):
        yield "its first event is not that of its creation"
    if events and events[-1].at != snapshot.record.modified_at:
        yield "the moment of its last event is not that of its last change"


def imports(snapshot: Snapshot) -> Sentences:
    """What an import wrote with the moments of its file is what comes before its own event, and nothing else."""
    events = _in_order(snapshot)
    places = [place for place, event in enumerate(events) if event.kind == Kind.IMPORTED]
    if len(places) > 1:
        yield f"was imported {len(places)} times"
    past = events[: places[0]] if places else []
    for event in events:
        written_at = events[places[0]].at if event in past else None
        if event.imported_at != written_at:
            yield f"event {event.version} does not agree with the import about when it was written"


def history(snapshot: Snapshot) -> Sentences:
    """Each field has the last value in the history, and each change starts from the value before it."""
    logged: dict[str, Any] = {}
    for event in _in_order(snapshot):
        for change in wellformed.changes_in(event):
            name, before = change["field"], logged.get(change["field"], DEFAULTS.get(change["field"]))
            if event.version > 1 and _id_or_value(change["old"]) != _id_or_value(before):
                yield f"event {event.version} has another old value of {name} than the history before it"
            logged[name] = change["new"]
    for answer in answers.LOGGED:
        now = _id_or_value(answer.comparable(snapshot.record))
        if now != _id_or_value(logged.get(answer.name, DEFAULTS[answer.name])):
            yield f"its history does not account for {answer.name}"


DEFAULTS = {answer.name: answer.kind.log(answer.column.get_default()) for answer in answers.LOGGED}


def _id_or_value(value: Any) -> Any:
    """The id of a row, and None for an empty value."""
    if isinstance(value, dict):
        return value["id"]
    return None if value is False or value == "" else value


def child_rows(snapshot: Snapshot) -> Sentences:
    """The rows that people edit are those in the history, with the same values."""
    logged: dict[tuple[str, int], dict[str, Any]] = {}
    for event in _in_order(snapshot):
        for row in wellformed.children_in(event):
            key = row["table"], row["id"]
            if row["what"] == "removed":
                logged.pop(key, None)
            else:
                logged.setdefault(key, {}).update({each["field"]: each["new"] for each in row["changes"]})
    stored = dict(_stored_rows(snapshot))
    for table, pk in logged.keys() - stored.keys():
        yield f"its history has a {table} ({pk}), which does not exist"
    for table, pk in stored.keys() - logged.keys():
        yield f"has a {table} ({pk}), which is not in its history"
    for table, pk in logged.keys() & stored.keys():
        if any(
            _compared(logged[table, pk].get(column)) != _compared(value) for column, value in stored[table, pk].items()
        ):
            yield f"its history has other values than its {table} ({pk})"


def _compared(value: Any) -> Any:
    """The value without what may differ: the name of a row, which may have been renamed since.

    None for an empty text: a row that was added before its table had the column has no value in the history.
    """
    if isinstance(value, dict) and "id" in value:
        return value["id"]
    return None if value == "" else value


def tasks(snapshot: Snapshot) -> Sentences:
    """The person who planned, did or dropped a task, and the time, are those of the event that logs it.

    A migration logged the tasks that were next steps before, and dropped those of closed opportunities.
    """
    for event in _in_order(snapshot):
        stamp = event.at, event.by_id
        for row in wellformed.children_in(event):
            logged = {change["field"]: change["new"] for change in row["changes"]}
            if row["table"] != children.TASK.name:
                continue
            if row["what"] == "added" and _stamp(logged, "created") != stamp:
                yield f"event {event.version} has a task planned by another person, or at another time"
            if logged.get("done_at") and _stamp(logged, "done") != stamp:
                yield f"event {event.version} has a task done by another person, or at another time"
            if logged.get("dropped_at") and event.kind not in DROP:
                yield f"event {event.version} drops a task, and closes nothing"


def notes_and_files(snapshot: Snapshot) -> Sentences:
    """The person who wrote a note or uploaded a file, and the time, are those of the event that logs it.

    An import may bring the note of another person.
    """
    for event in _in_order(snapshot):
        for row in wellformed.children_in(event):
            logged = {change["field"]: change["new"] for change in row["changes"]}
            act = ADDED_BY.get(row["table"]) if row["what"] == "added" else None
            if not act:
                continue
            at, by = _stamp(logged, "created")
            is_of_another = event.imported_at is not None and row["table"] == children.NOTE.name
            if at != event.at or (by != event.by_id and not is_of_another):
                yield f"event {event.version} has a {act} by another person, or at another time"


ADDED_BY = {
    children.NOTE.name: "note written",
    children.ATTACHMENT.name: "file uploaded",
    children.DEBRIEF.name: "debrief filed",
    children.PRESENTATION.name: "presentation entered",
}


DROP = {Kind.WON, Kind.LOST, Kind.CONVERTED}


def _stamp(logged: dict[str, Any], act: str) -> tuple[datetime.datetime | None, int | None]:
    """When, and by whom."""
    at, by = logged.get(f"{act}_at"), logged.get(f"{act}_by")
    return datetime.datetime.fromisoformat(at) if at else None, by["id"] if by else None


def _stored_rows(snapshot: Snapshot) -> Iterator[tuple[tuple[str, int], dict[str, Any]]]:
    for name, table in children.CHILDREN.items():
        for row in snapshot.rows[table.relation]:
            yield (name, row.pk), {column: answers.of(column, name).log(row) for column in table.logged}


def kinds(snapshot: Snapshot) -> Sentences:
    """The kind of each event fits its changes and stages."""
    for event in snapshot.events:
        if (event.kind == Kind.STARTED) != (event.version == 1):
            yield f"event {event.version} is “{event.get_kind_display()}”, which only the first event is, and always"
        if event.kind == Kind.EDITED and not event.changes and not event.children:
            yield f"event {event.version} says that something was edited, and not what"
        status = [change["new"] for change in wellformed.changes_in(event) if change["field"] == "status"]
        right = [STATUS_AFTER[Kind(event.kind)]] if event.kind in STATUS_AFTER else []
        if event.kind != Kind.STARTED and status != right:
            yield f"event {event.version} is “{event.get_kind_display()}”, but the status it set is {status or 'none'}"


def stages_of_events(snapshot: Snapshot) -> Sentences:
    """Each move leaves the stage that the one before it entered, in the direction of its kind."""
    logged = ReplayedRows()
    for event in _in_order(snapshot):
        leaves = logged.stage_id if event.kind in replay.LEAVE | {Kind.REOPENED} else None
        if event.from_stage_id != leaves:
            left = snapshot.stage(event.from_stage_id)
            yield f"event {event.version} says that it left {left}, but it was in {snapshot.stage(leaves)}"
        if (event.to_stage_id is not None) != (event.kind in replay.ENTER | replay.ABOUT_A_STEP):
            entered = snapshot.stage(event.to_stage_id)
            yield f"event {event.version} is “{event.get_kind_display()}”, and enters {entered}"
        elif event.kind in FORWARD | {Kind.WENT_BACK} and _is_of_untouched_process(snapshot, event):
            yield from _direction(snapshot, event)
        logged.take(event)


def _is_of_untouched_process(snapshot: Snapshot, event: Event) -> bool:
    stages = [snapshot.definitions.stages.get(pk) for pk in (event.from_stage_id, event.to_stage_id)]
    return all(stage and snapshot.definitions.has_kept_order(stage.process_id) for stage in stages)


def _direction(snapshot: Snapshot, event: Event) -> Sentences:
    left, entered = snapshot.definitions.place_of(event.from_stage_id), snapshot.definitions.place_of(event.to_stage_id)
    if (entered > left) != (event.kind in FORWARD):
        yield f"event {event.version} is “{event.get_kind_display()}”, but the stages it names say otherwise"
    elif event.kind == Kind.ADVANCED and snapshot.definitions.stages_between(event.from_stage_id, event.to_stage_id):
        yield f"event {event.version} is “{event.get_kind_display()}”, but there are stages in between"


def rows_follow_history(snapshot: Snapshot) -> Sentences:
    """Visits, holds, waivers, requests, closings and the place in the process follow from the history."""
    logged = ReplayedRows.of(_in_order(snapshot))
    yield from replay.differences(snapshot, logged)
    if snapshot.progress and logged.finished_at != snapshot.progress.instance.finished_at:
        yield "the moment its process was finished is not that in its history"
    first = next(iter(_in_order(snapshot)), None)
    started = snapshot.progress and (snapshot.progress.instance.started_at, snapshot.progress.instance.started_by_id)
    if first and started and started != (first.at, first.by_id):
        yield "the moment its process began, or who began it, is not that in its history"


def _in_order(snapshot: Snapshot) -> list[Event]:
    return sorted(snapshot.events, key=lambda event: event.version)


CHECKS: tuple[Callable[[Snapshot], Sentences], ...] = (
    versions,
    well_formed,
    moments,
    imports,
    history,
    child_rows,
    tasks,
    notes_and_files,
    kinds,
    stages_of_events,
    rows_follow_history,
)
