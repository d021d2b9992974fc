"""An opportunity with its child rows, read in batches, and the definitions that `verify` compares it with."""

import copy
import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction
from django.utils.functional import cached_property

from opportunities.editing import children, derived
from opportunities.models import (
    Attachment,
    CloseRequest,
    Closing,
    Event,
    Hold,
    Note,
    Opportunity,
    OpportunityCompetitor,
    ProcessInstance,
    StageVisit,
    Stakeholder,
    Task,
    Waiver,
    WaiverRequest,
)
from opportunities.progress import Progress, imported_among
from opportunities.verify.definitions import Definitions


@dataclass
class Snapshot:
    """One opportunity with its child rows, those of each table in the order of their ids."""

    record: Opportunity
    definitions: Definitions
    rows: dict[str, list[Any]] = field(default_factory=lambda: {table.relation: [] for table in children.TABLES})
    """The child rows, by their relation."""
    source_created_at: datetime.datetime | None = None
    """When the opportunity was created that this one was copied from."""
    unreadable: list[str] = field(default_factory=list)
    """A sentence for each row that cannot be read, such as one with an invalid date."""

    @property
    def instances(self) -> list[ProcessInstance]:
        return self.rows["instances"]

    @property
    def visits(self) -> list[StageVisit]:
        return self.rows["visits"]

    @property
    def holds(self) -> list[Hold]:
        return self.rows["holds"]

    @property
    def waivers(self) -> list[Waiver]:
        return self.rows["waivers"]

    @property
    def waiver_requests(self) -> list[WaiverRequest]:
        return self.rows["waiver_requests"]

    @property
    def requests(self) -> list[CloseRequest]:
        return self.rows["close_requests"]

    @property
    def closings(self) -> list[Closing]:
        return self.rows["closings"]

    @property
    def events(self) -> list[Event]:
        return self.rows["events"]

    @property
    def stakeholders(self) -> list[Stakeholder]:
        return self.rows["stakeholders"]

    @property
    def tasks(self) -> list[Task]:
        return self.rows["tasks"]

    @property
    def notes(self) -> list[Note]:
        return self.rows["notes"]

    @property
    def attachments(self) -> list[Attachment]:
        return self.rows["attachments"]

    @property
    def competitors(self) -> list[OpportunityCompetitor]:
        return self.rows["competitor_links"]

    @cached_property
    def progress(self) -> Progress | None:
        """Its place in its primary process; None without exactly one, or in a stage of another process."""
        primary = [instance for instance in self.instances if instance.is_primary]
        if len(primary) != 1 or not self.is_in_own_process(primary[0]):
            return None
        undone = {closing.pk for closing in self.closings if closing.reopened_at}
        in_force = [each for each in self.waivers if each.closing_id not in undone and each.withdrawn_at is None]
        waived = {waiver.step_id: waiver.kind for waiver in in_force}
        stages, imported = self.definitions.stages_of(primary[0]), imported_among(waived)
        return Progress(instance=primary[0], stages=stages, waived=frozenset(waived), imported=imported)

    @cached_property
    def imported_moments(self) -> set[tuple[datetime.datetime, datetime.datetime | None]]:
        """The moments of a file with an event, each with the moment of its import."""
        return {(event.at, event.imported_at) for event in self.events if event.imported_at}

    @cached_property
    def counted(self) -> Opportunity:
        """A copy of the record with the right counts of child rows, next step, and steps asked to be waived."""
        counted = copy.copy(self.record)
        derived.derive_from_children(
            counted, {name: self.rows[table.relation] for name, table in children.CHILDREN.items()}
        )
        derived.derive_requests(counted, (each.step_id for each in self.waiver_requests if each.answered_at is None))
        return counted

    def is_in_own_process(self, instance: ProcessInstance) -> bool:
        stage = self.definitions.stages.get(instance.active_stage_id)
        return stage is not None and stage.process_id == instance.process_id

    def visits_of(self, instance: ProcessInstance) -> list[StageVisit]:
        return [visit for visit in self.visits if visit.instance_id == instance.pk]

    def stage(self, stage_id: int | None) -> str:
        return self.definitions.name_of(stage_id)

    @property
    def closings_in_force(self) -> list[Closing]:
        return [closing for closing in self.closings if closing.reopened_at is None]


def read_snapshots(definitions: Definitions, *, after: int, count: int) -> list[Snapshot]:
    """The next opportunities by id, with their child rows: one query for each table."""
    with _same_moment():
        ids = list(Opportunity.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:count])
        rows = TableRows(Opportunity, "pk", ids)
        snapshots = {row.pk: Snapshot(row, definitions) for row in rows.readable}
        for pk, sentence in rows.unreadable:
            snapshots[pk] = Snapshot(Opportunity(pk=pk), definitions, unreadable=[sentence])
        _read_sources(snapshots)
        for table in children.TABLES:
            rows = TableRows(table.model, "opportunity", ids)
            for row in rows.readable:
                snapshots[row.opportunity_id].rows[table.relation].append(row)
            for opportunity_id, sentence in rows.unreadable:
                snapshots[opportunity_id].unreadable.append(sentence)
    return [snapshots[pk] for pk in ids]


def _read_sources(snapshots: dict[int, Snapshot]) -> None:
    """One query, if any was copied. Reads only the columns that the check needs."""
    copies = [each for each in snapshots.values() if each.record.source_id]
    if copies:
        sources = Opportunity.objects.filter(copies__in=[each.record.pk for each in copies])
        created = dict(sources.values_list("pk", "created_at"))
        for each in copies:
            each.source_created_at = created.get(each.record.source_id or 0)


class TableRows:
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
"""What Django raises for a stored value that its column cannot hold. SQLite stores any value.

RecursionError comes from JSON that is nested too deep, on PostgreSQL too.
"""


@contextmanager
def _same_moment() -> Iterator[None]:
    """All queries of the block see the database at the same moment, even if others write meanwhile."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
