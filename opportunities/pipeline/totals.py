"""Counts and sums of opportunities, exact to the cent on every database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, Sum
from django.db.models.functions import Cast, Round

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet


def cents(amount: Any) -> Cast:
    """A column or an expression in whole cents: SQLite stores amounts as floats, and sums of floats are not exact."""
    return Cast(Round((F(amount) if isinstance(amount, str) else amount) * 100), BigIntegerField())


class SumOfCents(Sum):
    """The sum of a column of amounts in whole cents, None of nothing. PostgreSQL sums amounts exactly, in less time."""

    output_field = BigIntegerField()
    template = "%(function)s(%(distinct)sCAST(ROUND(%(expressions)s * 100) AS bigint))"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        plain = self.copy()
        plain.template = Sum.template
        query, params = super(SumOfCents, plain).as_sql(compiler, connection, **context)
        return f"({query} * 100)", params


@dataclass(frozen=True)
class StageGroup:
    """Opportunities of one stage with the same probability of their own."""

    by: int
    active_stage: int
    probability: int | None
    count: int
    with_revenue: int
    cents: int | Decimal | None  # None when none has revenue
    won_cents: int | Decimal | None = None  # of the actual revenue; None when none is won, or when it is not asked for

    def weighted(self, shares: Mapping[int, int]) -> Decimal:
        """In hundredths of a cent: the revenue times the probability in percent. `shares` has that of each stage."""
        return Decimal(self.cents or 0) * (shares[self.active_stage] if self.probability is None else self.probability)


@dataclass(frozen=True)
class Totals:
    """How many opportunities, what they are expected to bring, and how many have no estimated revenue.

    `weighted`: each revenue times the probability of the opportunity or, without one, of its stage. It is rounded once,
    half up.
    """

    count: int
    revenue: Decimal
    weighted: Decimal
    without_revenue: int
    won: Decimal | None = None
    """The actual revenue of those that are won, where it was asked for (`with_won`)."""


def each_once(opportunities: OpportunityQuerySet) -> OpportunityQuerySet:
    """The same opportunities without joins, which would count an opportunity once for each joined row."""
    tables = [alias for alias, uses in opportunities.query.alias_refcount.items() if uses]  # a trimmed join has none
    is_plain = len(tables) < 2 and not opportunities.query.is_sliced
    plain = opportunities if is_plain else Opportunity.objects.filter(pk__in=opportunities.values("pk"))
    return plain.order_by()


def groups(opportunities: OpportunityQuerySet, by: str = "active_stage", *, with_won: bool = False) -> list[StageGroup]:
    """One query. Of open opportunities without joins it reads only the index `open_by_stage`."""
    won = SumOfCents("actual_revenue", filter=Q(status=Opportunity.Status.WON))
    grouped = each_once(opportunities).annotate(by=F(by)).values("by", "active_stage", "probability")
    counted = grouped.annotate(
        count=Count("*"),
        with_revenue=Count("estimated_revenue"),
        cents=SumOfCents("estimated_revenue"),
        **({"won_cents": won} if with_won else {}),
    )
    return [StageGroup(**group) for group in counted]


def won_revenue(groups: Iterable[StageGroup]) -> Decimal:
    """The actual revenue of those that are won, of groups that have it."""
    return amount(Decimal(sum(group.won_cents or 0 for group in groups)))


def total(groups: Iterable[StageGroup], shares: Mapping[int, int]) -> Totals:
    """`shares` has the probability of each stage in percent, by its id."""
    groups = list(groups)
    return Totals(
        count=sum(group.count for group in groups),
        revenue=amount(Decimal(sum(group.cents or 0 for group in groups))),
        weighted=amount(sum((group.weighted(shares) for group in groups), Decimal(0)) / 100),
        without_revenue=sum(group.count - group.with_revenue for group in groups),
    )


def amount(hundredths: Decimal) -> Decimal:
    """An amount in hundredths, rounded to the cent, half up."""
    return (hundredths / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
