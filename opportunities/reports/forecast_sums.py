"""What a forecast adds up: open opportunities by forecast category, and what was won. Exact to the cent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, When

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals
from opportunities.pipeline.totals import StageGroup

Category = Opportunity.ForecastCategory
COUNTED = (Category.COMMITTED, Category.BEST_CASE, Category.PIPELINE)
"""The categories of what is open and not omitted, in the order of the columns."""

_CENTS = totals.cents(
    Case(When(status=Opportunity.Status.WON, then=F("actual_revenue")), default=F("estimated_revenue"))
)


@dataclass
class Sums:
    """The opportunities of one row: a month, a person, a unit, or several together."""

    shares: Mapping[int, int]
    """The probability of each stage in percent."""
    groups: dict[str, list[StageGroup]] = field(default_factory=lambda: defaultdict(list))
    """By forecast category."""

    @property
    def count(self) -> int:
        """How many are open and not omitted."""
        return sum(group.count for group in self._counted)

    @property
    def weighted(self) -> Decimal:
        return totals.total(self._counted, self.shares).weighted

    @property
    def won(self) -> Decimal:
        return self.revenue(Category.WON)

    @property
    def omitted(self) -> int:
        return sum(group.count for group in self.groups[Category.OMITTED])

    def revenue(self, category: str) -> Decimal:
        """The estimated revenue of what is open in this category; of what was won, the actual revenue."""
        return totals.total(self.groups[category], self.shares).revenue

    @property
    def _counted(self) -> list[StageGroup]:
        return [group for category in COUNTED for group in self.groups[category]]


def together(found: Iterable[Sums], shares: Mapping[int, int]) -> Sums:
    """Several rows as one. Weighted is rounded once."""
    sums = Sums(shares)
    for each in found:
        for category, groups in each.groups.items():
            sums.groups[category] += groups
    return sums


def by(opportunities: OpportunityQuerySet, key: Any, counts: Q, shares: Mapping[int, int]) -> dict[Any, Sums]:
    """The sums of those that `counts` selects among what is open or won, by the values of an expression. One query."""
    found = totals.each_once(opportunities).filter(counts).annotate(key=key)
    grouped = found.values("key", "forecast_category", "active_stage", "probability").order_by()
    rows: Any = grouped.annotate(count=Count("*"), with_revenue=Count("estimated_revenue"), cents=Sum(_CENTS))
    sums: dict[Any, Sums] = defaultdict(lambda: Sums(shares))
    for row in rows:
        figures = {name: row[name] for name in ("active_stage", "probability", "count", "with_revenue", "cents")}
        sums[row["key"]].groups[row["forecast_category"]].append(StageGroup(by=row["active_stage"], **figures))
    return dict(sums)
