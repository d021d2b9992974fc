"""Time in stage: how long open and won opportunities are in each stage, which are there too long, and their age."""

import functools
import operator
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals
from opportunities.pipeline.conditions import closed_between
from opportunities.pipeline.totals import StageGroup
from opportunities.pipeline.visit_conditions import IN_A_STAGE, days_in_stage_from
from opportunities.reports import ageing, conversion, numbers, stays
from opportunities.reports.cohorts import OPEN, WON
from opportunities.reports.pipelines import DAYS_IN_STAGE, ESTIMATED, SUMS, WEIGHTED, WITHOUT_DAYS, Pipeline, sums
from opportunities.reports.spreads import Spread
from opportunities.reports.tables import Definition, Measure, Number, ReportColumn, Row, Scope, Table
from stages.models import Stage

NOW_AND_WON = (
    ReportColumn("count", gettext_lazy("In the stage now")),
    ReportColumn("median", gettext_lazy("Median days"), Measure.DAYS, is_bar=True),
    ReportColumn("p90", gettext_lazy("90th percentile"), Measure.DAYS),
    ReportColumn("oldest", gettext_lazy("Oldest"), Measure.DAYS),
    ReportColumn("won_median", gettext_lazy("Median days, won"), Measure.DAYS),
    ReportColumn("won_p90", gettext_lazy("90th percentile, won"), Measure.DAYS),
)
TOO_LONG = (ReportColumn("limit", gettext_lazy("More days than"), Measure.DAYS, is_limit=True), *SUMS)
BUCKETS = ((0, 7), (8, 14), (15, 30), (31, 60), (61, 90), (91, None))
"""Ages in days, from the first to the last of each."""

DAYS_WON = Definition(
    gettext_lazy("Won"),
    gettext_lazy(
        "The deals that were won with a close date in the period: the time from entering a stage until leaving it, all "
        "stays added up, without the time on hold."
    ),
)
LIMIT = Definition(
    gettext_lazy("Over the limit"),
    gettext_lazy(
        "More days than the target of the stage. Where the stage has no target: more days than three of four deals "
        "that were won in the chosen period were in it (the 75th percentile, rounded up to whole days). Another "
        "period can have another limit. Stuck in My day, in the funnel, is another figure: it counts what has nothing "
        "planned, too, and leaves out what is late, slipped, due today or ready to advance."
    ),
)


def tables(scope: Scope) -> list[Table]:
    """Six queries at most."""
    if scope.process is None:
        return []
    times = Times(scope)
    return [_days(times), _too_long(times), _ages(times), _ageing(times)]


@dataclass(frozen=True)
class Times:
    """How long the opportunities of a scope are in the stages of its process."""

    scope: Scope

    @cached_property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.scope)

    @cached_property
    def in_stages(self) -> OpportunityQuerySet:
        """The open opportunities whose days count."""
        here = self.pipeline.opportunities.filter(active_stage__in=self.pipeline.stages_of_process)
        return here.matching(IN_A_STAGE)

    @cached_property
    def now(self) -> dict[int, Counter[int]]:
        return stays.that_go_on(self.in_stages, self.scope.today)

    @cached_property
    def won(self) -> dict[int, Spread]:
        stages, period = self.pipeline.stages_of_process, self.scope.period
        won = totals.each_once(self.scope.opportunities).filter(status=WON, active_stage__in=stages)
        return stays.that_ended(won.matching(closed_between(period.first, period.last)), stages)

    @cached_property
    def stages(self) -> list[Stage]:
        """Those of the process in order; an archived stage only while an opportunity is in it."""
        return [stage for stage in self.pipeline.stages_of_process if stage.pk in self.now or not stage.is_archived]

    @cached_property
    def limits(self) -> dict[int, int]:
        """By the id of each stage: the days after which an opportunity is in it too long. A stage may have none."""
        usual = {pk: stays.days_begun(spread.percentile(75)) for pk, spread in self.won.items()}
        return usual | self.pipeline.tracks.targets

    def filters(self, stage: Stage, **more: int) -> dict[str, str]:
        return {"status": OPEN.value, "stage": str(stage.pk), **{name: str(days) for name, days in more.items()}}


def _days(times: Times) -> Table:
    return Table(
        key="days",
        title=gettext_lazy("Days per stage"),
        rows_are=gettext_lazy("Stage"),
        columns=NOW_AND_WON,
        rows=[_days_row(times, stage) for stage in times.stages],
        definitions=(DAYS_IN_STAGE, WITHOUT_DAYS, DAYS_WON, conversion.NEAREST_RANK),
        empty=gettext_lazy("The process has no stages."),
    )


def _days_row(times: Times, stage: Stage) -> Row:
    filters = times.filters(stage, days_from=0)
    now = times.now.get(stage.pk, Counter())
    figures = [Number(now.total(), filters), *([Number(None)] * 3)]
    if now:
        figures[1:] = [Number(numbers.median(now)), Number(numbers.percentile(now, 90)), Number(max(now))]
    return Row(
        label=stage.name,
        figures=[*figures, *conversion.days_figures(times.won.get(stage.pk))],
        filters=filters,
        note=_("Archived") if stage.is_archived else "",
    )


def _too_long(times: Times) -> Table:
    found = _groups_over(times)
    rows = [_too_long_row(times, stage, found[stage.pk]) for stage in times.stages]
    every = times.pipeline.total([group for groups in found.values() for group in groups])
    return Table(
        key="too_long",
        title=gettext_lazy("Over the limit of the stage"),
        rows_are=gettext_lazy("Stage"),
        columns=TOO_LONG,
        rows=rows,
        total=Row(gettext_lazy("Total"), [Number(None), *sums(every, None)]),
        definitions=(LIMIT, DAYS_IN_STAGE, WITHOUT_DAYS, ESTIMATED, WEIGHTED),
        empty=gettext_lazy("The process has no stages."),
    )


def _groups_over(times: Times) -> Mapping[int, list[StageGroup]]:
    """Of each stage, those over its limit. One query."""
    over = [
        Q(active_stage=stage.pk) & days_in_stage_from(times.limits[stage.pk] + 1, times.scope.today)
        for stage in times.stages
        if stage.pk in times.limits
    ]
    found: dict[int, list[StageGroup]] = defaultdict(list)
    for group in totals.groups(times.in_stages.matching(functools.reduce(operator.or_, over))) if over else ():
        found[group.by].append(group)
    return found


def _too_long_row(times: Times, stage: Stage, groups: list[StageGroup]) -> Row:
    limit = times.limits.get(stage.pk)
    if limit is None:
        return Row(stage.name, [Number(None)] * len(TOO_LONG), note=_("No target, and no won deals to compare with."))
    filters = times.filters(stage, days_from=limit + 1)
    note = _("Target") if stage.target_days is not None else _("As three of four won deals")
    return Row(stage.name, [Number(limit), *sums(times.pipeline.total(groups), filters)], filters=filters, note=note)


def _ages(times: Times) -> Table:
    counts = {stage: _counts_of_ages(now) for stage, now in times.now.items()}
    columns = [ReportColumn(f"days_{first}", _label(first, last)) for first, last in BUCKETS]
    totals_of_ages = [sum(each) for each in zip(*counts.values(), strict=True)] or [0] * len(BUCKETS)
    return Table(
        key="ages",
        title=gettext_lazy("Age in the stage"),
        rows_are=gettext_lazy("Stage"),
        columns=columns,
        rows=[
            Row(stage.name, _ages_figures(counts.get(stage.pk, [0] * len(BUCKETS)), times.filters(stage)))
            for stage in times.stages
        ],
        total=Row(gettext_lazy("Total"), _ages_figures(totals_of_ages, times.pipeline.filters_of_process)),
        definitions=(DAYS_IN_STAGE, WITHOUT_DAYS),
        empty=gettext_lazy("The process has no stages."),
    )


def _ageing(times: Times) -> Table:
    count = sum(now.total() for now in times.now.values())
    return ageing.table(times.scope, times.pipeline, times.in_stages, times.limits, LIMIT, count)


def _label(first: int, last: int | None) -> str:
    if last is None:
        return _("Over %(days)d days") % {"days": first - 1}
    return _("%(first)d–%(last)d days") % {"first": first, "last": last}


def _counts_of_ages(now: Counter[int]) -> list[int]:
    """One number for each bucket."""
    return [
        sum(count for days, count in now.items() if first <= days and (last is None or days <= last))
        for first, last in BUCKETS
    ]


def _ages_figures(counts: list[int], filters: dict[str, str]) -> list[Number]:
    figures = []
    for (first, last), count in zip(BUCKETS, counts, strict=True):
        days = {"days_from": str(first)} | ({} if last is None else {"days_to": str(last)})
        figures.append(Number(count, {**filters, **days}))
    return figures
