"""The requests to managers that wait for an answer, the oldest of them first."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Count, QuerySet, Window

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
