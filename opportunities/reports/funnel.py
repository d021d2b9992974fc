"""What is in the pipeline: open opportunities by stage, as data.

Everything here counts open opportunities (on hold, too), each once. An opportunity without estimated revenue counts
as 0 in the sums, and `Row.without_revenue` says how many such there are. Amounts are in the organisation's currency,
exact to the cent on every database.
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

# In whole cents: SQLite keeps amounts as floats, and their sums would be off in the last digits.
_CENTS = Cast(Round(F("estimated_revenue") * 100), BigIntegerField())


@dataclass(frozen=True)
class Row:
    """One stage and the open opportunities in it."""

    stage: Stage
    count: int
    revenue: Decimal
    weighted: Decimal  # each revenue times the opportunity's probability, or else that of its stage
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
    """Opportunities of one row that have the same default and the same own probability."""

    by: int
    active_stage: int
    probability: int | None
    count: int
    with_revenue: int
    cents: int | Decimal | None  # None when none has revenue


def by_stage(opportunities: OpportunityQuerySet, process: Process) -> list[Row]:
    """A row for each stage of the process, in order: open opportunities whose primary process it is, where they stand.

    Finished ones are in their last stage. Archived stages are included while an opportunity is in them. Two queries.
    """
    stages = list(process.stages.order_by("order", "pk"))
    groups = _grouped(_each_once(opportunities).filter(active_stage__in=stages), "active_stage")
    rows = _rows(stages, groups, {stage.pk: stage for stage in stages})
    return [row for row in rows if row.count or not row.stage.is_archived]


def by_pipeline_phase(opportunities: OpportunityQuerySet) -> list[Row]:
    """A row for each stage that is some open opportunity's pipeline phase: the one entered last in any process.

    In the order of the processes, the default one first, then of their stages. Two queries.
    """
    groups = _grouped(_each_once(opportunities), "pipeline_phase")
    known = Stage.objects.select_related("process").in_bulk(
        {group.active_stage for group in groups} | {group.by for group in groups}
    )
    stages = sorted(known.values(), key=_place)
    return [row for row in _rows(stages, groups, known) if row.count]


def processes(opportunities: OpportunityQuerySet) -> list[Process]:
    """The default process, and those that open opportunities are led through, by name. One query."""
    stood_in = Stage.objects.filter(pk__in=_each_once(opportunities).values("active_stage"))
    found = Process.objects.filter(Q(is_default=True) | Q(pk__in=stood_in.values("process")))
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
    """The open ones, without joins: those would count an opportunity once for each row that is joined."""
    tables = [alias for alias, uses in opportunities.query.alias_refcount.items() if uses]  # a trimmed join has none
    is_plain = len(tables) < 2 and not opportunities.query.is_sliced
    each = opportunities if is_plain else Opportunity.objects.filter(pk__in=opportunities.values("pk"))
    return each.open().order_by()


def _grouped(opportunities: OpportunityQuerySet, by: str) -> list[_Group]:
    """One query, which the index `open_by_stage` answers alone."""
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
