"""The requests to waive a step that wait for an answer, as My day of a manager shows them."""

from dataclasses import dataclass

from opportunities import access
from opportunities.models import WaiverRequest
from salesflow.users.models import User

ROWS = 7


@dataclass(frozen=True)
class WaiverRequests:
    """The requests to waive a step without an answer: how many there are, and the oldest of them."""

    count: int
    requests: list[WaiverRequest]

    @property
    def shows_some(self) -> bool:
        return self.count > len(self.requests)


def waiver_requests_for(user: User) -> WaiverRequests | None:
    """The requests to waive a step that this user may answer; None if they may answer none. At most two queries."""
    if not access.may_waive(user):
        return None
    waiting = WaiverRequest.objects.filter(answered_at__isnull=True)
    oldest = waiting.select_related("by", "step", "opportunity").order_by("at", "pk")[: ROWS + 1]
    requests = list(oldest)
    return WaiverRequests(waiting.count() if len(requests) > ROWS else len(requests), requests[:ROWS])
