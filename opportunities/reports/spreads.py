"""Medians and percentiles of times, from how many times are in which class.

The median of an even number of times is the mean of the two in the middle. A percentile is the time of the nearest
rank: of n times in order, the 90th percentile is the one at the place 0.9 n, rounded up.

The database does not put the times in order one by one, which takes longer than to read them. It counts them by class:
a class is a multiple of the twentieth of a day, or all times between two of them. The times of one class are the same
in days with one place and in days begun, so a figure is exact if its class is known.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from opportunities.reports import numbers

_DAY = 24 * 60 * 60 * 10**6  # in microseconds

CLASSES = """
    classes AS (
        SELECT
            spread_group,
            FLOOR(spread_time / {twentieth}) + CEILING(spread_time / {twentieth}) AS class,
            COUNT(*) AS count,
            MIN(spread_time) AS shortest,
            MAX(spread_time) AS longest
        FROM times
        GROUP BY 1, 2
    ),
    placed AS (
        SELECT
            *,
            CAST(SUM(count) OVER (PARTITION BY spread_group ORDER BY class) AS bigint) AS last,
            CAST(SUM(count) OVER (PARTITION BY spread_group) AS bigint) AS number
        FROM classes
    ),
    spreads AS (
        SELECT spread_group, number, last - count + 1 AS first, last, shortest, longest
        FROM placed
        WHERE (number + 1) / 2 BETWEEN last - count + 1 AND last
            OR number / 2 + 1 BETWEEN last - count + 1 AND last
            OR (number * 75 + 99) / 100 BETWEEN last - count + 1 AND last
            OR (number * 90 + 99) / 100 BETWEEN last - count + 1 AND last
    )
""".replace("{twentieth}", str(_DAY // 20))
"""Parts of a WITH: `spreads`, from rows of `times`, which are a `spread_group` and a `spread_time` in microseconds."""


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


def of_rows(rows: Iterable[tuple[Any, ...]]) -> dict[int, Spread]:
    """By their group, from rows of `spreads`."""
    found: dict[int, tuple[int, list[TimeClass]]] = {}
    for group, number, first, last, shortest, longest in rows:
        times = (datetime.timedelta(microseconds=each) for each in (shortest, longest))
        found.setdefault(group, (number, []))[1].append(TimeClass(first, last, *times))
    return {group: Spread(number, classes) for group, (number, classes) in found.items()}
