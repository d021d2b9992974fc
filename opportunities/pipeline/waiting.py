"""The requests to managers that wait for an answer, the oldest of them first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Count, QuerySet, Value, Window

from opportunities.activities import unanswered
from salesflow.users.models import User

ROWS = 7

Request = TypeVar("Request")


@dataclass(frozen=True)
class Waiting(Generic[Request]):
    """The requests of one kind without an answer: how many there are, and the oldest of them."""

    count: int
    rows: list[Request]

    @property
    def shows_some(self) -> bool:
        return self.count > len(self.rows)


def oldest_of(requests: "QuerySet[Any]", reader: User) -> "Waiting[Any]":
    """The oldest of these requests that wait, of opportunities that the reader may see.

    One query, which also counts those that it does not read.
    """
    found = list(unanswered.for_reader(requests, reader).annotate(of_all=Window(Count("pk")))[:ROWS])
    return Waiting(found[0].of_all if found else 0, found)


def counts_of(kinds: "Sequence[QuerySet[Any]]", reader: User) -> list[int]:
    """How many requests of each kind wait, of opportunities that the reader may see. One query for all."""
    counts = [
        unanswered.for_reader(requests, reader)
        .order_by()
        .annotate(kind=Value(number))
        .values("kind")
        .annotate(count=Count("pk"))
        .values_list("kind", "count")
        for number, requests in enumerate(kinds)
    ]
    found = dict(counts[0].union(*counts[1:], all=True))
    return [found.get(number, 0) for number in range(len(kinds))]
