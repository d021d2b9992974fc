"""How opportunities ended: those closed in a period, won and lost, by any of their columns.

An opportunity that was reopened counts by its closing in force only: its own columns have that one.
"""

import datetime
import enum
import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from opportunities.models import Closing, Debrief, Opportunity, OpportunityCompetitor
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import closing_conditions, conditions, totals
from opportunities.reports import numbers, sql
from opportunities.reports.tables import Days, Filters

CENT = Decimal("0.01")
WON, LOST = Opportunity.Status.WON.value, Opportunity.Status.LOST.value


@dataclass(frozen=True)
class Outcomes:
    """How many were won and lost, with the actual revenue of the won and the estimated revenue of the lost, in cents.

    A lost opportunity without estimated revenue adds 0.
    """

    won: int = 0
    lost: int = 0
    won_cents: int = 0
    lost_cents: int = 0

    def __add__(self, other: "Outcomes") -> "Outcomes":
        return Outcomes(
            self.won + other.won,
            self.lost + other.lost,
            self.won_cents + other.won_cents,
            self.lost_cents + other.lost_cents,
        )

    @property
    def count(self) -> int:
        return self.won + self.lost

    @property
    def won_revenue(self) -> Decimal:
        return totals.amount(Decimal(self.won_cents))

    @property
    def lost_value(self) -> Decimal:
        return totals.amount(Decimal(self.lost_cents))

    @property
    def rate(self) -> Decimal | None:
        """Won of all closed, in percent."""
        return numbers.rate(self.won, self.count)

    @property
    def rate_by_value(self) -> Decimal | None:
        return numbers.rate(self.won_cents, self.won_cents + self.lost_cents)


NOTHING = Outcomes()


@dataclass(frozen=True)
class Band:
    """Opportunities of one size: estimated revenue from an amount to less than another; neither: not estimated."""

    low: Decimal | None
    below: Decimal | None

    @property
    def high(self) -> Decimal | None:
        """The largest amount of the band."""
        return None if self.below is None else self.below - CENT

    @property
    def filters(self) -> Filters:
        if self.low is None and self.below is None:
            return {"revenue": conditions.NONE}
        ends = {"revenue_from": self.low, "revenue_to": self.high}
        return {name: f"{end:f}" for name, end in ends.items() if end is not None}


def _bands(*starts: int) -> list[Band]:
    limits = [None, *map(Decimal, starts), None]
    return [*(Band(low, below) for low, below in itertools.pairwise(limits)), Band(None, None)]


BANDS = _bands(100_000, 500_000, 1_000_000, 5_000_000)
"""The sizes, the smallest first; the last is that of opportunities without estimated revenue."""


def in_period(opportunities: OpportunityQuerySet, period: Days) -> OpportunityQuerySet:
    """Those that were closed in the period, and are. Without joins, to be aggregated."""
    return totals.each_once(opportunities.matching(conditions.closed_between(period.first, period.last)))


class Dimension(enum.StrEnum):
    """What closed opportunities are counted by."""

    DAY = "day"
    REASON = "reason"
    STAGE = "stage"
    OWNER = "owner"
    INDUSTRY = "industry"
    BAND = "band"
    """The place in BANDS."""
    WITHOUT_RIVAL = "without_rival"
    """Those without competitor, by their status."""
    RIVAL = "rival"
    """An opportunity counts for each competitor that is linked to it."""
    LOST_TO = "lost_to"


_SOURCES = {
    Dimension.RIVAL: "closed JOIN {links} AS link ON link.opportunity_id = closed_deal",
    Dimension.LOST_TO: """closed JOIN {closings} AS closing ON closing.opportunity_id = closed_deal
        AND closing.reopened_at IS NULL AND closing.outcome = 'lost'""",
    Dimension.WITHOUT_RIVAL: """closed
        WHERE NOT EXISTS (SELECT 1 FROM {links} AS link WHERE link.opportunity_id = closed_deal)""",
}
_KEYS = {
    Dimension.RIVAL: "link.competitor_id",
    Dimension.LOST_TO: "closing.competitor_id",
    Dimension.WITHOUT_RIVAL: "closed_result",
}
_BY = """
    SELECT
        '{dimension}',
        CAST({key} AS VARCHAR(200)),
        COUNT(CASE WHEN closed_result = 'won' THEN 1 END),
        COUNT(CASE WHEN closed_result = 'lost' THEN 1 END),
        SUM(CASE WHEN closed_result = 'won' THEN closed_won_cents END),
        SUM(CASE WHEN closed_result = 'lost' THEN closed_lost_cents END)
    FROM {source}
    GROUP BY {key}
"""
_OUTCOMES = "WITH closed AS MATERIALIZED ({found}) " + " UNION ALL ".join(
    _BY.format(dimension=each, key=_KEYS.get(each, f"closed_{each}"), source=_SOURCES.get(each, "closed"))
    for each in Dimension
)


def outcomes(closed: OpportunityQuerySet) -> dict[Dimension, dict[str | None, Outcomes]]:
    """The outcomes by every dimension and its value, as a text. One query, which reads each opportunity once."""
    found: dict[Dimension, dict[str | None, Outcomes]] = {dimension: {} for dimension in Dimension}
    tables = {"links": OpportunityCompetitor._meta.db_table, "closings": Closing._meta.db_table}
    for name, key, won, lost, won_cents, lost_cents in sql.rows(_OUTCOMES, _columns(closed), **tables):
        found[Dimension(name)][key] = Outcomes(won, lost, int(won_cents or 0), int(lost_cents or 0))
    return found


def by_day(closed: OpportunityQuerySet) -> dict[datetime.date, Outcomes]:
    """The outcomes of each close date. One query."""
    won, lost = Q(status=WON), Q(status=LOST)
    grouped = (
        closed.order_by()
        .values_list("closed_on")
        .annotate(
            won=Count("pk", filter=won),
            lost=Count("pk", filter=lost),
            won_cents=totals.SumOfCents("actual_revenue", filter=won),
            lost_cents=totals.SumOfCents("estimated_revenue", filter=lost),
        )
    )
    return {
        day: Outcomes(number, others, int(won_cents or 0), int(lost_cents or 0))
        for day, number, others, won_cents, lost_cents in grouped
    }


def _columns(closed: OpportunityQuerySet) -> QuerySet[Any]:
    """The columns of the opportunities that `_OUTCOMES` names."""
    named: dict[str, Any] = {
        "deal": F("pk"),
        "result": F("status"),
        Dimension.DAY: F("closed_on"),
        Dimension.REASON: F("status_reason_id"),
        Dimension.STAGE: F("active_stage_id"),
        Dimension.OWNER: F("owner_id"),
        Dimension.INDUSTRY: F("account__industry"),
        Dimension.BAND: _band(),
        "won_cents": totals.cents("actual_revenue"),
        "lost_cents": totals.cents("estimated_revenue"),
    }
    columns = {f"closed_{name}": value for name, value in named.items()}
    return closed.order_by().annotate(**columns).values_list(*columns)


def _band() -> Case:
    """The place of the size in BANDS."""
    *ends, unlimited, _none = range(len(BANDS))
    whens = [When(estimated_revenue__lte=BANDS[at].high, then=Value(at)) for at in ends]
    rest = When(estimated_revenue__isnull=False, then=Value(unlimited))
    return Case(*whens, rest, default=Value(len(BANDS) - 1), output_field=IntegerField())


def total(outcomes: Iterable[Outcomes]) -> Outcomes:
    return sum(outcomes, NOTHING)


@dataclass(frozen=True)
class Debriefs:
    """What debriefs say: how many there are, how many say why, and how often each price gap, in percent, occurs."""

    count: int
    say_why: int
    gaps: dict[int, int]


def debriefs(closed: OpportunityQuerySet) -> dict[int, Debriefs]:
    """By the id of the status reason. One query, which groups by price gap."""
    filed = Debrief.objects.filter(opportunity__in=closed.values("pk")).order_by()
    grouped = filed.values_list("opportunity__status_reason", "price_gap").annotate(
        count=Count("pk"), say_why=Count("pk", filter=closing_conditions.says_why())
    )
    found: dict[int, Debriefs] = {}
    for reason, gap, count, say_why in grouped:
        known = found.get(reason, Debriefs(0, 0, {}))
        gaps = known.gaps if gap is None else {**known.gaps, gap: count}
        found[reason] = Debriefs(known.count + count, known.say_why + say_why, gaps)
    return found


def all_debriefs(found: Iterable[Debriefs]) -> Debriefs:
    """Those of several reasons together."""
    count, say_why, gaps = 0, 0, Counter[int]()
    for each in found:
        count, say_why = count + each.count, say_why + each.say_why
        gaps.update(each.gaps)
    return Debriefs(count, say_why, dict(gaps))
