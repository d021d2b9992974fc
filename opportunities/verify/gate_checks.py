"""What holds for the gates that an opportunity has passed. Checks of the form of `checks`."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from opportunities.models import Event, ProcessInstance, StageVisit
from opportunities.verify import wellformed
from opportunities.verify.snapshot import Snapshot
from stages import gates

Said = Iterator[str]


def passed_gates(it: Snapshot) -> Said:
    for missing, was_asked in _missing_behind(it):
        if was_asked:
            yield f"has passed {missing.stage} without “{missing.step}”: {missing.sentence}"


def stricter_later(it: Snapshot) -> Said:
    """What stages that it has passed ask for only since then. No fault; it shows at the next move."""
    for missing, was_asked in _missing_behind(it):
        if not was_asked:
            yield f"{missing.stage} has come to ask for “{missing.step}”"


def _missing_behind(it: Snapshot) -> Iterator[tuple[gates.Unmet, bool]]:
    """The unmet steps of the stages passed, and whether each was asked for when it was passed, and ever since."""
    if it.progress is None:
        return
    for missing in it.progress.unmet(it.progress.passed, it.counted):
        if missing.why is not gates.Why.UNKNOWN:
            since = _passed_at(it, it.progress.instance, missing.stage.pk)
            yield missing, it.definitions.has_always_asked(missing, it.progress.active, since=since)


def _passed_at(it: Snapshot, instance: ProcessInstance, stage_id: int) -> datetime.datetime:
    """When the gate of the stage opened last: it, or one before it, was left for one after it then."""
    place = it.definitions.place_of(stage_id)
    until = [visit for visit in it.visits_of(instance) if it.definitions.place_of(visit.stage_id) <= place]
    return (until[-1].left_at or until[-1].entered_at) if until else it.record.stage_entered_at


def requirements(it: Snapshot) -> Said:
    """Each visit that has ended says of every step that its stage required how the step stood."""
    for visit in it.visits:
        if visit.left_at is None:
            continue
        told = {each["step"]: each for each in wellformed.requirements_of(visit)}
        if wellformed.is_malformed(visit.requirements, wellformed.requirements_of(visit)):
            yield f"its visit of {it.stage(visit.stage_id)} has malformed requirements"
        for step in it.definitions.required_since(visit.stage_id, visit.left_at):
            if step.pk not in told:
                yield f"its visit of {it.stage(visit.stage_id)} does not say how “{step}” stood when it was left"
        yield from _unmet_when_left(it, visit, told)


def _unmet_when_left(it: Snapshot, visit: StageVisit, told: dict[int, Any]) -> Said:
    waived = {waiver.step_id for waiver in it.waivers if waiver.at <= (visit.left_at or waiver.at)}
    left_by = {event.kind for event in it.events if (event.at, event.from_stage_id) == (visit.left_at, visit.stage_id)}
    for pk, each in told.items():
        if each["state"] == "waived" and pk not in waived:
            yield f"its visit of {it.stage(visit.stage_id)} says that step {pk} was waived, but there is no waiver"
        if each["state"] == "unmet" and left_by and left_by <= GATED:
            yield f"has passed the gate of {it.stage(visit.stage_id)} while step {pk} was unmet"


GATED = {Event.Kind.ADVANCED, Event.Kind.JUMPED, Event.Kind.FINISHED, Event.Kind.WON}
"""The kinds of events that leave a stage through its gate."""


CHECKS: tuple[Callable[[Snapshot], Said], ...] = (passed_gates, requirements)
