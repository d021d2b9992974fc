"""An opportunity with all that hangs on it, read in batches, and the processes that it is judged by."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction
from django.utils.functional import cached_property

from opportunities.definitions import Definitions
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
    TeamMember,
    Waiver,
)
from opportunities.standing import Standing


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
    unreadable: list[str] = field(default_factory=list)
    """What is wrong with rows that cannot be read, such as a date that is none."""

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

    def stage(self, stage_id: int | None) -> str:
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
        ids = list(Opportunity.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:count])
        rows = Rows(Opportunity, "pk", ids)
        dossiers = {row.pk: Dossier(row, definitions) for row in rows.readable}
        for pk, sentence in rows.unreadable:
            dossiers[pk] = Dossier(Opportunity(pk=pk), definitions, unreadable=[sentence])
        for name, model in HANGING.items():
            rows = Rows(model, "opportunity", ids)
            for row in rows.readable:
                getattr(dossiers[row.opportunity_id], name).append(row)
            for opportunity_id, sentence in rows.unreadable:
                dossiers[opportunity_id].unreadable.append(sentence)
    return [dossiers[pk] for pk in ids]


class Rows:
    """The rows of a model that belong to these opportunities. One query, unless a row cannot be read."""

    def __init__(self, model: type[models.Model], owner: str, ids: list[int]) -> None:
        self.readable: list[Any] = []
        self.unreadable: list[tuple[int, str]] = []
        wanted = model._default_manager.filter(**{f"{owner}__in": ids}).order_by("pk")
        try:
            self.readable = list(wanted)
        except CANNOT_BE_READ:
            self._read_one_by_one(wanted, owner)

    def _read_one_by_one(self, wanted: "models.QuerySet[Any]", owner: str) -> None:
        for pk, opportunity_id in wanted.values_list("pk", owner):
            try:
                self.readable.append(wanted.get(pk=pk))
            except CANNOT_BE_READ as error:
                name = wanted.model._meta.verbose_name
                self.unreadable.append((opportunity_id, f"its {name} {pk} cannot be read: {error}"))


CANNOT_BE_READ = (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What Django raises for a stored value that its column cannot hold; SQLite stores any.

RecursionError comes from JSON that is nested too deep, on PostgreSQL too.
"""


@contextmanager
def _one_moment() -> Iterator[None]:
    """All queries of the block see the database at the same moment, whoever writes meanwhile."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
