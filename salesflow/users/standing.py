"""What a user is in the organisation: roles, units led, for whom the user acts, how many units there are. One query.

For each person who is away on the day and has the user as deputy, it reads the same.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection

_SQL = """
WITH RECURSIVE away (id, last_day) AS (
    SELECT person_id, MAX(last_day) FROM users_absence
    WHERE deputy_id = %(user)s AND first_day <= %(day)s AND last_day >= %(day)s
    GROUP BY person_id
), who (id) AS (
    SELECT CAST(%(user)s AS bigint)
    UNION
    SELECT id FROM away
), led (who, id) AS (
    SELECT who.id, unit.id FROM who JOIN users_unit unit ON unit.lead_id = who.id
    UNION
    SELECT led.who, below.id FROM users_unit below JOIN led ON below.parent_id = led.id
)
SELECT away.id, CAST(NULL AS varchar), CAST(NULL AS bigint), away.last_day, person.username, person.first_name,
    person.last_name, person.is_active, person.is_superuser, person.sees_all, person.unit_id
    FROM away JOIN users_user person ON person.id = away.id
UNION ALL
SELECT grouped.user_id, auth_group.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM auth_group
    JOIN users_user_groups grouped ON grouped.group_id = auth_group.id
    JOIN who ON who.id = grouped.user_id
UNION ALL
SELECT led.who, NULL, led.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM led
UNION ALL
SELECT NULL, NULL, COUNT(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM users_unit
"""
"""UNION, not UNION ALL, in the recursion: a circle, which only raw SQL can make, ends it."""

COLUMNS = ("username", "first_name", "last_name", "is_active", "is_superuser", "sees_all", "unit_id")
"""The columns of a person who is away, in the order of the query."""


@dataclass(frozen=True)
class Away:
    """A person who is away on the day, and has the user as deputy."""

    pk: int
    last_day: datetime.date
    values: dict[str, Any]
    """The person's columns, by name."""
    standing: "Standing"


@dataclass(frozen=True)
class Standing:
    roles: frozenset[str]
    """The names of the user's groups."""
    led_units: frozenset[int]
    """The ids of the units that the user leads, and of all units below these."""
    unit_count: int
    """How many units there are."""
    away: tuple[Away, ...] = ()
    """The people for whom the user acts on the day. Their own `away` is empty: a deputy's deputy acts for nobody."""

    @property
    def leads_most(self) -> bool:
        """Whether the user leads half of the units or more."""
        return 0 < self.unit_count <= 2 * len(self.led_units)


def of(user_id: int | None, *, day: datetime.date) -> Standing:
    """One query. A user who is not saved yet has no standing."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"user": user_id, "day": day})
        rows = cursor.fetchall()
    people = sorted((row for row in rows if row[3] is not None), key=lambda row: row[0])
    return _standing(user_id, rows, tuple(_away(row, rows) for row in people))


def _away(row: Any, rows: list[Any]) -> Away:
    values = dict(zip(COLUMNS, row[4:], strict=True))
    flags = {name: bool(values[name]) for name in ("is_active", "is_superuser", "sees_all")}
    return Away(row[0], _day(row[3]), values | flags, _standing(row[0], rows, ()))


def _standing(pk: int | None, rows: list[Any], away: tuple[Away, ...]) -> Standing:
    theirs = [row for row in rows if row[0] == pk and pk is not None]
    return Standing(
        roles=frozenset(row[1] for row in theirs if row[1] is not None),
        led_units=frozenset(row[2] for row in theirs if row[2] is not None),
        unit_count=next(row[2] for row in rows if row[0] is None),
        away=away,
    )


def _day(stored: datetime.date | str) -> datetime.date:
    """SQLite returns the text of a date to raw SQL."""
    return datetime.date.fromisoformat(stored) if isinstance(stored, str) else stored
