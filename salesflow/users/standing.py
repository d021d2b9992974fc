"""What a user is in the organisation: the roles, the units led, and whether there are units. One query."""

from dataclasses import dataclass

from django.db import connection

_SQL = """
WITH RECURSIVE led (id) AS (
    SELECT id FROM users_unit WHERE lead_id = %(user)s
    UNION
    SELECT below.id FROM users_unit below JOIN led ON below.parent_id = led.id
)
SELECT auth_group.name, NULL FROM auth_group
    JOIN users_user_groups ON users_user_groups.group_id = auth_group.id
    WHERE users_user_groups.user_id = %(user)s
UNION ALL
SELECT NULL, led.id FROM led
UNION ALL
SELECT NULL, NULL WHERE EXISTS (SELECT 1 FROM users_unit)
"""
"""UNION, not UNION ALL, in the recursion: a circle, which only raw SQL can make, ends it."""


@dataclass(frozen=True)
class Standing:
    roles: frozenset[str]
    """The names of the user's groups."""
    led_units: frozenset[int]
    """The ids of the units that the user leads, and of all units below these."""
    has_units: bool
    """Whether there is any unit."""


def of(user_id: int | None) -> Standing:
    """One query. A user who is not saved yet has no standing."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"user": user_id})
        rows = cursor.fetchall()
    return Standing(
        roles=frozenset(name for name, _unit in rows if name is not None),
        led_units=frozenset(unit for _name, unit in rows if unit is not None),
        has_units=(None, None) in rows,
    )
