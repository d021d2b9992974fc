"""The requests to managers that nobody has answered."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from opportunities import access
from salesflow.users.models import User

Request = TypeVar("Request", bound=Model)


def for_reader(requests: "QuerySet[Request]", reader: User) -> "QuerySet[Request]":
    """Those of these requests that wait, of opportunities that the reader may see, the oldest first. No query."""
    return access.of_visible(waiting(requests), reader).order_by("at", "pk")


def waiting(requests: "QuerySet[Request]") -> "QuerySet[Request]":
    return requests.filter(answered_at__isnull=True)
