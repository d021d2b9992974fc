"""What a user is in the organisation: the roles, the units led, and how many units there are. One query."""

from dataclasses import dataclass

from django.db import connection

_SQL = """
WITH RECURSIVE led (id) AS (
    SELECT id FROM users_unit WHERE lead_id = %(user)s
    UNION
    SELECT below.id FROM users_unit below JOIN led ON below.parent_id = led.id
)
SELECT 'role', auth_group.name, NULL FROM auth_group
    JOIN users_user_groups ON users_user_groups.group_id = auth_group.id
    WHERE users_user_groups.user_id = %(user)s
UNION ALL
SELECT 'led', NULL, led.id FROM led
UNION ALL
SELECT 'units', NULL, COUNT(*) FROM users_unit
"""
"""UNION, not UNION ALL, in the recursion: a circle, which only raw SQL can make, ends it."""


@dataclass(frozen=True)
class Standing:
    roles: frozenset[str]
    """The names of the user's groups."""
    led_units: frozenset[int]
    """The ids of the units that the user leads, and of all units below these."""
    unit_count: int
    """How many units there are."""

    @property
    def leads_most(self) -> bool:
        """Whether the user leads half of the units or more."""
        return 0 < self.unit_count <= 2 * len(self.led_units)


def of(user_id: int | None) -> Standing:
    """One query. A user who is not saved yet has no standing."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"user": user_id})
        rows = cursor.fetchall()
    return Standing(
        roles=frozenset(name for what, name, _number in rows if what == "role"),
        led_units=frozenset(number for what, _name, number in rows if what == "led"),
        unit_count=next(number for what, _name, number in rows if what == "units"),
    )
