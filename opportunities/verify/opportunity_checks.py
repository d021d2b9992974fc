"""What holds for every opportunity, even one that was written past `editing`.

Each check is a function that yields a sentence for each fault of one opportunity. It makes no query.
"""

import copy
import datetime
import itertools
from collections.abc import Callable, Iterator

from opportunities.customers.models import searched
from opportunities.editing import children, derived
from opportunities.models import Event
from opportunities.verify.snapshot import Snapshot
from salesflow import folding
from stages import gates

Sentences = Iterator[str]


# The place in the process


def one_primary_process(snapshot: Snapshot) -> Sentences:
    count = sum(instance.is_primary for instance in snapshot.instances)
    if count != 1:
        yield f"has {count} primary processes instead of one"


def stages_belong_to_the_process(snapshot: Snapshot) -> Sentences:
    for instance in snapshot.instances:
        if not snapshot.is_in_own_process(instance):
            yield f"is in {snapshot.stage(instance.active_stage_id)}, which is no stage of its process"


def derived_columns(snapshot: Snapshot) -> Sentences:
    """A closed opportunity keeps its counts of steps: the process may have changed since."""
    record, expected = snapshot.record, copy.copy(snapshot.counted)
    names = [count.column for _, count in children.COUNTS.values()] + [*derived.NEXT_STEP, "asked_steps"]
    if snapshot.progress:
        names += ["active_stage_id", "is_finished", "is_ready"]
        names += derived.STEP_COLUMNS if record.is_open else []
        derived.derive(expected, snapshot.progress)
    for name in names:
        stored, right = getattr(record, name), getattr(expected, name)
        if stored != right:
            yield f"{name} is {stored} and should be {right}"


def pipeline_phase(snapshot: Snapshot) -> Sentences:
    if snapshot.visits and snapshot.record.pipeline_phase_id != snapshot.visits[-1].stage_id:
        phase, entered = snapshot.stage(snapshot.record.pipeline_phase_id), snapshot.stage(snapshot.visits[-1].stage_id)
        yield f"the pipeline phase is {phase}, but the stage last entered is {entered}"


# The way to that place


def readable(snapshot: Snapshot) -> Sentences:
    yield from snapshot.unreadable


def rows_belong_together(snapshot: Snapshot) -> Sentences:
    """A child row points only to child rows of the same opportunity."""
    instances, visits = {row.pk for row in snapshot.instances}, {row.pk for row in snapshot.visits}
    closings, waivers = {row.pk for row in snapshot.closings}, {row.pk for row in snapshot.waivers}
    for visit in snapshot.visits:
        if visit.instance_id not in instances:
            yield f"its visit of {snapshot.stage(visit.stage_id)} belongs to the process of another opportunity"
    if any(hold.visit_id not in visits for hold in snapshot.holds):
        yield "has a hold in a visit of another opportunity"
    if any(waiver.closing_id not in {None, *closings} for waiver in snapshot.waivers):
        yield "has a waiver for the closing of another opportunity"
    if any(request.waiver_id not in {None, *waivers} for request in snapshot.waiver_requests):
        yield "has a request that was approved with a waiver of another opportunity"


def reasons_are_given(snapshot: Snapshot) -> Sentences:
    given = [("waiver", row.reason) for row in snapshot.waivers] + [("hold", row.reason) for row in snapshot.holds]
    given += [("request to close", row.description) for row in snapshot.requests if not row.status_reason_id]
    given += [("request to waive a step", row.reason) for row in snapshot.waiver_requests]
    given += [("withdrawal of a waiver", row.withdraw_reason) for row in snapshot.waivers if row.withdrawn_at]
    given += [("reopening", row.reopen_reason) for row in snapshot.closings if row.reopened_at]
    for what, reason in given:
        if not gates.is_filled(reason):
            yield f"has a {what} without a reason"


def name_can_be_seen(snapshot: Snapshot) -> Sentences:
    if not gates.is_filled(snapshot.record.name):
        yield "has no name that can be seen"


def found_by_its_name(snapshot: Snapshot) -> Sentences:
    if snapshot.record.search_text != searched(snapshot.record):
        yield "is not found by its name: search_text does not follow from it"


def sorted_by_its_name(snapshot: Snapshot) -> Sentences:
    if snapshot.record.sort_text != folding.sort_text(snapshot.record.name):
        yield "is not sorted by its name: sort_text does not follow from it"


def contact_is_a_stakeholder(snapshot: Snapshot) -> Sentences:
    if snapshot.record.contact_id and snapshot.record.contact_id not in {
        row.contact_id for row in snapshot.stakeholders
    }:
        yield "its contact is not among its stakeholders"


def no_competitors_contradict(snapshot: Snapshot) -> Sentences:
    if snapshot.record.no_known_competitors and snapshot.competitors:
        yield "says that there are no known competitors, and has some"


def open_visits(snapshot: Snapshot) -> Sentences:
    for instance in snapshot.instances:
        count = sum(visit.left_at is None for visit in snapshot.visits_of(instance))
        expected = int(snapshot.record.is_open and not instance.is_finished)
        if count != expected:
            yield f"has {count} open visits where there should be {expected}"


def last_visit(snapshot: Snapshot) -> Sentences:
    """The stage of an instance, and the time it was entered, are those of the last visit."""
    for instance in snapshot.instances:
        last = next(reversed(snapshot.visits_of(instance)), None)
        if last is None:
            yield "was never in any stage"
        elif last.stage_id != instance.active_stage_id:
            where, entered = snapshot.stage(instance.active_stage_id), snapshot.stage(last.stage_id)
            yield f"is in {where}, but the stage last entered is {entered}"
        elif instance.is_primary and last.entered_at != snapshot.record.stage_entered_at:
            yield "the moment it entered its stage is not that of its last visit"


def unbroken_visits(snapshot: Snapshot) -> Sentences:
    """Each visit begins when the one before ended, or with a reopening or a move back from a finished process."""
    resumed = {event.at for event in snapshot.events if event.kind in (Event.Kind.REOPENED, Event.Kind.WENT_BACK)}
    for instance in snapshot.instances:
        for left, entered in itertools.pairwise(snapshot.visits_of(instance)):
            if left.left_at is None or entered.entered_at == left.left_at:
                continue
            names = f"{snapshot.stage(left.stage_id)} and {snapshot.stage(entered.stage_id)}"
            if entered.entered_at < left.left_at:
                yield f"was in {names} at the same time"
            elif entered.entered_at not in resumed:
                yield f"was in no stage between {names}"


def holds(snapshot: Snapshot) -> Sentences:
    is_held = any(hold.until_at is None for hold in snapshot.holds)
    if is_held != snapshot.record.is_on_hold:
        yield "has an open hold, but is not on hold" if is_held else "is on hold, but has no open hold"


def days_in_the_stage(snapshot: Snapshot) -> Sentences:
    """The days are those of all visits of the stage, without the holds that ended in them."""
    every = snapshot.visits_of(snapshot.progress.instance) if snapshot.progress else []
    last = next(reversed(every), None)
    if last is None:
        return
    visits = [each for each in every if each.stage_id == last.stage_id]
    ids = {each.pk for each in visits}
    held = (hold.until_at - hold.from_at for hold in snapshot.holds if hold.visit_id in ids and hold.until_at)
    spent = (each.left_at - each.entered_at for each in visits if each.pk != last.pk and each.left_at)
    counted_from = last.entered_at + sum(held, datetime.timedelta()) - sum(spent, datetime.timedelta())
    if snapshot.record.stage_counted_from != counted_from:
        yield "the days in its stage are not counted from its visits and their holds"


# The end


def status_reason(snapshot: Snapshot) -> Sentences:
    reason = snapshot.definitions.reasons.get(snapshot.record.status_reason_id)
    if reason is None or reason.status != snapshot.record.status:
        yield f"is {snapshot.record.status}, but its reason is “{reason}”"
    elif snapshot.record.is_open and (reason.key == "on_hold") != snapshot.record.is_on_hold:
        yield f"its reason is “{reason}”, which does not fit"


def tasks(snapshot: Snapshot) -> Sentences:
    """A closed opportunity has no open task, and each task has a visible text."""
    for task in snapshot.tasks:
        if task.is_open and not snapshot.record.is_open:
            yield f"is closed, and its task “{task}” is still open"
        if not gates.is_filled(task.text):
            yield f"has a task ({task.pk}) without a visible text"


def notes(snapshot: Snapshot) -> Sentences:
    """Each note has a visible text."""
    for note in snapshot.notes:
        if not gates.is_filled(note.text):
            yield f"has a note ({note.pk}) without a visible text"


def source(snapshot: Snapshot) -> Sentences:
    """A copy was created after the opportunity that it was copied from, so no chain of copies is a circle."""
    record = snapshot.record
    if (record.source_id is None) != (record.source_kind == ""):
        yield f"its kind of copy is “{record.source_kind}”, and it was copied from {record.source_id or 'none'}"
    if record.source_id is None:
        return
    created = snapshot.source_created_at
    if record.source_id >= record.pk or created is None or created > record.created_at:
        yield f"was copied from opportunity {record.source_id}, which was not there yet"


CHECKS: tuple[Callable[[Snapshot], Sentences], ...] = (
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
    reasons_are_given,
    name_can_be_seen,
    found_by_its_name,
    sorted_by_its_name,
    contact_is_a_stakeholder,
    no_competitors_contradict,
    status_reason,
    tasks,
    notes,
    source,
)
