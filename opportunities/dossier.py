"""An opportunity with all that hangs on it, read in batches, and the processes that it is judged by."""

import copy
import datetime
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Max
from django.utils.functional import cached_property

from opportunities.models import (
    CloseRequest,
    Closing,
    Event,
    Hold,
    Opportunity,
    OpportunityCompetitor,
    ProcessInstance,
    StageVisit,
    Stakeholder,
    StatusReason,
    TeamMember,
    Waiver,
)
from opportunities.standing import Standing
from stages.models import Stage, Step, stages_of


class Definitions:
    """The processes and the reasons as they are now, read once."""

    def __init__(self) -> None:
        self.stages = Stage.objects.in_bulk()
        self.reasons = StatusReason.objects.in_bulk()
        self._in_order: dict[tuple[int, int], list[Stage]] = {}
        self._versions: dict[int, list[Any]] = defaultdict(list)
        for version in Step.history.order_by("history_date", "history_id"):
            self._versions[version.id].append(version)
        latest = Stage.history.values("process").annotate(at=Max("history_date"))
        self._rearranged = dict(latest.values_list("process", "at"))

    def stages_of(self, instance: ProcessInstance) -> list[Stage]:
        """As `stages.models.stages_of`, remembered."""
        key = instance.process_id, instance.active_stage_id
        if key not in self._in_order:
            self._in_order[key] = stages_of(instance.process_id, standing_in=instance.active_stage_id)
        return self._in_order[key]

    def name_of(self, stage_id: int) -> str:
        return self.stages[stage_id].name if stage_id in self.stages else f"a stage that is gone ({stage_id})"

    def asked_the_same(self, step: Step, at: datetime.datetime) -> bool:
        """Whether the step is known to have asked then, in the same place, for what it asks now."""
        rearranged = self._rearranged.get(self.stages[step.stage_id].process_id)
        if rearranged and rearranged > at:
            return False
        versions = self._versions[step.pk]
        then = next((version for version in reversed(versions) if version.history_date <= at), None)
        if then is None:
            return not versions
        return all(
            getattr(then, name) == getattr(step, name) for name in ("field", "evidence", "required", "is_archived")
        )


@dataclass
class Dossier:
    """One opportunity with all that hangs on it, each kind of row in the order of its ids."""

    record: Opportunity
    definitions: Definitions
    instances: list[ProcessInstance] = field(default_factory=list)
    visits: list[StageVisit] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    requests: list[CloseRequest] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    stakeholders: list[Stakeholder] = field(default_factory=list)
    competitors: list[OpportunityCompetitor] = field(default_factory=list)
    team: list[TeamMember] = field(default_factory=list)

    @cached_property
    def standing(self) -> Standing | None:
        """Its place in its primary process; None when it has no such place."""
        primary = [instance for instance in self.instances if instance.is_primary]
        if len(primary) != 1 or not self.is_legal(primary[0]):
            return None
        undone = {closing.pk for closing in self.closings if closing.reopened_at}
        waived = frozenset(waiver.step_id for waiver in self.waivers if waiver.closing_id not in undone)
        return Standing(instance=primary[0], stages=self.definitions.stages_of(primary[0]), waived=waived)

    @cached_property
    def counted(self) -> Opportunity:
        """The record, as it would be with those counted who hang on it."""
        counted = copy.copy(self.record)
        counted.stakeholder_count = len(self.stakeholders)
        counted.decision_maker_count = sum(row.role == Stakeholder.Role.DECISION_MAKER for row in self.stakeholders)
        counted.competitor_count, counted.team_count = len(self.competitors), len(self.team)
        return counted

    def is_legal(self, instance: ProcessInstance) -> bool:
        stage = self.definitions.stages.get(instance.active_stage_id)
        return stage is not None and stage.process_id == instance.process_id

    def visits_of(self, instance: ProcessInstance) -> list[StageVisit]:
        return [visit for visit in self.visits if visit.instance_id == instance.pk]

    def stage(self, stage_id: int) -> str:
        return self.definitions.name_of(stage_id)

    @property
    def closings_in_force(self) -> list[Closing]:
        return [closing for closing in self.closings if closing.reopened_at is None]


HANGING: dict[str, type[models.Model]] = {
    "instances": ProcessInstance,
    "visits": StageVisit,
    "holds": Hold,
    "waivers": Waiver,
    "requests": CloseRequest,
    "closings": Closing,
    "events": Event,
    "stakeholders": Stakeholder,
    "competitors": OpportunityCompetitor,
    "team": TeamMember,
}
"""The rows of an opportunity, by where a dossier keeps them."""


def read(definitions: Definitions, *, after: int, count: int) -> list[Dossier]:
    """The next opportunities by id, with all that hangs on them: one query for each kind of row."""
    with _one_moment():
        records = Opportunity.objects.filter(pk__gt=after).order_by("pk")[:count]
        dossiers = {record.pk: Dossier(record, definitions) for record in records}
        for name, model in HANGING.items():
            for row in model._default_manager.filter(opportunity__in=list(dossiers)).order_by("pk"):
                getattr(dossiers[row.opportunity_id], name).append(row)  # type: ignore[attr-defined]
    return list(dossiers.values())


@contextmanager
def _one_moment() -> Iterator[None]:
    """All queries of the block see the database at the same moment, whoever writes meanwhile."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
