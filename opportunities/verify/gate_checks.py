"""What holds for the gates that an opportunity has passed. The checks have the form described in `checks`."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from opportunities.models import Event, ProcessInstance, StageVisit, Waiver
from opportunities.verify import wellformed
from opportunities.verify.snapshot import Snapshot
from stages import gates

Sentences = Iterator[str]


def passed_gates(snapshot: Snapshot) -> Sentences:
    for missing, was_asked in _missing_behind(snapshot):
        if was_asked:
            yield f"has passed {missing.stage} without “{missing.step}”: {missing.sentence}"


def stricter_later(snapshot: Snapshot) -> Sentences:
    """The unmet steps that passed stages ask for only since then, or whose waiver was withdrawn since.

    No fault; the next move lists them.
    """
    for missing, was_asked in _missing_behind(snapshot):
        if not was_asked:
            is_withdrawn = any(row.step_id == missing.step.pk and row.withdrawn_at for row in snapshot.waivers)
            withdrawn = f"the waiver of “{missing.step}” in {missing.stage} was withdrawn"
            yield withdrawn if is_withdrawn else f"{missing.stage} now asks for “{missing.step}”"


def _missing_behind(snapshot: Snapshot) -> Iterator[tuple[gates.Unmet, bool]]:
    """The unmet steps of passed stages, each with whether its stage has asked for it ever since it was passed.

    A step whose waiver was withdrawn since then was not asked for.
    """
    if snapshot.progress is None:
        return
    for missing in snapshot.progress.unmet(snapshot.progress.passed, snapshot.counted):
        if missing.why is not gates.UnmetReason.UNKNOWN:
            since = _passed_at(snapshot, snapshot.progress.instance, missing.stage.pk)
            was_asked = snapshot.definitions.has_always_asked(missing, snapshot.progress.active, since=since)
            yield missing, was_asked and not _was_waived(snapshot, missing.step.pk, since)


def _was_waived(snapshot: Snapshot, step_id: int, at: datetime.datetime) -> bool:
    """Whether a waiver of the step that has been withdrawn counted at that moment."""
    withdrawn = (row for row in snapshot.waivers if row.step_id == step_id and row.withdrawn_at)
    return any(_counted_at(snapshot, row, at) for row in withdrawn)


def _counted_at(snapshot: Snapshot, waiver: Waiver, at: datetime.datetime) -> bool:
    """Whether the waiver counted at that moment. One of an import counted for the moves of its file, too."""
    is_given = waiver.at <= at or (waiver.kind == Waiver.Kind.IMPORTED and (at, waiver.at) in snapshot.imported_moments)
    return is_given and (waiver.withdrawn_at is None or at <= waiver.withdrawn_at)


def _passed_at(snapshot: Snapshot, instance: ProcessInstance, stage_id: int) -> datetime.datetime:
    """When the gate of the stage was passed last: a stage up to this one was left for a later one."""
    place = snapshot.definitions.place_of(stage_id)
    until = [visit for visit in snapshot.visits_of(instance) if snapshot.definitions.place_of(visit.stage_id) <= place]
    return (until[-1].left_at or until[-1].entered_at) if until else snapshot.record.stage_entered_at


def requirements(snapshot: Snapshot) -> Sentences:
    """Each visit that has ended stores, for every step that its stage required, whether it was met."""
    for visit in snapshot.visits:
        if visit.left_at is None:
            continue
        stage = snapshot.stage(visit.stage_id)
        logged = {each["step"]: each for each in wellformed.requirements_of(visit)}
        if wellformed.is_malformed(visit.requirements, wellformed.requirements_of(visit)):
            yield f"its visit of {stage} has malformed requirements"
        for step in snapshot.definitions.required_since(visit.stage_id, visit.left_at):
            if step.pk not in logged:
                yield f"its visit of {stage} does not say whether “{step}” was met when it was left"
        yield from _unmet_when_left(snapshot, visit, logged)


def _unmet_when_left(snapshot: Snapshot, visit: StageVisit, logged: dict[int, Any]) -> Sentences:
    left_at = visit.left_at or snapshot.record.modified_at
    waived = {waiver.step_id for waiver in snapshot.waivers if _counted_at(snapshot, waiver, left_at)}
    left_by = {
        event.kind for event in snapshot.events if (event.at, event.from_stage_id) == (visit.left_at, visit.stage_id)
    }
    for pk, each in logged.items():
        if each["state"] == "waived" and pk not in waived:
            stage = snapshot.stage(visit.stage_id)
            yield f"its visit of {stage} says that step {pk} was waived, but there is no waiver"
        if each["state"] == "unmet" and left_by and left_by <= GATED:
            yield f"has passed the gate of {snapshot.stage(visit.stage_id)} while step {pk} was unmet"


GATED = {Event.Kind.ADVANCED, Event.Kind.JUMPED, Event.Kind.FINISHED, Event.Kind.WON}
"""The kinds of events that leave a stage only when its gate is open."""


CHECKS: tuple[Callable[[Snapshot], Sentences], ...] = (passed_gates, requirements)
