"""What an import does and did, in figures and sentences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from opportunities.imports import problems as problems_of_rows
from opportunities.imports.typed_rows import Problem
from opportunities.models import Import, ImportRow, Opportunity
from salesflow.users.models import User

Outcome = ImportRow.Outcome


@dataclass(frozen=True)
class ImportCounts:
    """The rows of a run that has been started, by what became of them."""

    created: int = 0
    updated: int = 0
    same: int = 0
    skipped: int = 0
    refused: int = 0
    undone: int = 0
    waiting: int = 0

    @property
    def done(self) -> int:
        """All but those that wait."""
        return self.created + self.updated + self.same + self.skipped + self.refused + self.undone

    @property
    def total(self) -> int:
        return self.done + self.waiting


def counts(run: Import) -> ImportCounts:
    """One query."""
    found = dict(run.rows.order_by().values_list("outcome").annotate(Count("pk")))
    return ImportCounts(waiting=found.pop("", 0), **found)


def counts_of(runs: Iterable[Import]) -> dict[int, ImportCounts]:
    """The counts of those runs that have been started, by their id. One query."""
    started = [run.pk for run in runs if run.is_started]
    found: dict[int, dict[str, int]] = {pk: {} for pk in started}
    rows = ImportRow.objects.filter(run__in=started).order_by().values_list("run", "outcome")
    for pk, outcome, count in rows.annotate(Count("pk")):
        found[pk][outcome or "waiting"] = count
    return {pk: ImportCounts(**each) for pk, each in found.items()}


def problems(row: ImportRow) -> list[Problem]:
    """Why the row is refused or left out, with the cells that cause it. No query."""
    return list(map(problems_of_rows.read, row.problems))


def not_in_their_stage(run: Import) -> QuerySet[ImportRow]:
    """The rows whose open opportunity is not in the stage of the file, because a gate was shut. No query."""
    return _not_in_their_stage(run.rows.all())


def _not_in_their_stage(rows: QuerySet[ImportRow]) -> QuerySet[ImportRow]:
    rows = rows.filter(outcome=Outcome.CREATED, stage__isnull=False)
    return rows.filter(opportunity__status=Opportunity.Status.OPEN).exclude(opportunity__active_stage=F("stage"))


def waits_for_its_stage(run: Import) -> int:
    """How many open opportunities that this import created are not in the stage of the file. One query."""
    return not_in_their_stage(run).count()


FIRST = 20
"""So many of the opportunities that are not in the stage of the file are listed."""


@dataclass(frozen=True)
class StagesAsked:
    """The opportunities of an import that are not in the stage of the file: their number, and the first of them.

    Each of `rows` has its `opportunity` with the stage where it is, and the `stage` of the file. Those that the reader
    may not see are only counted.
    """

    count: int
    rows: list[ImportRow]


def stages_asked(runs: Sequence[Import], reader: User) -> dict[int, StagesAsked]:
    """The requests to keep the stages of these imports, by the id of the import. Two queries for any number of them."""
    if not runs:
        return {}
    rows = _not_in_their_stage(ImportRow.objects.filter(run__in=runs))
    place = Window(RowNumber(), partition_by="run", order_by="pk")
    counted = rows.annotate(place=place, of_run=Window(Count("pk"), partition_by="run")).filter(place__lte=FIRST)
    read = counted.select_related("stage").defer("cells", "history", "problems", "also_created")
    found: list[Any] = list(read.order_by("run", "pk"))  # without the opportunities, which the window would read all
    opportunities = Opportunity.objects.filter(pk__in=[row.opportunity_id for row in found]).visible_to(reader)
    seen = opportunities.select_related("active_stage").in_bulk()
    asked = {run.pk: StagesAsked(0, []) for run in runs}
    for row in found:
        asked[row.run_id] = StagesAsked(row.of_run, asked[row.run_id].rows)
        if row.opportunity_id in seen:
            row.opportunity = seen[row.opportunity_id]
            asked[row.run_id].rows.append(row)
    return asked
