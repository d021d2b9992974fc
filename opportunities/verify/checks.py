"""What holds for every opportunity, however it was written.

Each check is a function that yields a sentence for each thing that is wrong with one opportunity, and queries nothing.
"""

import copy
import datetime
import itertools
from collections.abc import Callable, Iterator

from opportunities.customers.models import searched
from opportunities.editing import children, derived
from opportunities.models import Closing, Event
from opportunities.verify.snapshot import Snapshot
from salesflow import folding
from stages import gates

Said = Iterator[str]


# Its place in the process


def one_primary_process(it: Snapshot) -> Said:
    count = sum(instance.is_primary for instance in it.instances)
    if count != 1:
        yield f"has {count} primary processes instead of one"


def stages_belong_to_the_process(it: Snapshot) -> Said:
    for instance in it.instances:
        if not it.is_legal(instance):
            yield f"stands in {it.stage(instance.active_stage_id)}, which is no stage of its process"


def derived_columns(it: Snapshot) -> Said:
    """A closed one keeps the numbers of steps that it was closed with: the process may have changed since."""
    record, expected = it.record, copy.copy(it.counted)
    names = [count.column for _, count in children.COUNTS.values()] + derived.NEXT_STEP
    if it.progress:
        names += ["active_stage_id", "is_finished", "is_ready"]
        names += derived.STEPS if record.is_open else []
        derived.derive(expected, it.progress)
    for name in names:
        stands, right = getattr(record, name), getattr(expected, name)
        if stands != right:
            yield f"{name} is {stands} and should be {right}"


def pipeline_phase(it: Snapshot) -> Said:
    if it.visits and it.record.pipeline_phase_id != it.visits[-1].stage_id:
        phase, entered = it.stage(it.record.pipeline_phase_id), it.stage(it.visits[-1].stage_id)
        yield f"the pipeline phase is {phase}, but the stage last entered is {entered}"


# How it got there


def readable(it: Snapshot) -> Said:
    yield from it.unreadable


def rows_belong_together(it: Snapshot) -> Said:
    """A row that points to another row of an opportunity points to one of the same opportunity."""
    instances, visits = {row.pk for row in it.instances}, {row.pk for row in it.visits}
    closings = {row.pk for row in it.closings}
    for visit in it.visits:
        if visit.instance_id not in instances:
            yield f"its visit of {it.stage(visit.stage_id)} belongs to the process of another opportunity"
    if any(hold.visit_id not in visits for hold in it.holds):
        yield "has a hold in a visit of another opportunity"
    if any(waiver.closing_id not in {None, *closings} for waiver in it.waivers):
        yield "has a waiver for the closing of another opportunity"


def waivers_are_of_its_processes(it: Snapshot) -> Said:
    processes = {instance.process_id for instance in it.instances}
    for waiver in it.waivers:
        step = it.definitions.steps.get(waiver.step_id)
        stage = it.definitions.stages.get(step.stage_id) if step else None
        if stage is None or stage.process_id not in processes:
            yield f"has a waiver of “{step}”, which is no step of its process"


def reasons_are_given(it: Snapshot) -> Said:
    given = [("waiver", row.reason) for row in it.waivers] + [("hold", row.reason) for row in it.holds]
    given += [("request to close", row.reason) for row in it.requests]
    given += [("reopening", row.reopen_reason) for row in it.closings if row.reopened_at]
    for what, reason in given:
        if not gates.is_filled(reason):
            yield f"has a {what} without a reason"


def name_can_be_seen(it: Snapshot) -> Said:
    if not gates.is_filled(it.record.name):
        yield "has no name that can be seen"


def found_by_its_name(it: Snapshot) -> Said:
    if it.record.search_text != searched(it.record):
        yield "is not found by its name: search_text does not follow from it"


def sorted_by_its_name(it: Snapshot) -> Said:
    if it.record.sort_text != folding.sort_text(it.record.name):
        yield "is not sorted by its name: sort_text does not follow from it"


def contact_is_a_stakeholder(it: Snapshot) -> Said:
    if it.record.contact_id and it.record.contact_id not in {row.contact_id for row in it.stakeholders}:
        yield "its contact is not among its stakeholders"


def no_competitors_contradict(it: Snapshot) -> Said:
    if it.record.no_known_competitors and it.competitors:
        yield "says that there are no known competitors, and has some"


def open_visits(it: Snapshot) -> Said:
    for instance in it.instances:
        count = sum(visit.left_at is None for visit in it.visits_of(instance))
        expected = int(it.record.is_open and not instance.is_finished)
        if count != expected:
            yield f"has {count} open visits where there should be {expected}"


def last_visit(it: Snapshot) -> Said:
    """The stage of an instance, and since when it is there, are those of the last visit."""
    for instance in it.instances:
        last = next(reversed(it.visits_of(instance)), None)
        if last is None:
            yield "was never in any stage"
        elif last.stage_id != instance.active_stage_id:
            where, entered = it.stage(instance.active_stage_id), it.stage(last.stage_id)
            yield f"stands in {where}, but the stage last entered is {entered}"
        elif instance.is_primary and last.entered_at != it.record.stage_entered_at:
            yield "the moment it entered its stage is not that of its last visit"


def unbroken_visits(it: Snapshot) -> Said:
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


def holds(it: Snapshot) -> Said:
    is_held = any(hold.until_at is None for hold in it.holds)
    if is_held != it.record.is_on_hold:
        yield "has an open hold, but is not on hold" if is_held else "is on hold, but has no open hold"


def days_in_the_stage(it: Snapshot) -> Said:
    """They are counted from the last visit on, and holds that ended in it do not count."""
    last = next(reversed(it.visits_of(it.progress.instance)), None) if it.progress else None
    if last is None:
        return
    held = (hold.until_at - hold.from_at for hold in it.holds if hold.visit_id == last.pk and hold.until_at)
    counted_from = last.entered_at + sum(held, datetime.timedelta())
    if it.record.stage_counted_from != counted_from:
        yield "the days in its stage are not counted from its last visit and its holds"


# How it ended


def status_reason(it: Snapshot) -> Said:
    reason = it.definitions.reasons.get(it.record.status_reason_id)
    if reason is None or reason.status != it.record.status:
        yield f"is {it.record.status}, but its reason is “{reason}”"
    elif it.record.is_open and (reason.key == "on_hold") != it.record.is_on_hold:
        yield f"its reason is “{reason}”, which is not how it stands"


def closings(it: Snapshot) -> Said:
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
        yield from _competitor_lost_to(it, closing)
    if record.is_won and it.progress and not it.progress.instance.is_finished:
        yield "is won, but its process is not finished"


def _competitor_lost_to(it: Snapshot, closing: Closing) -> Said:
    reason = it.definitions.reasons.get(closing.status_reason_id)
    always_asked = reason and it.definitions.always(closing.at, lambda version: version.asks_competitor, reason)
    if closing.competitor_id is None and always_asked:
        yield f"is lost because of “{reason}”, and does not say to which competitor"
    if closing.competitor_id not in {None, *(row.competitor_id for row in it.competitors)}:
        yield "is lost to a competitor that is not among its competitors"


def closings_have_reasons_of_their_outcome(it: Snapshot) -> Said:
    for closing in it.closings:
        reason = it.definitions.reasons.get(closing.status_reason_id)
        if reason is None or reason.status != closing.outcome:
            yield f"was closed as {closing.outcome}, but the reason of that closing is “{reason}”"


def tasks(it: Snapshot) -> Said:
    """A closed opportunity has no open task, and each task says in words that can be seen what to do."""
    for task in it.tasks:
        if task.is_open and not it.record.is_open:
            yield f"is closed, and its task “{task}” is still open"
        if not gates.is_filled(task.text):
            yield f"has a task ({task.pk}) without a text that can be seen"


def requests(it: Snapshot) -> Said:
    if not it.record.is_open and any(request.answered_at is None for request in it.requests):
        yield "is closed, and a request to close it still waits for an answer"


CHECKS: tuple[Callable[[Snapshot], Said], ...] = (
    readable,
    one_primary_process,
    stages_belong_to_the_process,
    derived_columns,
    pipeline_phase,
    rows_belong_together,
    open_visits,
    last_visit,
    unbroken_visits,
    holds,
    days_in_the_stage,
    waivers_are_of_its_processes,
    reasons_are_given,
    name_can_be_seen,
    found_by_its_name,
    sorted_by_its_name,
    contact_is_a_stakeholder,
    no_competitors_contradict,
    status_reason,
    closings,
    closings_have_reasons_of_their_outcome,
    requests,
    tasks,
)
