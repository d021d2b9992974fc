"""The opportunities that entered a process in a period, counted by how far they got, in two queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Case, Count, F, IntegerField, Max, Q, Value, When

from opportunities.models import Opportunity, StageVisit
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
class Group:
    """Opportunities of a cohort that are in the same stage, with the same outcome and status reason."""

    stage: int
    status: str
    reason: int
    is_finished: bool
    count: int


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
    def groups(self) -> list[Group]:
        """One query."""
        columns = ("active_stage", "status", "status_reason", "is_finished")
        counted = self.opportunities.values(*columns).annotate(count=Count("pk"))
        return [Group(*row) for row in counted.values_list(*columns, "count")]

    @cached_property
    def _went_back(self) -> dict[int, int]:
        """By the id of each stage: how many reached it and are before it now.

        Of the others, the active stage says what they reached. So the visits of few opportunities are added up.
        """
        beyond, counted = Q(pk__in=[]), {}
        places = {stage.pk: place for place, stage in enumerate(self.every_stage)}
        for pk, place in list(places.items())[1:]:
            before = [each.pk for each in self.every_stage[:place]]
            beyond |= Q(stage=pk, opportunity__active_stage__in=before)
            counted[str(pk)] = Count("of", filter=Q(furthest__gte=place, now__in=before))
        visits = StageVisit.objects.filter(beyond, opportunity__in=self.opportunities.filter(is_finished=False))
        each = visits.order_by().values(now=F("opportunity__active_stage"), of=F("opportunity"))
        whens = [When(stage=pk, then=Value(place)) for pk, place in places.items()]
        furthest = Max(Case(*whens, output_field=IntegerField()))
        return {int(pk): count for pk, count in each.annotate(furthest=furthest).aggregate(**counted).items()}

    @property
    def entered(self) -> int:
        return sum(group.count for group in self.groups)

    @cached_property
    def stages(self) -> list[StageCounts]:
        """In order; an archived stage only while an opportunity of the cohort is in it, or was closed in it."""
        rows = [self._counts(stage, place) for place, stage in enumerate(self.every_stage)]
        return [row for row in rows if row.open or row.won or row.lost or not row.stage.is_archived]

    def _counts(self, stage: Stage, place: int) -> StageCounts:
        from_here_on = {each.pk for each in self.every_stage[place:]}
        got_here = sum(group.count for group in self.groups if group.is_finished or group.stage in from_here_on)
        here = {
            status: sum(group.count for group in self.groups if (group.stage, group.status) == (stage.pk, status))
            for status in Opportunity.Status.values
        }
        return StageCounts(stage, got_here + self._went_back.get(stage.pk, 0), **here)


def of(scope: Scope, tracks: Tracks | None = None) -> Cohort | None:
    """None without a process."""
    return Cohort(scope, scope.process, tracks or Tracks()) if scope.process else None


def after(rows: Sequence[StageCounts], row: StageCounts) -> StageCounts | None:
    """The next of these rows."""
    following = rows[rows.index(row) + 1 :]
    return following[0] if following else None
