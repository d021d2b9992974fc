"""Rows of one table with a parent each, such as units and accounts."""

from django.db import connection, models

HIGHEST = 200
"""So many parents above each other are read. A circle, which only raw SQL can make, ends there, too."""

_ABOVE = """
    WITH RECURSIVE above(id, height) AS (
        SELECT parent_id, 1 FROM {table} WHERE id = %s AND parent_id IS NOT NULL
        UNION
        SELECT row_above.parent_id, above.height + 1
        FROM {table} row_above JOIN above ON row_above.id = above.id
        WHERE row_above.parent_id IS NOT NULL AND above.height < %s
    )
    SELECT id FROM above ORDER BY height
"""

_BELOW = """
    WITH RECURSIVE below(id) AS (
        SELECT id FROM {table} WHERE id = %s
        UNION
        SELECT row_below.id FROM {table} row_below JOIN below ON row_below.parent_id = below.id
    )
    SELECT id FROM below
"""


def above(model: type[models.Model], pk: int) -> list[int]:
    """The ids of the rows above this one, by the column `parent`, the nearest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE.format(table=connection.ops.quote_name(model._meta.db_table)), [pk, HIGHEST])
        return [row[0] for row in cursor.fetchall()]


def with_those_below(model: type[models.Model], pk: int) -> list[int]:
    """The ids of the row and of all rows below it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW.format(table=connection.ops.quote_name(model._meta.db_table)), [pk])
        return [row[0] for row in cursor.fetchall()]
