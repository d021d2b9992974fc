"""What a forecast adds up: open opportunities by forecast category, and what was won. Exact to the cent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, QuerySet, When

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals
from opportunities.pipeline.totals import StageGroup
from opportunities.reports import sql
from opportunities.reports.tables import Days

Category = Opportunity.ForecastCategory
COUNTED = (Category.COMMITTED, Category.BEST_CASE, Category.PIPELINE)
"""The categories of what is open and not omitted, in the order of the columns."""

_CENTS = totals.cents(
    Case(When(status=Opportunity.Status.WON, then=F("actual_revenue")), default=F("estimated_revenue"))
)

PLACE = "place"
_FOUND = "WITH found AS MATERIALIZED ({found}) "
_GROUPED = """
    SELECT '{by}', {by}, of_category, of_stage, of_probability, COUNT(*), COUNT(cents), SUM(cents)
    FROM found {some}
    GROUP BY {by}, of_category, of_stage, of_probability
"""


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


def by(
    opportunities: OpportunityQuerySet,
    won_in: Days,
    place: Any,
    others: Mapping[str, Any],
    shares: Mapping[int, int],
) -> dict[str, dict[int | None, Sums]]:
    """The sums of what is open, and of what was won in these days, by PLACE, an expression. One query.

    Those at a place from 0 on also by `others`: expressions by their names, with numbers as values.
    """
    each = totals.each_once(opportunities)
    won = each.filter(status=Opportunity.Status.WON, closed_on__range=(won_in.first, won_in.last))
    keys = {PLACE: place, **others}
    found = _columns(each.open(), keys).union(_columns(won, keys), all=True)
    parts = [_GROUPED.format(by=name, some="" if name == PLACE else f"WHERE {PLACE} >= 0") for name in (PLACE, *others)]
    sums: dict[str, dict[int | None, Sums]] = {name: defaultdict(lambda: Sums(shares)) for name in (PLACE, *others)}
    for name, key, category, stage, *figures in sql.rows(_FOUND + " UNION ALL ".join(parts), found):
        sums[name][key].groups[category].append(StageGroup(stage, stage, *figures))
    return {name: dict(each) for name, each in sums.items()}


def _columns(opportunities: OpportunityQuerySet, keys: Mapping[str, Any]) -> QuerySet[Any]:
    """The columns that `_GROUPED` names."""
    named = {"of_category": F("forecast_category"), "of_stage": F("active_stage"), "of_probability": F("probability")}
    columns = {**keys, **named, "cents": _CENTS}
    return opportunities.order_by().annotate(**columns).values_list(*columns)
