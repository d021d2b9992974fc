"""How opportunities ended: those closed in a period, won and lost, by any of their columns.

An opportunity that was reopened counts by its closing in force only: its own columns have that one.
"""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast

from opportunities.models import Closing, Debrief, Opportunity, OpportunityCompetitor
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import closing_conditions, conditions, totals
from opportunities.reports import numbers
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


@dataclass(frozen=True)
class Dimension:
    """What closed opportunities are counted by. `of` is the way from the counted rows to the opportunity."""

    name: str
    key: str | Case
    of: str = ""

    def counted(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The outcomes of each value as one row: the name, the value as text, and the columns of `Outcomes`."""
        won, lost = Q(**{f"{self.of}status": WON}), Q(**{f"{self.of}status": LOST})
        named = rows.order_by().annotate(
            dimension=Value(self.name, CharField()), key=Cast(self.key, CharField(max_length=200))
        )
        return named.values_list("dimension", "key").annotate(
            won=Count("pk", filter=won),
            lost=Count("pk", filter=lost),
            won_cents=Sum(totals.cents(f"{self.of}actual_revenue"), filter=won),
            lost_cents=Sum(totals.cents(f"{self.of}estimated_revenue"), filter=lost),
        )


def _band() -> Case:
    """The place of the size in BANDS."""
    *ends, unlimited, _none = range(len(BANDS))
    whens = [When(estimated_revenue__lte=BANDS[at].high, then=Value(at)) for at in ends]
    rest = When(estimated_revenue__isnull=False, then=Value(unlimited))
    return Case(*whens, rest, default=Value(len(BANDS) - 1), output_field=IntegerField())


DAY, REASON, STAGE = (
    Dimension("day", "closed_on"),
    Dimension("reason", "status_reason"),
    Dimension("stage", "active_stage"),
)
OWNER, INDUSTRY, BAND = (
    Dimension("owner", "owner"),
    Dimension("industry", "account__industry"),
    Dimension("band", _band()),
)
RIVAL = Dimension("rival", "competitor", of="opportunity__")
NO_RIVAL = Dimension("no_rival", "status")
LOST_TO = Dimension("lost_to", "competitor", of="opportunity__")


def outcomes(closed: OpportunityQuerySet) -> dict[Dimension, dict[str | None, Outcomes]]:
    """The outcomes by every dimension and its value, as a text. One query.

    By RIVAL, an opportunity counts for each competitor that is linked to it; NO_RIVAL has those without one.
    """
    within = Q(opportunity__in=closed.values("pk"))
    rows: dict[Dimension, QuerySet[Any]] = dict.fromkeys((DAY, REASON, STAGE, OWNER, INDUSTRY, BAND), closed)
    rows[RIVAL] = OpportunityCompetitor.objects.filter(within)
    rows[NO_RIVAL] = closed.matching(closing_conditions.has_no_competitor())
    rows[LOST_TO] = Closing.objects.filter(within, closing_conditions.IN_FORCE, outcome=LOST)
    first, *others = (dimension.counted(each) for dimension, each in rows.items())
    named = {dimension.name: dimension for dimension in rows}
    found: dict[Dimension, dict[str | None, Outcomes]] = {dimension: {} for dimension in rows}
    for name, key, won, lost, won_cents, lost_cents in first.union(*others, all=True):
        found[named[name]][key] = Outcomes(won, lost, int(won_cents or 0), int(lost_cents or 0))
    return found


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
