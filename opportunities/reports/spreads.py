"""Medians and percentiles of times, computed in the database, in one query for any number of rows.

The median of an even number of times is the mean of the two in the middle. A percentile is the time of the nearest
rank: of n times in order, the 90th percentile is the one at the place 0.9 n, rounded up.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, QuerySet

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.reports import numbers, sql

# A join, not IN: PostgreSQL does not know how many rows a condition on a WITH leaves.
_PART = "SELECT part.* FROM ({{{place}}}) AS part JOIN chosen ON chosen.pk = part.spread_of"
_SUMS = """
    WITH chosen AS MATERIALIZED ({{0}}),
    times AS (
        SELECT spread_group, SUM(spread_time) AS spread_time
        FROM ({parts}) AS parts
        GROUP BY spread_group, spread_of
        HAVING COUNT(*) = COUNT(spread_time)
    )
    SELECT spread_group, number, place, spread_time
    FROM (
        SELECT
            spread_group,
            spread_time,
            ROW_NUMBER() OVER (PARTITION BY spread_group ORDER BY spread_time) AS place,
            COUNT(*) OVER (PARTITION BY spread_group) AS number
        FROM times
    ) AS in_order
    WHERE place IN ((number + 1) / 2, number / 2 + 1, (number * 75 + 99) / 100, (number * 90 + 99) / 100, number)
"""
_MICROSECONDS = Decimal(24 * 60 * 60 * 10**6)  # of a day


@dataclass(frozen=True)
class Spread:
    """Some times in ascending order: how many, and those at the places that figures need, the first at place 1."""

    count: int
    at: Mapping[int, datetime.timedelta]

    @property
    def median(self) -> Decimal:
        """In days, with one place."""
        return days(self.at[(self.count + 1) // 2] + self.at[self.count // 2 + 1], of=2)

    def percentile(self, percent: int) -> datetime.timedelta:
        """75 or 90."""
        return self.at[-(-self.count * percent // 100)]


def days(time: datetime.timedelta, *, of: int = 1) -> Decimal:
    """A time in days, with one place, rounded half up; divided by `of` first, as for a mean."""
    exact = Decimal(time // datetime.timedelta(microseconds=1)) / of / _MICROSECONDS
    return numbers.one_place(exact)


def between(earlier: str, later: str) -> ExpressionWrapper[Any]:
    """The time from one moment to another, for `of_sums`."""
    return ExpressionWrapper(F(later) - F(earlier), output_field=DurationField())


def of_sums(opportunities: OpportunityQuerySet, *parts: tuple[QuerySet[Any], Any, Any]) -> dict[int, Spread]:
    """The spread of sums: of all times that have the same group and the same opportunity, unless one has no end yet.

    Each part has rows of a model with an opportunity, the group of a row, and its time, which may be negative. Only
    those of `opportunities`, which has no joins, are read. They are found once for all parts.
    """
    query = _SUMS.format(parts=" UNION ALL ".join(_PART.format(place=place) for place in range(1, len(parts) + 1)))
    times = [
        _columns(rows, spread_group=group, spread_of=F("opportunity"), spread_time=time) for rows, group, time in parts
    ]
    return _spreads(sql.rows(query, opportunities.values("pk"), *times))


def _columns(rows: QuerySet[Any], **columns: Any) -> QuerySet[Any]:
    return rows.order_by().annotate(**columns).values_list(*columns)


def _spreads(rows: Iterable[tuple[Any, ...]]) -> dict[int, Spread]:
    found: dict[int, tuple[int, dict[int, datetime.timedelta]]] = {}
    for group, number, place, time in rows:
        found.setdefault(group, (number, {}))[1][place] = _timedelta(time)
    return {group: Spread(number, at) for group, (number, at) in found.items()}


def _timedelta(time: Any) -> datetime.timedelta:
    """SQLite stores times in microseconds."""
    return time if isinstance(time, datetime.timedelta) else datetime.timedelta(microseconds=time)
