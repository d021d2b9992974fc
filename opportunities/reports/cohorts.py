"""The opportunities that entered a process in a period, counted by how far they got, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from django.db.models import Case, Count, IntegerField, Max, Q, Value, When

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals, visit_conditions
from opportunities.pipeline.tracks import Tracks
from opportunities.reports.tables import Filters, Scope
from stages.models import Process, Stage

OPEN, WON, LOST = Opportunity.Status.OPEN, Opportunity.Status.WON, Opportunity.Status.LOST


@dataclass(frozen=True)
class StageCounts:
    """How many reached at least this stage, and how many are in it: open, won and lost from it."""

    stage: Stage
    reached: int
    open: int
    won: int
    lost: int


@dataclass(frozen=True)
class Cohort:
    """The opportunities of a scope that entered its process in its period."""

    scope: Scope
    process: Process
    tracks: Tracks

    @cached_property
    def every_stage(self) -> list[Stage]:
        """The stages of the process in order, also archived ones."""
        return [stage for stage in self.tracks.stages if stage.process_id == self.process.pk]

    @cached_property
    def opportunities(self) -> OpportunityQuerySet:
        period = self.scope.period
        entered = visit_conditions.entered_between(period.first, period.last)
        return totals.each_once(self.scope.opportunities).filter(entered, active_stage__in=self.every_stage)

    @property
    def filters(self) -> dict[str, str]:
        """Of the list with these opportunities, without a status and without the process."""
        return self.scope.period.filters("entered")

    @property
    def all_filters(self) -> Filters:
        return {"status": "all", "process": str(self.process.pk), **self.filters}

    @cached_property
    def _counts(self) -> dict[str, int]:
        places = {stage.pk: place for place, stage in enumerate(self.every_stage)}
        if not places:
            return {"entered": 0}
        whens = [When(visits__stage=pk, then=Value(place)) for pk, place in places.items()]
        each = self.opportunities.values("pk", "status", "active_stage", "is_finished")
        each = each.annotate(furthest=Max(Case(*whens, output_field=IntegerField())))
        counted = {"entered": Count("pk")}
        for pk, place in places.items():
            counted[f"reached_{pk}"] = Count("pk", filter=Q(furthest__gte=place) | Q(is_finished=True))
            for status in Opportunity.Status.values:
                counted[f"{status}_{pk}"] = Count("pk", filter=Q(status=status, active_stage=pk))
        return dict(each.aggregate(**counted))

    @property
    def entered(self) -> int:
        return self._counts["entered"]

    @cached_property
    def stages(self) -> list[StageCounts]:
        """In order; an archived stage only while an opportunity of the cohort is in it, or was closed in it."""
        rows = [
            StageCounts(
                stage, *(self._counts[f"{what}_{stage.pk}"] for what in ("reached", *Opportunity.Status.values))
            )
            for stage in self.every_stage
        ]
        return [row for row in rows if row.open or row.won or row.lost or not row.stage.is_archived]


def of(scope: Scope, tracks: Tracks | None = None) -> Cohort | None:
    """None without a process."""
    return Cohort(scope, scope.process, tracks or Tracks()) if scope.process else None


def share(part: int, whole: int) -> Decimal | None:
    """In percent, with one place, rounded half up; None of nothing."""
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def after(rows: Sequence[StageCounts], row: StageCounts) -> StageCounts | None:
    """The next of these rows."""
    following = rows[rows.index(row) + 1 :]
    return following[0] if following else None
