"""Fills the derived columns of an opportunity, so that lists and filters need not compute its gates."""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from opportunities.editing import children
from opportunities.editing.child_table import ChildRow
from opportunities.models import Opportunity, ProcessInstance, Task, write_guard
from opportunities.models.tasks import first_open
from opportunities.progress import Progress
from stages import gates

BATCH = 500
STEP_COLUMNS = ["steps_met", "steps_required", "steps_waived", "unmet_steps", "missing_behind", "steps_to_catch_up"]
"""A closed opportunity keeps these values: the process may have changed since."""

GATE_COLUMNS = ["is_ready", *STEP_COLUMNS]

NEXT_STEP = ["next_step", "next_step_due"]


def derive_from_children(record: Opportunity, rows: Mapping[str, Collection[ChildRow]]) -> None:
    """Fills the stored counts and the next step from the child rows of each table. No query.

    A table that is not in `rows` was not written to.
    """
    for table, count in children.COUNTS.values():
        if table.name in rows and (record.is_open or not count.is_kept_when_closed):
            setattr(record, count.column, count.of(rows[table.name]))
    if children.TASK.name in rows:
        derive_next_step(record, first_open(rows[children.TASK.name]))


def derive_next_step(record: Opportunity, task: Task | None) -> None:
    record.next_step = task.text if task else ""
    record.next_step_due = task.due if task else None


def derive_requests(record: Opportunity, asked: Iterable[int]) -> None:
    """`asked`: the ids of the steps with a request for a waiver that has no answer."""
    record.asked_steps = sorted(asked)


def derive(record: Opportunity, progress: Progress) -> None:
    """Fills the columns that follow from the primary process instance and the steps. No query."""
    record.active_stage = progress.active
    record.is_finished = progress.instance.is_finished
    derive_gate(record, progress)


def derive_gate(record: Opportunity, progress: Progress) -> None:
    active = gates.readiness([progress.active], record, progress.waived)[progress.active.pk]
    unmet = progress.unmet(progress.reached, record)
    passed = {stage.pk for stage in progress.passed}
    record.steps_met, record.steps_required, record.steps_waived = active.met, active.required, active.waived
    record.unmet_steps = [missing.step.pk for missing in unmet]
    record.missing_behind = sum(missing.stage.pk in passed for missing in unmet)
    record.is_ready = record.is_open and not unmet
    record.steps_to_catch_up = _count_to_catch_up(record, progress)


def _count_to_catch_up(record: Opportunity, progress: Progress) -> int:
    """How many steps are waived because they were missing at the import, and are missing still."""
    imported = progress.imported & progress.waived
    lacking = gates.unmet(progress.stages, record) if imported else []
    return sum(missing.step.pk in imported for missing in lacking)


def recompute(process_ids: Iterable[int], batch_size: int = BATCH) -> int:
    """Recomputes the columns of the gate for the open opportunities of these processes.

    Call it in the transaction that changes the definition. Locks the rows in the order of their ids, `batch_size` at a
    time. Writes no version and no event, because no person changed these opportunities.
    Returns how many were ready for the next stage and are not any more.
    """
    with transaction.atomic(), write_guard.guarded_every():
        return sum(_recompute_process(process_id, batch_size) for process_id in process_ids)


def _recompute_process(process_id: int, batch_size: int) -> int:
    open_opportunities = Opportunity.objects.open().filter(instances__process_id=process_id, instances__is_primary=True)
    last = no_longer_ready = 0
    in_order = open_opportunities.order_by("pk").select_for_update(of=("self",))
    while batch := list(in_order.filter(pk__gt=last)[:batch_size]):
        last = batch[-1].pk
        no_longer_ready += _recompute_batch(batch)
    return no_longer_ready


def _recompute_batch(batch: list[Opportunity]) -> int:
    ids = [record.pk for record in batch]
    were_ready = [record for record in batch if record.is_ready]
    instances = ProcessInstance.objects.filter(opportunity_id__in=ids, is_primary=True)
    places = Progress.of_many(instances.select_related("process"))
    for record in batch:
        derive_gate(record, places[record.pk])
    Opportunity.objects.bulk_update(batch, GATE_COLUMNS)
    return sum(not record.is_ready for record in were_ready)


def count_in_stage(stage_id: int) -> int:
    """How many open opportunities are in the stage with that id."""
    return Opportunity.objects.open().filter(active_stage=stage_id).count()
