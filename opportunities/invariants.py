"""What holds for every opportunity, whatever was done to it by whom and by which path.

Each check is a function that yields a sentence for each thing that is wrong with one opportunity, and queries nothing.
"""

import copy
import datetime
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from opportunities import differences, readiness
from opportunities.dossier import Dossier
from opportunities.models import Event, ProcessInstance
from opportunities.models.event import plain
from stages import gates

Said = Iterator[str]


# Where it stands


def one_primary_process(it: Dossier) -> Said:
    count = sum(instance.is_primary for instance in it.instances)
    if count != 1:
        yield f"has {count} primary processes instead of one"


def stages_belong_to_the_process(it: Dossier) -> Said:
    for instance in it.instances:
        if not it.is_legal(instance):
            yield f"stands in {it.stage(instance.active_stage_id)}, which is no stage of its process"


def derived_columns(it: Dossier) -> Said:
    """A closed one keeps the numbers of steps that it was closed with: the process may have changed since."""
    record, expected = it.record, copy.copy(it.counted)
    names = ["stakeholder_count", "decision_maker_count", "competitor_count", "team_count"]
    if it.standing:
        names += ["active_stage_id", "is_finished", "is_ready"]
        names += ["steps_met", "steps_required"] if record.is_open else []
        readiness.derive(expected, it.standing)
    for name in names:
        stands, right = getattr(record, name), getattr(expected, name)
        if stands != right:
            yield f"{name} is {stands} and should be {right}"


def pipeline_phase(it: Dossier) -> Said:
    if it.visits and it.record.pipeline_phase_id != it.visits[-1].stage_id:
        phase, entered = it.stage(it.record.pipeline_phase_id), it.stage(it.visits[-1].stage_id)
        yield f"the pipeline phase is {phase}, but the stage last entered is {entered}"


def passed_gates(it: Dossier) -> Said:
    for missing, was_asked in _missing_behind(it):
        if was_asked:
            yield f"has passed {missing.stage} without “{missing.step}”: {missing.sentence}"


def stricter_later(it: Dossier) -> Said:
    """What stages that it has passed ask for only since then. No fault; it shows at the next move."""
    for missing, was_asked in _missing_behind(it):
        if not was_asked:
            yield f"{missing.stage} has come to ask for “{missing.step}”"


def _missing_behind(it: Dossier) -> Iterator[tuple[gates.Unmet, bool]]:
    """The unmet steps of the stages passed, and whether each was asked for when it was passed."""
    if it.standing is None:
        return
    for missing in it.standing.unmet(it.standing.passed, it.counted):
        if missing.why is not gates.Why.UNKNOWN:
            yield missing, _was_asked(it, it.standing.instance, missing)


def _was_asked(it: Dossier, instance: ProcessInstance, missing: gates.Unmet) -> bool:
    """What was stored when the stage was left tells; of a stage that was skipped, the history of the process."""
    asked_the_same = it.definitions.asked_the_same
    left = [visit for visit in it.visits_of(instance) if visit.stage_id == missing.stage.pk and visit.left_at]
    stored = left[-1].requirements if left else [{"step": missing.step.pk, "state": "unmet"}]
    then = next((each for each in stored if each["step"] == missing.step.pk), None)
    if then is None:
        return False
    if then["state"] == "unmet":  # left by going back, and jumped over afterwards
        return asked_the_same(missing.step, it.record.stage_entered_at)
    if missing.why is gates.Why.NO_EVIDENCE:
        return asked_the_same(missing.step, left[-1].left_at or it.record.stage_entered_at)
    return bool(then["field"] == missing.step.field)


# How it got there


def open_visits(it: Dossier) -> Said:
    for instance in it.instances:
        count = sum(visit.left_at is None for visit in it.visits_of(instance))
        expected = int(it.record.is_open and not instance.is_finished)
        if count != expected:
            yield f"has {count} open visits where there should be {expected}"


def last_visit(it: Dossier) -> Said:
    """The stage of an instance, and since when it stands there, is that of the visit made last."""
    for instance in it.instances:
        last = next(reversed(it.visits_of(instance)), None)
        if last is None:
            yield "was never in any stage"
        elif last.stage_id != instance.active_stage_id:
            where, entered = it.stage(instance.active_stage_id), it.stage(last.stage_id)
            yield f"stands in {where}, but the stage last entered is {entered}"
        elif instance.is_primary and last.entered_at != it.record.stage_entered_at:
            yield "the moment it entered its stage is not that of its last visit"


def unbroken_visits(it: Dossier) -> Said:
    """Each visit begins when the one before ended, or when it was reopened or went back from a finished process."""
    resumed = {event.at for event in it.events if event.kind in (Event.Kind.REOPENED, Event.Kind.WENT_BACK)}
    for instance in it.instances:
        for left, entered in itertools.pairwise(it.visits_of(instance)):
            if left.left_at is None or entered.entered_at == left.left_at:
                continue
            names = f"{it.stage(left.stage_id)} and {it.stage(entered.stage_id)}"
            if entered.entered_at < left.left_at:
                yield f"was in {names} at the same time"
            elif entered.entered_at not in resumed:
                yield f"was in no stage between {names}"


def holds(it: Dossier) -> Said:
    is_held = any(hold.until_at is None for hold in it.holds)
    if is_held != it.record.is_on_hold:
        yield "has an open hold, but is not on hold" if is_held else "is on hold, but has no open hold"


def days_in_the_stage(it: Dossier) -> Said:
    """They are counted from the last visit on, and holds that ended in it do not count."""
    last = next(reversed(it.visits_of(it.standing.instance)), None) if it.standing else None
    if last is None:
        return
    held = (hold.until_at - hold.from_at for hold in it.holds if hold.visit_id == last.pk and hold.until_at)
    counted_from = last.entered_at + sum(held, datetime.timedelta())
    if it.record.stage_counted_from != counted_from:
        yield "the days in its stage are not counted from its last visit and its holds"


# How it ended


def status_reason(it: Dossier) -> Said:
    reason = it.definitions.reasons.get(it.record.status_reason_id)
    if reason is None or reason.status != it.record.status:
        yield f"is {it.record.status}, but its reason is “{reason}”"
    elif it.record.is_open and (reason.key == "on_hold") != it.record.is_on_hold:
        yield f"its reason is “{reason}”, which is not how it stands"


def closings(it: Dossier) -> Said:
    record, in_force = it.record, it.closings_in_force
    if len(in_force) != (0 if record.is_open else 1):
        yield f"is {record.status}, and has {len(in_force)} closings in force"
        return
    for closing in in_force:
        told = {
            "outcome": (record.status, closing.outcome),
            "close date": (record.closed_on, closing.closed_on),
            "reason": (record.status_reason_id, closing.status_reason_id),
            "actual revenue": (record.actual_revenue, closing.actual_revenue),
            "stage": (record.active_stage_id, closing.stage_id),
        }
        for what, (stands, closed) in told.items():
            if stands != closed:
                yield f"its {what} is not that of its closing"
    if record.is_won and it.standing and not it.standing.instance.is_finished:
        yield "is won, but its process is not finished"


def requests(it: Dossier) -> Said:
    if not it.record.is_open and any(request.answered_at is None for request in it.requests):
        yield "is closed, and a request to close it still waits for an answer"


# What is said about it


def versions(it: Dossier) -> Said:
    told = sorted(event.version for event in it.events)
    if told != list(range(1, len(told) + 1)):
        yield "its history has holes"
    if (told[-1] if told else 0) != it.record.version:
        yield f"is at version {it.record.version}, its history at {told[-1] if told else 0}"


def history(it: Dossier) -> Said:
    """Each field holds what the history says was written to it last."""
    told: dict[str, Any] = {}
    for event in sorted(it.events, key=lambda event: event.version):
        told |= {change["field"]: change["new"] for change in event.changes}
    for column in differences.LOGGED:
        stands = _bare(plain(getattr(it.record, column.attname)))
        if stands != _bare(told.get(column.name, plain(column.get_default()))):
            yield f"its history does not tell what stands in {column.name}"


def _bare(value: Any) -> Any:
    """A row by its id, and nothing as None."""
    if isinstance(value, dict):
        return value["id"]
    return None if value is False or value == "" else value


CHECKS: tuple[Callable[[Dossier], Said], ...] = (
    one_primary_process,
    stages_belong_to_the_process,
    derived_columns,
    pipeline_phase,
    passed_gates,
    open_visits,
    last_visit,
    unbroken_visits,
    holds,
    days_in_the_stage,
    status_reason,
    closings,
    requests,
    versions,
    history,
)
