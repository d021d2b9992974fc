"""The derived columns: what lists, boards and filters need to know of an opportunity without working out its gates."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, Q

from opportunities.models import Opportunity, ProcessInstance, Stakeholder, Waiver, door
from opportunities.standing import Standing
from stages import gates
from stages.models import Stage, stages_of

BATCH = 500
OF_THE_GATE = ["is_ready", "steps_met", "steps_required"]


def count_people(record: Opportunity) -> None:
    """Fill the counts that evidence and the tabs read. One query."""
    counts = Opportunity.objects.filter(pk=record.pk).aggregate(
        stakeholder_count=Count("stakeholders", distinct=True),
        decision_maker_count=Count(
            "stakeholders", distinct=True, filter=Q(stakeholders__role=Stakeholder.Role.DECISION_MAKER)
        ),
        competitor_count=Count("competitor_links", distinct=True),
        team_count=Count("team_members", distinct=True),
    )
    for column, count in counts.items():
        setattr(record, column, count)


def derive(record: Opportunity, standing: Standing) -> None:
    """Fill the columns that follow from the primary process instance and the steps. No query."""
    record.active_stage = standing.active
    record.is_finished = standing.instance.is_finished
    derive_gate(record, standing)


def derive_gate(record: Opportunity, standing: Standing) -> None:
    active = gates.readiness([standing.active], record, standing.waived)[standing.active.pk]
    record.steps_met, record.steps_required = active.met, active.required
    record.is_ready = record.is_open and not standing.unmet(standing.reached, record)


def recompute(process_ids: Iterable[int]) -> int:
    """Fill the gate's columns anew for the open opportunities of these processes, whose definitions have changed.

    Call it in the transaction of the change. Rows are locked in the order of their ids, a batch at a time;
    versions and history stay as they are, because nobody changed these opportunities.
    Returns how many were ready to move on and are so no more.
    """
    with transaction.atomic(), door.holding_every():
        return sum(_recompute_process(process_id) for process_id in process_ids)


def _recompute_process(process_id: int) -> int:
    open_deals = Opportunity.objects.open().filter(instances__process_id=process_id, instances__is_primary=True)
    last = held_back = 0
    while batch := list(open_deals.filter(pk__gt=last).order_by("pk").select_for_update(of=("self",))[:BATCH]):
        last = batch[-1].pk
        held_back += _recompute_batch(process_id, batch)
    return held_back


def _recompute_batch(process_id: int, batch: list[Opportunity]) -> int:
    ids = [record.pk for record in batch]
    were_ready = [record for record in batch if record.is_ready]
    instances = {
        instance.opportunity_id: instance
        for instance in ProcessInstance.objects.filter(opportunity_id__in=ids, is_primary=True)
    }
    waived: dict[int, set[int]] = {}
    waivers = Waiver.objects.in_force().filter(opportunity_id__in=ids)
    for opportunity_id, step_id in waivers.values_list("opportunity", "step"):
        waived.setdefault(opportunity_id, set()).add(step_id)
    stages = stages_of(process_id)
    for record in batch:
        instance = instances[record.pk]
        standing = Standing(
            instance=instance,
            stages=_with_active(stages, instance),
            waived=frozenset(waived.get(record.pk, ())),
        )
        derive_gate(record, standing)
    Opportunity.objects.bulk_update(batch, OF_THE_GATE)
    return sum(not record.is_ready for record in were_ready)


def _with_active(stages: list[Stage], instance: ProcessInstance) -> list[Stage]:
    """The stages in use, and the archived one that this instance still stands in."""
    if any(stage.pk == instance.active_stage_id for stage in stages):
        return stages
    return stages_of(instance.process_id, standing_in=instance.active_stage_id)
