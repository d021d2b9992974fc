"""Sums of revenue, exact to the cent on every database. An opportunity without estimated revenue adds 0."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast, Round

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet

# In whole cents: SQLite stores amounts as floats, and the last digits of their sums would be wrong.
_CENTS = Cast(Round(F("estimated_revenue") * 100), BigIntegerField())


@dataclass(frozen=True)
class Group:
    """The opportunities with the same stage and the same probability of their own, and with the same value `by`."""

    by: int
    active_stage: int
    probability: int | None
    count: int
    with_revenue: int
    cents: int | Decimal | None  # None when none has revenue


@dataclass(frozen=True)
class Sums:
    """How many opportunities, and their revenue.

    `weighted`: each revenue times the probability of the opportunity or, without one, of its stage.
    """

    count: int
    revenue: Decimal
    weighted: Decimal
    without_revenue: int


def each_once(opportunities: OpportunityQuerySet) -> OpportunityQuerySet:
    """The opportunities without joins, which would count an opportunity once for each joined row."""
    tables = [alias for alias, uses in opportunities.query.alias_refcount.items() if uses]  # a trimmed join has none
    is_plain = len(tables) < 2 and not opportunities.query.is_sliced
    each = opportunities if is_plain else Opportunity.objects.filter(pk__in=opportunities.values("pk"))
    return each.order_by()


def grouped(opportunities: OpportunityQuerySet, by: str) -> list[Group]:
    """Groups and sums the opportunities. One query, which reads only the index `open_by_stage` if all are open."""
    groups = opportunities.order_by().annotate(by=F(by)).values("by", "active_stage", "probability")
    counted = groups.annotate(count=Count("*"), with_revenue=Count("estimated_revenue"), cents=Sum(_CENTS))
    return [Group(**group) for group in counted]


def sums(groups: Iterable[Group], probabilities: Mapping[int, int]) -> Sums:
    """The sums of these groups. `probabilities` has the probability of each stage, by its id."""
    count = without_revenue = 0
    cents = weighted = Decimal(0)
    for group in groups:
        share = probabilities[group.active_stage] if group.probability is None else group.probability
        count += group.count
        without_revenue += group.count - group.with_revenue
        cents += group.cents or 0
        weighted += (group.cents or 0) * share
    return Sums(count, _amount(cents), _amount(weighted / 100), without_revenue)


def _amount(cents: Decimal) -> Decimal:
    return (cents / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
