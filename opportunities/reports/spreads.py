"""Medians and percentiles of times, computed in the database, in one query for any number of rows.

The median of an even number of times is the mean of the two in the middle. A percentile is the time of the nearest
rank: of n times in order, the 90th percentile is the one at the place 0.9 n, rounded up.

The times are not put in order one by one, which takes longer than to read them. They are counted by class: the times
of one class are the same in days with one place and in days begun, so a figure is exact if its class is known. A class
is a multiple of the twentieth of a day, or all times between two of them.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, FloatField, Func, QuerySet

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.reports import numbers, sql

# A join, not IN: PostgreSQL does not know how many rows a condition on a WITH leaves. `>=` in place of `=`, because it
# supposes that an equation of two counts leaves hardly a row.
_SUMS = """
    WITH chosen AS MATERIALIZED ({0}),
    rows_of_times AS ({1}),
    rows_of_less AS ({2}),
    whole AS (
        SELECT spread_group, spread_of, SUM(spread_time) AS spread_time
        FROM rows_of_times JOIN chosen ON chosen.pk = spread_of
        GROUP BY spread_of, spread_group
        HAVING COUNT(spread_time) >= COUNT(*)
    ),
    less AS (
        SELECT spread_group, spread_of, SUM(spread_time) AS spread_time
        FROM rows_of_less JOIN chosen ON chosen.pk = spread_of
        GROUP BY spread_of, spread_group
    ),
    times AS (
        SELECT whole.spread_group, ROUND(whole.spread_time - COALESCE(less.spread_time, 0)) AS spread_time
        FROM whole LEFT JOIN less ON less.spread_of = whole.spread_of AND less.spread_group = whole.spread_group
    ),
    classes AS (
        SELECT
            spread_group,
            FLOOR(spread_time / {twentieth}) + CEILING(spread_time / {twentieth}) AS class,
            COUNT(*) AS count,
            MIN(spread_time) AS low,
            MAX(spread_time) AS high
        FROM times
        GROUP BY 1, 2
    ),
    in_order AS (
        SELECT
            *,
            CAST(SUM(count) OVER (PARTITION BY spread_group ORDER BY class) AS bigint) AS last,
            CAST(SUM(count) OVER (PARTITION BY spread_group) AS bigint) AS number
        FROM classes
    )
    SELECT spread_group, number, last - count + 1, last, low, high
    FROM in_order
    WHERE (number + 1) / 2 BETWEEN last - count + 1 AND last
        OR number / 2 + 1 BETWEEN last - count + 1 AND last
        OR (number * 75 + 99) / 100 BETWEEN last - count + 1 AND last
        OR (number * 90 + 99) / 100 BETWEEN last - count + 1 AND last
"""
_DAY = 24 * 60 * 60 * 10**6  # in microseconds


@dataclass(frozen=True)
class TimeClass:
    """The times of one class: their places in the order, the first at place 1, the shortest and the longest."""

    first: int
    last: int
    shortest: datetime.timedelta
    longest: datetime.timedelta


@dataclass(frozen=True)
class Spread:
    """Some times in ascending order: how many, and the classes of those that figures need."""

    count: int
    classes: Sequence[TimeClass]

    @property
    def median(self) -> Decimal:
        """In days, with one place."""
        lower, upper = self._at((self.count + 1) // 2), self._at(self.count // 2 + 1)
        if lower is upper:
            return days(lower.shortest)
        return days(lower.longest + upper.shortest, of=2)

    def percentile(self, percent: int) -> datetime.timedelta:
        """75 or 90. The time is exact in days with one place, and in days begun."""
        return self._at(-(-self.count * percent // 100)).shortest

    def _at(self, place: int) -> TimeClass:
        return next(each for each in self.classes if each.first <= place <= each.last)


def days(time: datetime.timedelta, *, of: int = 1) -> Decimal:
    """A time in days, with one place, rounded half up; divided by `of` first, as for a mean."""
    exact = Decimal(time // datetime.timedelta(microseconds=1)) / of / _DAY
    return numbers.one_place(exact)


class Between(Func):
    """The microseconds from one moment to another, for `of_sums`."""

    output_field = FloatField()

    def __init__(self, earlier: str, later: str) -> None:
        super().__init__(F(later) - F(earlier))

    def as_sql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        return super().as_sql(compiler, connection, template="%(expressions)s")

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return super().as_sql(compiler, connection, template="(DATE_PART('epoch', %(expressions)s) * 1000000)")


@dataclass(frozen=True)
class Part:
    """Rows of a model with an opportunity, the group of a row, and its time."""

    rows: QuerySet[Any]
    group: Any
    time: Between

    @property
    def columns(self) -> QuerySet[Any]:
        columns = {"spread_group": self.group, "spread_of": F("opportunity"), "spread_time": self.time}
        return self.rows.order_by().annotate(**columns).values_list(*columns)


def of_sums(opportunities: OpportunityQuerySet, whole: Part, less: Part) -> dict[int, Spread]:
    """The spread of sums, by group: of the times of the same group and opportunity, without those of `less`.

    A sum of which one time has no end yet is left out. Only rows of `opportunities`, which has no joins, are read.
    """
    query = _SUMS.replace("{twentieth}", f"{_DAY // 20}")
    return _spreads(sql.rows(query, opportunities.values("pk"), whole.columns, less.columns))


def _spreads(rows: Iterable[tuple[Any, ...]]) -> dict[int, Spread]:
    found: dict[int, tuple[int, list[TimeClass]]] = {}
    for group, number, first, last, low, high in rows:
        shortest, longest = (datetime.timedelta(microseconds=each) for each in (low, high))
        found.setdefault(group, (number, []))[1].append(TimeClass(first, last, shortest, longest))
    return {group: Spread(number, classes) for group, (number, classes) in found.items()}
