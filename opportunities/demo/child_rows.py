"""Inserts copies of child rows fast: `COPY` on PostgreSQL, one prepared statement for all rows on SQLite.

Django prepares each value of each row anew. Of a copy most values are those of its original, which are prepared once.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

Values = list[Any]


class CopiedChildRows:
    """Gives the copies their ids, after the highest of each table."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[type[models.Model], int], Values] = {}
        self._next: dict[type[models.Model], Any] = {}

    def insert(
        self, model: type[models.Model], originals: Sequence[Any], differing: Sequence[Mapping[str, Any]]
    ) -> list[int]:
        """Inserts a copy of each original, with these other values by column. Returns the ids of the copies."""
        columns = model._meta.concrete_fields
        places = {column.attname: place for place, column in enumerate(columns)}
        copies, pks = [], []
        for row, values in zip(originals, differing, strict=True):
            copy = list(self._of(model, row))
            for name, value in values.items():
                copy[places[name]] = columns[places[name]].get_db_prep_save(value, connection)
            if not columns[places[model._meta.pk.attname]].is_relation:
                copy[places[model._meta.pk.attname]] = next(self._ids(model))
            copies.append(copy)
            pks.append(copy[places[model._meta.pk.attname]])
        _insert(model, copies)
        return pks

    def leave_off(self) -> None:
        """Lets the tables go on with the next id by themselves."""
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self._next)):
                cursor.execute(statement)

    def _of(self, model: type[models.Model], row: Any) -> Values:
        """The values of the original as the database takes them."""
        if (model, row.pk) not in self._prepared:
            columns = model._meta.concrete_fields
            values = [column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns]
            self._prepared[model, row.pk] = values
        return self._prepared[model, row.pk]

    def _ids(self, model: type[models.Model]) -> Any:
        if model not in self._next:
            highest = model._base_manager.aggregate(highest=models.Max("pk"))["highest"] or 0
            self._next[model] = count(highest + 1)
        return self._next[model]


def _insert(model: type[models.Model], rows: Sequence[Values]) -> None:
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(str(column.column)) for column in model._meta.concrete_fields)
    table = quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(model._meta.concrete_fields))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608 -- names of columns
