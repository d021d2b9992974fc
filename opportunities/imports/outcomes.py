"""What an import does and did, in figures and sentences."""

from dataclasses import dataclass

from django.db.models import Count, F, QuerySet

from opportunities.imports import problems as problems_of_rows
from opportunities.imports.typed_rows import Problem
from opportunities.models import Import, ImportRow, Opportunity

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


def problems(row: ImportRow) -> list[Problem]:
    """Why the row is refused or left out, with the cells that cause it. No query."""
    return list(map(problems_of_rows.read, row.problems))


def not_in_their_stage(run: Import) -> QuerySet[ImportRow]:
    """The rows whose open opportunity is not in the stage of the file, because a gate was shut. No query."""
    rows = run.rows.filter(outcome=Outcome.CREATED, stage__isnull=False)
    return rows.filter(opportunity__status=Opportunity.Status.OPEN).exclude(opportunity__active_stage=F("stage"))


def waits_for_its_stage(run: Import) -> int:
    """How many open opportunities that this import created are not in the stage of the file. One query."""
    return not_in_their_stage(run).count()
