"""Copies the rows that reports read, so that a million opportunities take minutes and not hours. PostgreSQL only.

`TIMES=10` makes each opportunity of `tests.bench.data` ten. A copy has the same owner, stages and days as the original,
but no name, history or other child rows, besides what reports read.
"""

import os
from collections.abc import Iterable
from typing import Any

TIMES = int(os.environ.get("TIMES", "1"))

_OF_THE_BRIDGE = " OR ".join(
    f'changes @> \'[{{"field": "{field}"}}]\'' for field in ("estimated_revenue", "estimated_close_date")
)
_OWN = {"found_by": "''", "sort_text": "''", "source_id": "NULL", "source_kind": "''"}
"""What a copy has instead of the value of the original: nothing where the index would be large."""


def multiply(times: int = TIMES) -> None:
    """Makes the copies, unless they are there."""
    from django.db import connection, transaction

    from opportunities.models import Opportunity

    made = Opportunity.objects.count()
    if times < 2 or made >= times * _originals():
        return
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL session_replication_role = replica")  # no foreign key is checked: all are copied
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        shift = max(_largest_id(cursor, model) for model in _models())
        for model in _models():
            print(f"  {model._meta.verbose_name_plural} × {times}", flush=True)
            _copy(cursor, model, shift, times)
    vacuum()


def vacuum() -> None:
    """As the database does by itself after a while: reads of an index alone need it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")


def _originals() -> int:
    from tests.bench import data

    return data.N


def _models() -> list[Any]:
    from opportunities import models

    return [
        *(models.Opportunity, models.ProcessInstance, models.StageVisit, models.Hold, models.Closing, models.Debrief),
        *(models.Waiver, models.WaiverRequest, models.CloseRequest, models.OpportunityCompetitor, models.TeamMember),
        models.Event,
    ]


def _largest_id(cursor: Any, model: Any) -> int:
    cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {model._meta.db_table}")
    return int(cursor.fetchone()[0])


def _copy(cursor: Any, model: Any, shift: int, times: int) -> None:
    """Shifts the ids of each copy. An index is made after the rows, which is faster than adding to it."""
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(_value(field) for field in model._meta.concrete_fields)
    some = f"WHERE {_OF_THE_BRIDGE}" if table.endswith("_event") else ""
    indexes = _indexes(cursor, table)
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM generate_series(1, {times - 1}) AS copy "
        f"CROSS JOIN (SELECT * FROM {table} {some} ORDER BY id) AS original".replace("{shift}", str(shift))
    )
    for _name, definition in indexes:
        cursor.execute(definition)


def _value(field: Any) -> str:
    if field.column in _OWN:
        return _OWN[field.column]
    is_copied = field.primary_key or field.related_model in _models()
    return f"{field.column} + copy * {{shift}}" if is_copied else field.column


def _indexes(cursor: Any, table: str) -> Iterable[tuple[str, str]]:
    """The name and the statement of each index that is not of a constraint."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        [table],
    )
    return cursor.fetchall()
