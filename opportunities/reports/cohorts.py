"""The opportunities that entered a process in a period, counted by how far they got, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import reached, totals, visit_conditions
from opportunities.pipeline.tracks import Tracks
from opportunities.reports import spreads, sql, stays_sql
from opportunities.reports.spreads import Spread
from opportunities.reports.tables import Filters, Scope
from stages.models import Process, Stage

OPEN, WON, LOST = Opportunity.Status.OPEN, Opportunity.Status.WON, Opportunity.Status.LOST

_FURTHEST = "MAX({place_of_visit}) FILTER (WHERE [went_back])".replace("[went_back]", reached.WENT_BACK)
_STAYS = """
    visits AS ({1}),
    stays AS (
        SELECT place, MAX({place_of_visit}) AS furthest
        FROM chosen JOIN visits ON visits.deal = chosen.deal
        WHERE [went_back]
        GROUP BY chosen.deal, place
    )
""".replace("[went_back]", reached.WENT_BACK)
"""What `stays_sql.parts` has, without times."""
_GROUPED = """
    WITH chosen AS MATERIALIZED ({0}), [parts]
    SELECT
        COUNT(*), place, CAST(NULL AS integer) AS furthest, stage, state, reason, finished,
        CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS double precision), CAST(NULL AS double precision)
    FROM chosen GROUP BY place, stage, state, reason, finished
    UNION ALL
    SELECT COUNT(*), place, furthest, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM stays WHERE furthest IS NOT NULL GROUP BY place, furthest
"""
_SPREADS = """
    UNION ALL
    SELECT number, NULL, NULL, spread_group, NULL, NULL, NULL, first, last, shortest, longest FROM spreads
"""


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
    is_finished: bool
    count: int


@dataclass(frozen=True)
class Cohort:
    """The opportunities of a scope that entered its process in its period."""

    scope: Scope
    process: Process
    tracks: Tracks
    with_days: bool = False
    """Whether `spreads` is called as well: then one query reads the visits for both."""

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

    @property
    def spreads(self) -> dict[int, Spread]:
        """The time in each stage, by its id, of those that are not in it any more. As `stays.that_ended`."""
        return self._found[2]

    @cached_property
    def _found(self) -> tuple[list[CohortGroup], list[tuple[int, int, int]], dict[int, Spread]]:
        """The groups, those that went back, as `reached.count` takes them, and the spreads. One query.

        Of those that did not go back, the active stage says what they reached.
        """
        groups, went_back, times = [], [], []
        for count, place, furthest, stage, status, reason, is_finished, *of_times in self._rows:
            if furthest is not None:
                went_back.append((place, furthest, count))
            elif place is not None:
                groups.append(CohortGroup(stage, status, reason, bool(is_finished), count))
            else:
                times.append((stage, count, *of_times))
        return groups, went_back, spreads.of_rows(times)

    @property
    def _rows(self) -> list[tuple[Any, ...]]:
        if not self.with_days:
            visits, _holds = stays_sql.rows_read()
            return sql.rows(self._with_places(_GROUPED, _STAYS), self._columns, visits)
        parts = stays_sql.parts(self.every_stage, place="MAX(place)", furthest=_FURTHEST)
        return sql.rows(self._with_places(_GROUPED + _SPREADS, parts), self._columns, *stays_sql.rows_read())

    def _with_places(self, query: str, parts: str) -> str:
        whens = " ".join(f"WHEN {pk} THEN {place}" for pk, place in self._places.items())
        return query.replace("[parts]", parts).replace("{place_of_visit}", f"CASE at_stage {whens} END")

    @cached_property
    def _places(self) -> dict[int, int]:
        return {stage.pk: place for place, stage in enumerate(self.every_stage)}

    @property
    def _columns(self) -> QuerySet[Any]:
        """The columns of `chosen`."""
        whens = [When(active_stage=pk, then=Value(place)) for pk, place in self._places.items()]
        columns = {
            "deal": F("pk"),
            "place": Case(*whens, output_field=IntegerField()),
            "stage": F("active_stage"),
            "state": F("status"),
            "reason": F("status_reason"),
            "finished": F("is_finished"),
        }
        return self.opportunities.annotate(**columns).values_list(*columns)

    @property
    def entered(self) -> int:
        return sum(group.count for group in self.groups)

    @cached_property
    def stages(self) -> list[StageCounts]:
        """In order; an archived stage only while an opportunity of the cohort is in it, or was closed in it."""
        rows = [self._counts(stage, place) for place, stage in enumerate(self.every_stage)]
        return [row for row in rows if row.open or row.won or row.lost or not row.stage.is_archived]

    def _counts(self, stage: Stage, place: int) -> StageCounts:
        now = [(self._places[group.stage], group.is_finished, group.count) for group in self.groups]
        here = {
            status: sum(group.count for group in self.groups if (group.stage, group.status) == (stage.pk, status))
            for status in Opportunity.Status.values
        }
        return StageCounts(stage, reached.count(place, now, self._found[1]), **here)


def of(scope: Scope, tracks: Tracks | None = None, *, with_days: bool = False) -> Cohort | None:
    """None without a process."""
    return Cohort(scope, scope.process, tracks or Tracks(), with_days) if scope.process else None


def after(rows: Sequence[StageCounts], row: StageCounts) -> StageCounts | None:
    """The next of these rows."""
    following = rows[rows.index(row) + 1 :]
    return following[0] if following else None
