"""Queries that aggregate the rows of a queryset in ways for which Django has no words."""

from itertools import chain
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def rows(query: str, *found: "QuerySet[Any]", **parts: str) -> list[tuple[Any, ...]]:
    """The rows of the query, in which `{found}` is that of the queryset, of named columns; none if it finds nothing.

    Of several querysets, `{0}` is the first, `{1}` the second, in this order. Values come as the database has them: a
    day is a text on SQLite.
    """
    try:
        compiled = [each.query.sql_with_params() for each in found]
    except EmptyResultSet:
        return []
    texts, params = zip(*compiled, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(query.format(*texts, found=texts[0], **parts), list(chain.from_iterable(params)))
        return cursor.fetchall()
