"""The open opportunities of a report, read once for all its tables, and how their sums become figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from opportunities.models.opportunity import Opportunity, OpportunityQuerySet
from opportunities.pipeline import reps, totals
from opportunities.pipeline.conditions import Reasons
from opportunities.pipeline.totals import StageGroup, Totals
from opportunities.pipeline.tracks import Tracks
from opportunities.reports import sql
from opportunities.reports.tables import Definition, Filters, Measure, Number, ReportColumn, Scope
from stages.models import Stage

SUMS = (
    ReportColumn("count", pgettext_lazy("opportunities", "Open")),
    ReportColumn("revenue", gettext_lazy("Estimated"), Measure.MONEY, is_bar=True),
    ReportColumn("weighted", gettext_lazy("Weighted"), Measure.MONEY, is_bar=True),
)
WEIGHTED = Definition(
    gettext_lazy("Weighted"),
    gettext_lazy(
        "The estimated revenue times the probability of the deal or, without one, of its stage. "
        "The sum is rounded to the cent at the end."
    ),
)
ESTIMATED = Definition(
    gettext_lazy("Estimated"),
    gettext_lazy("The estimated revenue. A deal without one counts as a deal and adds nothing to the sums."),
)

DAYS_IN_STAGE = Definition(
    gettext_lazy("Days in the stage"),
    gettext_lazy("Days of the calendar until today. All stays in the stage are added up, without the time on hold."),
)
MEDIAN_DAYS = Definition(
    gettext_lazy("Median days"),
    gettext_lazy("Half of the deals have more days in the stage, half have fewer."),
)
WITHOUT_DAYS = Definition(
    gettext_lazy("Without days"),
    gettext_lazy("Deals that are on hold or whose process is finished have no days in the stage."),
)


_TWICE = """
    WITH groups AS MATERIALIZED ({found})
    SELECT owner, active_stage, NULL, SUM(open), SUM(late), SUM(slipped), SUM(stuck), NULL, NULL
    FROM groups GROUP BY owner, active_stage
    UNION ALL
    SELECT NULL, active_stage, probability, SUM(open), NULL, NULL, NULL, SUM(with_revenue), SUM(cents)
    FROM groups GROUP BY active_stage, probability
"""
"""The figures of `reps` of each owner and stage, and the sums of each stage and probability, of few groups."""


@dataclass(frozen=True)
class Pipeline:
    """The open opportunities of a scope, of all processes."""

    scope: Scope

    @cached_property
    def tracks(self) -> Tracks:
        return Tracks()

    @cached_property
    def opportunities(self) -> OpportunityQuerySet:
        return totals.each_once(self.scope.opportunities).open()

    @cached_property
    def groups(self) -> list[StageGroup]:
        """Of the process of the scope, by active stage."""
        stages = {stage.pk for stage in self.stages_of_process}
        return [group for group in self._found[1] if group.active_stage in stages]

    @cached_property
    def stages_of_process(self) -> list[Stage]:
        return [stage for stage in self.tracks.stages if stage.process == self.scope.process]

    @property
    def filters_of_process(self) -> dict[str, str]:
        """Of the list with the opportunities in the stages of the process."""
        return {
            "status": Opportunity.Status.OPEN.value,
            "process": str(self.scope.process.pk if self.scope.process else 0),
        }

    @property
    def counted(self) -> list[Sequence[int]]:
        """The owner, the stage, and the figures of `reps`."""
        return self._found[0]

    @cached_property
    def _found(self) -> tuple[list[Sequence[int]], list[StageGroup]]:
        """`counted`, and the groups of all processes. One query, which reads each opportunity once."""
        reasons = Reasons(self.scope.today, self.tracks.targets)
        sums = {"with_revenue": Count("estimated_revenue"), "cents": totals.SumOfCents("estimated_revenue")}
        found = reps.counted(self.opportunities, reasons, by=("owner", "active_stage", "probability"), more=sums)
        counted: list[Sequence[int]] = []
        groups = []
        for owner, stage, probability, *figures, with_revenue, cents in sql.rows(_TWICE, found):
            if owner is not None:
                counted.append((owner, stage, *map(int, figures)))
            else:
                groups.append(StageGroup(stage, stage, probability, int(figures[0]), int(with_revenue), cents))
        return counted, groups

    def total(self, groups: Iterable[StageGroup]) -> Totals:
        return totals.total(groups, self.tracks.probabilities)


def sums(total: Totals, filters: Filters | None) -> list[Number]:
    """The figures of SUMS."""
    return [Number(each, filters) for each in (total.count, total.revenue, total.weighted)]


def without_revenue(total: Totals) -> str:
    count = total.without_revenue
    said = ngettext("%(count)d without estimated revenue", "%(count)d without estimated revenue", count)
    return said % {"count": count} if count else ""
