"""The requests to managers that nobody has answered."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from opportunities import access
from opportunities.models import Opportunity
from salesflow.users.models import User

Request = TypeVar("Request", bound=Model)


def for_reader(requests: "QuerySet[Request]", reader: User) -> "QuerySet[Request]":
    """Those of these requests that wait, of opportunities that the reader may see, the oldest first. No query."""
    waiting = requests.filter(answered_at__isnull=True)
    if not access.sees_everything(reader):
        asked = Opportunity.objects.filter(pk__in=waiting.order_by().values("opportunity"))
        waiting = waiting.filter(opportunity__in=asked.visible_to(reader).values("pk"))
    return waiting.order_by("at", "pk")
