"""Why rows of an import are refused or left out, each reason with the number of its rows."""

import functools
import operator
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.fields.json import KT

from opportunities.imports import outcomes, sentences
from opportunities.models import ImportRow

MOST_OF_A_ROW = 3
"""Problems of a row that are counted."""

MOST_ROWS = 10_000
"""Rows of which the reasons are counted: the first ones. The problems of a row are read one by one."""

MOST_COMBINATIONS = 500
"""Combinations of reasons that rows have. The rows of others are not counted."""


@dataclass(frozen=True)
class RefusalCount:
    """A kind of problem of a column, and how many rows have it. `column` is a heading, or empty."""

    code: str
    column: str
    count: int
    sentence: str
    is_example: bool
    """Whether the sentence is that of one of the rows: others may have another one."""


Key = tuple[str, str]
"""The code and the column."""


@dataclass(frozen=True)
class RefusalCounts:
    """The most frequent reasons of some rows. A row may have several."""

    found: list[RefusalCount]
    others: int
    """How many reasons there are besides."""
    is_of_all: bool
    """Whether they are counted of all rows, or only of the first `MOST_ROWS`."""


def of_rows(rows: QuerySet[ImportRow], count: int, most: int) -> RefusalCounts:
    """The reasons of these rows, of which there are `count`. At most three queries."""
    counts, examples = Counter[Key](), dict[Key, int]()
    for keys, number, first in _combinations(_first(rows, count)):
        for key in keys:
            counts[key] += number
            examples[key] = min(first, examples.get(key, first))
    found = counts.most_common(most)
    example_rows = rows.in_bulk({examples[key] for key, _count in found if not sentences.of_many(key[0])})
    listed = [_reason(key, number, example_rows.get(examples[key])) for key, number in found]
    return RefusalCounts(listed, len(counts) - len(found), count <= MOST_ROWS)


def _first(rows: QuerySet[ImportRow], count: int) -> QuerySet[ImportRow]:
    """The rows that are looked at. One query if there are more."""
    if count <= MOST_ROWS:
        return rows
    last = rows.order_by("pk").values_list("pk", flat=True)[MOST_ROWS - 1]
    return rows.filter(pk__lte=last)


def _combinations(rows: QuerySet[ImportRow]) -> list[tuple[set[Key], int, int]]:
    """The reasons that rows have together, the number of those rows, and the first of them."""
    names = [(f"code{place}", f"column{place}") for place in range(MOST_OF_A_ROW)]
    columns = {
        each: KT(f"problems__{place}__{kind}")
        for place, pair in enumerate(names)
        for each, kind in zip(pair, ("code", "column"), strict=True)
    }
    grouped = rows.order_by().annotate(**columns).values(*columns).annotate(count=Count("pk"), first=Min("pk"))
    return [
        ({(row[code], row[column]) for code, column in names if row[code]}, row["count"], row["first"])
        for row in grouped.order_by("-count", "first")[:MOST_COMBINATIONS]
    ]


def _reason(key: Key, count: int, example: ImportRow | None) -> RefusalCount:
    code, column = key
    said = sentences.of_many(code) or _said(example, key)
    return RefusalCount(code, column, count, said, is_example=not sentences.of_many(code))


def _said(row: ImportRow | None, key: Key) -> str:
    found = outcomes.problems(row) if row else []
    return next((each.sentence for each in found if (each.code, each.column) == key), "")


def only(rows: QuerySet[ImportRow], count: int, code: str, column: str) -> QuerySet[ImportRow]:
    """Those of the rows with this reason, of which there are `count`. At most one query."""
    places = range(MOST_OF_A_ROW)
    has = [Q(**{f"problems__{each}__code": code, f"problems__{each}__column": column}) for each in places]
    return _first(rows, count).filter(functools.reduce(operator.or_, has))
