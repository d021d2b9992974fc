"""The funnel: open opportunities by stage, as data.

All functions count open opportunities, also those on hold, each once. An opportunity without estimated revenue adds 0
to the sums; `Row.without_revenue` is the number of them. Amounts are in the organisation's currency and exact to the
cent on every database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, Sum
from django.db.models.functions import Cast, Round

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from stages.models import Process, Stage

# In whole cents: SQLite stores amounts as floats, and the last digits of their sums would be wrong.
_CENTS = Cast(Round(F("estimated_revenue") * 100), BigIntegerField())


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


@dataclass(frozen=True)
class _Group:
    """The opportunities of one row with the same stage and the same probability of their own."""

    by: int
    active_stage: int
    probability: int | None
    count: int
    with_revenue: int
    cents: int | Decimal | None  # None when none has revenue


def by_stage(opportunities: OpportunityQuerySet, process: Process) -> list[Row]:
    """A row for each stage of the process, in order, with the open opportunities that are in it.

    Finished opportunities are in their last stage. Includes an archived stage while an opportunity is in it.
    Two queries.
    """
    stages = list(process.stages.order_by("order", "pk"))
    groups = _grouped(_each_once(opportunities).filter(active_stage__in=stages), "active_stage")
    rows = _rows(stages, groups, {stage.pk: stage for stage in stages})
    return [row for row in rows if row.count or not row.stage.is_archived]


def by_pipeline_phase(opportunities: OpportunityQuerySet) -> list[Row]:
    """A row for each stage that is the pipeline phase of an open opportunity: the stage entered last in any process.

    Sorted by process, the default one first, then by stage. Two queries.
    """
    groups = _grouped(_each_once(opportunities), "pipeline_phase")
    known = Stage.objects.select_related("process").in_bulk(
        {group.active_stage for group in groups} | {group.by for group in groups}
    )
    stages = sorted(known.values(), key=_place)
    return [row for row in _rows(stages, groups, known) if row.count]


def processes(opportunities: OpportunityQuerySet) -> list[Process]:
    """The default process, and those of open opportunities, by name. One query."""
    active_stages = Stage.objects.filter(pk__in=_each_once(opportunities).values("active_stage"))
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


def _each_once(opportunities: OpportunityQuerySet) -> OpportunityQuerySet:
    """The open opportunities, without joins, which would count an opportunity once for each joined row."""
    tables = [alias for alias, uses in opportunities.query.alias_refcount.items() if uses]  # a trimmed join has none
    is_plain = len(tables) < 2 and not opportunities.query.is_sliced
    each = opportunities if is_plain else Opportunity.objects.filter(pk__in=opportunities.values("pk"))
    return each.open().order_by()


def _grouped(opportunities: OpportunityQuerySet, by: str) -> list[_Group]:
    """Groups and sums the opportunities. One query, which reads only the index `open_by_stage`."""
    groups = opportunities.annotate(by=F(by)).values("by", "active_stage", "probability")
    counted = groups.annotate(count=Count("*"), with_revenue=Count("estimated_revenue"), cents=Sum(_CENTS))
    return [_Group(**group) for group in counted]


def _rows(stages: Iterable[Stage], groups: list[_Group], known: Mapping[int, Stage]) -> list[Row]:
    return [_row(stage, [group for group in groups if group.by == stage.pk], known) for stage in stages]


def _row(stage: Stage, groups: list[_Group], known: Mapping[int, Stage]) -> Row:
    cents = weighted = Decimal(0)
    for group in groups:
        default = known[group.active_stage].probability
        cents += group.cents or 0
        weighted += (group.cents or 0) * (default if group.probability is None else group.probability)
    return Row(
        stage=stage,
        count=sum(group.count for group in groups),
        revenue=_amount(cents),
        weighted=_amount(weighted / 100),
        without_revenue=sum(group.count - group.with_revenue for group in groups),
    )


def _amount(cents: Decimal) -> Decimal:
    return (cents / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
