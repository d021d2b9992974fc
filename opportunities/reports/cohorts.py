"""The opportunities that entered a process in a period, counted by how far they got, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from opportunities.models import Opportunity, StageVisit
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import reached, totals, visit_conditions
from opportunities.pipeline.tracks import Tracks
from opportunities.reports import sql
from opportunities.reports.tables import Filters, Scope
from stages.models import Process, Stage

OPEN, WON, LOST = Opportunity.Status.OPEN, Opportunity.Status.WON, Opportunity.Status.LOST

_GROUPED = """
    WITH cohort AS MATERIALIZED ({found}),
    went_back AS ({reached})
    SELECT COUNT(*), place, NULL AS furthest, stage, state, reason, finished
    FROM cohort GROUP BY place, stage, state, reason, finished
    UNION ALL
    SELECT COUNT(*), place, furthest, NULL, NULL, NULL, NULL
    FROM went_back GROUP BY place, furthest
""".replace("{reached}", reached.WENT_BACK)


@dataclass(frozen=True)
class StageCounts:
    """How many reached at least this stage, and how many are in it: open, won and lost from it."""

    stage: Stage
    reached: int
    open: int
    won: int
    lost: int


@dataclass(frozen=True)
class CohortGroup:
    """Opportunities of a cohort that are in the same stage, with the same outcome and status reason."""

    stage: int
    status: str
    reason: int
    is_finished: int
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

    @property
    def groups(self) -> list[CohortGroup]:
        return self._found[0]

    @cached_property
    def _found(self) -> tuple[list[CohortGroup], list[tuple[int, int, int]]]:
        """The groups, and those that went back, as `reached.count` takes them. One query.

        Of all others, the active stage says what they reached. So only the visits beyond it are read.
        """
        groups, went_back = [], []
        rows = sql.rows(_GROUPED, self._columns, **self._parts)
        for count, place, furthest, stage, status, reason, is_finished in rows:
            if furthest is None:
                groups.append(CohortGroup(stage, status, reason, is_finished, count))
            else:
                went_back.append((place, furthest, count))
        return groups, went_back

    @cached_property
    def _places(self) -> dict[int, int]:
        return {stage.pk: place for place, stage in enumerate(self.every_stage)}

    @property
    def _columns(self) -> QuerySet[Any]:
        """The columns that `_GROUPED` names."""
        whens = [When(active_stage=pk, then=Value(place)) for pk, place in self._places.items()]
        columns = {
            "deal": F("pk"),
            "place": Case(*whens, output_field=IntegerField()),
            "stage": F("active_stage"),
            "state": F("status"),
            "reason": F("status_reason"),
            "finished": Case(When(is_finished=True, then=Value(1)), default=Value(0), output_field=IntegerField()),
        }
        return self.opportunities.annotate(**columns).values_list(*columns)

    @property
    def _parts(self) -> dict[str, str]:
        whens = " ".join(f"WHEN {pk} THEN {place}" for pk, place in self._places.items())
        return {"visits": StageVisit._meta.db_table, "place_of_visit": f"CASE visit.stage_id {whens} END"}

    @property
    def entered(self) -> int:
        return sum(group.count for group in self.groups)

    @cached_property
    def stages(self) -> list[StageCounts]:
        """In order; an archived stage only while an opportunity of the cohort is in it, or was closed in it."""
        rows = [self._counts(stage, place) for place, stage in enumerate(self.every_stage)]
        return [row for row in rows if row.open or row.won or row.lost or not row.stage.is_archived]

    def _counts(self, stage: Stage, place: int) -> StageCounts:
        now = [(self._places[group.stage], bool(group.is_finished), group.count) for group in self.groups]
        here = {
            status: sum(group.count for group in self.groups if (group.stage, group.status) == (stage.pk, status))
            for status in Opportunity.Status.values
        }
        return StageCounts(stage, reached.count(place, now, self._found[1]), **here)


def of(scope: Scope, tracks: Tracks | None = None) -> Cohort | None:
    """None without a process."""
    return Cohort(scope, scope.process, tracks or Tracks()) if scope.process else None


def after(rows: Sequence[StageCounts], row: StageCounts) -> StageCounts | None:
    """The next of these rows."""
    following = rows[rows.index(row) + 1 :]
    return following[0] if following else None
