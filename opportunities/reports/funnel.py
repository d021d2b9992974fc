"""The funnel: open opportunities by stage, as data.

All functions count open opportunities, also those on hold, each once. An opportunity without estimated revenue adds 0
to the sums; `FunnelRow.without_revenue` is the number of them. Amounts are in the organisation's currency and exact to
the cent on every database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals
from opportunities.pipeline.totals import StageGroup, Totals
from opportunities.reports.tables import Column, Figure, Row, Scope, Table, Unit
from stages.models import Process, Stage


@dataclass(frozen=True)
class FunnelRow:
    """One stage and the open opportunities in it."""

    stage: Stage
    groups: list[StageGroup]
    shares: Mapping[int, int]
    """The probability of each stage in percent."""

    @cached_property
    def total(self) -> Totals:
        return totals.total(self.groups, self.shares)

    @property
    def count(self) -> int:
        return self.total.count

    @property
    def revenue(self) -> Decimal:
        return self.total.revenue

    @property
    def weighted(self) -> Decimal:
        return self.total.weighted

    @property
    def without_revenue(self) -> int:
        return self.total.without_revenue


def by_stage(opportunities: OpportunityQuerySet, process: Process) -> list[FunnelRow]:
    """A row for each stage of the process, in order, with the open opportunities that are in it.

    Finished opportunities are in their last stage. Includes an archived stage while an opportunity is in it.
    Two queries.
    """
    stages = list(process.stages.order_by("order", "pk"))
    rows = _rows(stages, totals.groups(_open(opportunities).filter(active_stage__in=stages)), stages)
    return [row for row in rows if row.count or not row.stage.is_archived]


def by_pipeline_phase(opportunities: OpportunityQuerySet) -> list[FunnelRow]:
    """A row for each stage that is the pipeline phase of an open opportunity: the stage entered last in any process.

    Sorted by process, the default one first, then by stage. Two queries.
    """
    groups = totals.groups(_open(opportunities), "pipeline_phase")
    known = Stage.objects.select_related("process").in_bulk(
        {group.active_stage for group in groups} | {group.by for group in groups}
    )
    stages = sorted(known.values(), key=lambda stage: stage.place)
    return [row for row in _rows(stages, groups, stages) if row.count]


def processes(opportunities: OpportunityQuerySet) -> list[Process]:
    """The default process, and those of open opportunities, by name. One query."""
    active_stages = Stage.objects.filter(pk__in=_open(opportunities).values("active_stage"))
    found = Process.objects.filter(Q(is_default=True) | Q(pk__in=active_stages.values("process")))
    return sorted(found.order_by(), key=lambda process: process.place)


def total(rows: Iterable[FunnelRow]) -> Totals:
    """The sums of some rows. Rounded once, so that it is the total of the list with the same filter."""
    rows = list(rows)
    shares = {pk: share for row in rows for pk, share in row.shares.items()}
    return totals.total([group for row in rows for group in row.groups], shares)


def _open(opportunities: OpportunityQuerySet) -> OpportunityQuerySet:
    return totals.each_once(opportunities).open()


def _rows(stages: Iterable[Stage], groups: list[StageGroup], known: Iterable[Stage]) -> list[FunnelRow]:
    shares = {stage.pk: stage.probability for stage in known}
    return [FunnelRow(stage, [group for group in groups if group.by == stage.pk], shares) for stage in stages]


def tables(scope: Scope) -> list[Table]:
    rows = by_stage(scope.opportunities, scope.process) if scope.process else []
    columns = [
        Column("open", _("Open")),
        Column("revenue", _("Estimated revenue"), Unit.MONEY, is_bar=True),
        Column("weighted", _("Weighted revenue"), Unit.MONEY, is_bar=True),
    ]

    def row(label, found, **filters):
        asked = {"status": "open", **filters}
        return Row(
            label, [Figure(found.count, asked), Figure(found.revenue, asked), Figure(found.weighted, asked)], asked
        )

    of_stages = [row(each.stage.name, each, stage=str(each.stage.pk)) for each in rows]
    return [Table("stages", _("By stage"), _("Stage"), columns, of_stages, row(_("Total"), total(rows)))]
