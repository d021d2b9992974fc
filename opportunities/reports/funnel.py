"""The funnel: open opportunities by stage, as data.

All functions count open opportunities, also those on hold, each once. An opportunity without estimated revenue adds 0
to the sums; `Row.without_revenue` is the number of them. Amounts are in the organisation's currency and exact to the
cent on every database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals
from opportunities.pipeline.totals import Group, each_once
from stages.models import Process, Stage


@dataclass(frozen=True)
class Row:
    """One stage and the open opportunities in it."""

    stage: Stage
    count: int
    revenue: Decimal
    weighted: Decimal  # each revenue times the probability of the opportunity or, without one, of its stage
    without_revenue: int


@dataclass(frozen=True)
class Total:
    """The sums of some rows."""

    count: int
    revenue: Decimal
    weighted: Decimal
    without_revenue: int


def by_stage(opportunities: OpportunityQuerySet, process: Process) -> list[Row]:
    """A row for each stage of the process, in order, with the open opportunities that are in it.

    Finished opportunities are in their last stage. Includes an archived stage while an opportunity is in it.
    Two queries.
    """
    stages = list(process.stages.order_by("order", "pk"))
    groups = totals.groups(_open(opportunities).filter(active_stage__in=stages), "active_stage")
    rows = _rows(stages, groups, {stage.pk: stage for stage in stages})
    return [row for row in rows if row.count or not row.stage.is_archived]


def by_pipeline_phase(opportunities: OpportunityQuerySet) -> list[Row]:
    """A row for each stage that is the pipeline phase of an open opportunity: the stage entered last in any process.

    Sorted by process, the default one first, then by stage. Two queries.
    """
    groups = totals.groups(_open(opportunities), "pipeline_phase")
    known = Stage.objects.select_related("process").in_bulk(
        {group.active_stage for group in groups} | {group.by for group in groups}
    )
    stages = sorted(known.values(), key=_place)
    return [row for row in _rows(stages, groups, known) if row.count]


def processes(opportunities: OpportunityQuerySet) -> list[Process]:
    """The default process, and those of open opportunities, by name. One query."""
    active_stages = Stage.objects.filter(pk__in=_open(opportunities).values("active_stage"))
    found = Process.objects.filter(Q(is_default=True) | Q(pk__in=active_stages.values("process")))
    return sorted(found.order_by(), key=lambda process: process.place)


def total(rows: Iterable[Row]) -> Total:
    rows = list(rows)
    return Total(
        count=sum(row.count for row in rows),
        revenue=sum((row.revenue for row in rows), Decimal(0)),
        weighted=sum((row.weighted for row in rows), Decimal(0)),
        without_revenue=sum(row.without_revenue for row in rows),
    )


def _place(stage: Stage) -> tuple[Any, ...]:
    return stage.process.place, stage.order, stage.pk


def _open(opportunities: OpportunityQuerySet) -> OpportunityQuerySet:
    return each_once(opportunities).open()


def _rows(stages: Iterable[Stage], groups: list[Group], known: Mapping[int, Stage]) -> list[Row]:
    probabilities = {pk: stage.probability for pk, stage in known.items()}
    return [_row(stage, [group for group in groups if group.by == stage.pk], probabilities) for stage in stages]


def _row(stage: Stage, groups: list[Group], probabilities: Mapping[int, int]) -> Row:
    found = totals.total(groups, probabilities)
    return Row(stage, found.count, found.revenue, found.weighted, found.without_revenue)
