"""The progress of an opportunity in its process: stages passed, active stage, later stages."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from django.utils.functional import cached_property

from opportunities.models import CloseRequest, Opportunity, ProcessInstance, Waiver
from stages import definition_cache, gates
from stages.models import Stage


@dataclass
class Progress:
    """The place of an opportunity in one process. Most properties take no query."""

    instance: ProcessInstance
    stages: list[Stage]
    waived: frozenset[int]
    imported: frozenset[int] = frozenset()
    """Ids of the steps that are waived because they were missing when the opportunity was imported."""

    @classmethod
    def of(
        cls,
        opportunity: Opportunity,
        instance: ProcessInstance | None = None,
        *,
        waived: "WaivedKinds | None" = None,
    ) -> Self:
        """The progress in the primary process. Two queries: the `instance` and what is `waived`, if not given.

        Two more if the definition of the process is not in memory.
        """
        instance = instance or opportunity.instances.select_related("process").get(is_primary=True)
        stages = definition_cache.stages_of(instance.process, including=instance.active_stage_id)
        kinds = waived_by_kind(opportunity) if waived is None else waived
        return cls(instance=instance, stages=stages, waived=frozenset(kinds), imported=imported_among(kinds))

    @classmethod
    def of_many(cls, instances: Collection[ProcessInstance]) -> dict[int, Self]:
        """The progress in each of these process instances, by the id of its opportunity. Two queries for any number.

        One of them reads the instances. Two more for each process whose definition is not in memory. Give one instance
        for each opportunity, read with its process.
        """
        if not instances:
            return {}
        waived = _waived_by_opportunity([instance.opportunity_id for instance in instances])
        return {
            instance.opportunity_id: cls(
                instance=instance,
                stages=definition_cache.stages_of(instance.process, including=instance.active_stage_id),
                waived=frozenset(waived[instance.opportunity_id]),
                imported=imported_among(waived[instance.opportunity_id]),
            )
            for instance in instances
        }

    @property
    def position(self) -> int:
        """Index of the active stage."""
        return next(i for i, stage in enumerate(self.stages) if stage.pk == self.instance.active_stage_id)

    @property
    def active(self) -> Stage:
        return self.stages[self.position]

    @property
    def next(self) -> Stage | None:
        return self.stages[self.position + 1] if not self.is_last else None

    @property
    def previous(self) -> Stage | None:
        return self.stages[self.position - 1] if self.position else None

    @property
    def last(self) -> Stage:
        return self.stages[-1]

    @property
    def is_last(self) -> bool:
        return self.position == len(self.stages) - 1

    @property
    def passed(self) -> list[Stage]:
        """The stages whose gates must stay open: those before the active one; all if the process is finished."""
        return self.stages if self.instance.is_finished else self.stages[: self.position]

    @property
    def reached(self) -> list[Stage]:
        """The active stage and those before it: their steps must be met to go on."""
        return self.stages[: self.position + 1]

    def before(self, stage: Stage) -> list[Stage]:
        """The stages whose gates must be open to enter this one."""
        return self.stages[: self.stages.index(stage)]

    def find(self, stage: Stage | int) -> Stage | None:
        """The stage of this process with that id; None for a stage of another process."""
        wanted = stage if isinstance(stage, int) else stage.pk
        return next((stage for stage in self.stages if stage.pk == wanted), None)

    def unmet(self, stages: list[Stage], record: Opportunity) -> list[gates.Unmet]:
        return gates.unmet(stages, record, self.waived)

    @cached_property
    def last_close_request(self) -> CloseRequest | None:
        """The last request to close, also one that was answered. One query."""
        return self.instance.opportunity.last_close_request()

    @property
    def close_request(self) -> CloseRequest | None:
        """The request to close that has no answer yet."""
        last = self.last_close_request
        return last if last and last.is_waiting else None

    @cached_property
    def visited(self) -> frozenset[int]:
        """Ids of the stages that were ever entered. One query."""
        return frozenset(self.instance.visits.values_list("stage_id", flat=True))


WaivedKinds = dict[int, str]
"""The kind of each waiver that counts, by the id of its step."""


def _waived_by_opportunity(opportunity_ids: Collection[int]) -> dict[int, WaivedKinds]:
    """The waived steps of each of these opportunities. One query."""
    waived: dict[int, WaivedKinds] = defaultdict(dict)
    waivers = Waiver.objects.in_force().filter(opportunity_id__in=opportunity_ids)
    for opportunity_id, step_id, kind in waivers.values_list("opportunity_id", "step_id", "kind"):
        waived[opportunity_id][step_id] = kind
    return waived


def waived_by_kind(opportunity: Opportunity) -> WaivedKinds:
    """The steps that are waived for this opportunity. One query."""
    return dict(Waiver.objects.in_force().filter(opportunity=opportunity).values_list("step_id", "kind"))


def imported_among(waived: WaivedKinds) -> frozenset[int]:
    return frozenset(step_id for step_id, kind in waived.items() if kind == Waiver.Kind.IMPORTED)
