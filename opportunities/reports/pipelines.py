"""The open opportunities of a report, read once for all its tables, and how their sums become figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from opportunities.models.opportunity import Opportunity, OpportunityQuerySet
from opportunities.pipeline import reps, totals
from opportunities.pipeline.conditions import Reasons
from opportunities.pipeline.totals import StageGroup, Totals
from opportunities.pipeline.tracks import Tracks
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
    def by_phase(self) -> list[StageGroup]:
        """By the phase of the stage entered last, and by active stage."""
        return totals.groups(self.opportunities, "pipeline_phase__phase")

    @property
    def groups(self) -> list[StageGroup]:
        """Of the process of the scope."""
        stages = {stage.pk for stage in self.stages_of_process}
        return [group for group in self.by_phase if group.active_stage in stages]

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

    @cached_property
    def counted(self) -> list[Sequence[int]]:
        """The owner, the stage, and the figures of `reps`."""
        reasons = Reasons(self.scope.today, self.tracks.targets)
        return list(reps.counted(self.opportunities, reasons, by=("owner", "active_stage")))

    def total(self, groups: Iterable[StageGroup]) -> Totals:
        return totals.total(groups, self.tracks.probabilities)


def sums(total: Totals, filters: Filters | None) -> list[Number]:
    """The figures of SUMS."""
    return [Number(each, filters) for each in (total.count, total.revenue, total.weighted)]


def without_revenue(total: Totals) -> str:
    count = total.without_revenue
    said = ngettext("%(count)d without estimated revenue", "%(count)d without estimated revenue", count)
    return said % {"count": count} if count else ""
