"""Queries that aggregate the rows of a queryset in ways for which Django has no words."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def rows(query: str, found: "QuerySet[Any]", **parts: str) -> list[tuple[Any, ...]]:
    """The rows of the query, in which `{found}` is that of the queryset, of named columns; none if it finds nothing.

    Values come as the database has them: a day is a text on SQLite.
    """
    try:
        sql, params = found.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query.format(found=sql, **parts), params)
        return cursor.fetchall()
