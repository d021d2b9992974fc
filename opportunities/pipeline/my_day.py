"""My day: what the user's own open opportunities need today."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, F
from django.db.models.expressions import OrderBy

from opportunities.models import CloseRequest, Opportunity, WaiverRequest
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.conditions import NOTHING_PLANNED, OVERDUE, READY, THIS_MONTH, TODAY, of_section_filter
from opportunities.transitions import may_answer, organisation_date
from salesflow.users.models import User

ROWS = 7
LONG_TEXTS = ("description", "customer_need", "proposed_solution")

FILTERS: dict[str, tuple[str, str]] = {
    "overdue": ("due", OVERDUE),
    "today": ("due", TODAY),
    "ready": ("ready", READY),
    "closing": ("closing", THIS_MONTH),
    "unplanned": ("due", NOTHING_PLANNED),
}
"""The filter of the list, and its value, that shows the same opportunities as a section."""

_ORDERS: dict[str, OrderBy] = {
    "overdue": F("next_step_due").asc(),
    "today": F("estimated_revenue").desc(nulls_last=True),
    "ready": F("estimated_revenue").desc(nulls_last=True),
    "closing": F("estimated_close_date").asc(),
    "unplanned": F("estimated_revenue").desc(nulls_last=True),
}


@dataclass(frozen=True)
class Line:
    """One opportunity of a section."""

    opportunity: Opportunity
    at: datetime.datetime
    today: datetime.date

    @property
    def days_late(self) -> int:
        """Days since its next step was due; 0 if it is not overdue."""
        due = self.opportunity.next_step_due
        return max((self.today - due).days, 0) if due else 0

    @property
    def days_in_stage(self) -> int:
        return self.opportunity.days_in_stage(self.at)


@dataclass(frozen=True)
class Section:
    """A section of the day: how many opportunities it has, and the first of them."""

    name: str  # a key of FILTERS
    count: int
    lines: list[Line]

    @property
    def shows_some(self) -> bool:
        """Whether there are more opportunities than lines."""
        return self.count > len(self.lines)

    @property
    def is_late(self) -> bool:
        return self.name == "overdue"

    @property
    def is_of_next_steps(self) -> bool:
        return self.name in ("overdue", "today")


@dataclass(frozen=True)
class CloseRequests:
    """The requests to close without an answer: how many there are, and the oldest of them."""

    count: int
    requests: list[CloseRequest]

    @property
    def shows_some(self) -> bool:
        return self.count > len(self.requests)


@dataclass(frozen=True)
class WaiverRequests:
    """The requests to waive a step without an answer: how many there are, and the oldest of them."""

    count: int
    requests: list[WaiverRequest]

    @property
    def shows_some(self) -> bool:
        return self.count > len(self.requests)


@dataclass(frozen=True)
class Day:
    """The sections in order, also empty ones. `open` is the number of open opportunities.

    `requests` is None for a user who may not answer requests.
    """

    today: datetime.date
    open: int
    sections: list[Section]
    requests: CloseRequests | None

    @property
    def is_clear(self) -> bool:
        return not any(section.count for section in self.sections) and not (self.requests and self.requests.count)


def of(user: User, *, at: datetime.datetime) -> Day:
    """The day of a user. One query for the counts and one for each section."""
    today = organisation_date(at)
    own = Opportunity.objects.open().filter(owner=user)
    conditions = {section: of_section_filter(name, value, today) for section, (name, value) in FILTERS.items()}
    counts = own.aggregate(open=Count("pk"), **{name: Count("pk", filter=which) for name, which in conditions.items()})
    sections = [Section(name, counts[name], _lines(own.filter(which), name, at)) for name, which in conditions.items()]
    return Day(today, counts["open"], sections, close_requests_for(user))


def close_requests_for(user: User) -> CloseRequests | None:
    """The requests that this user may answer; None if they may answer none. Two queries."""
    if not may_answer(user):
        return None
    waiting = CloseRequest.objects.filter(answered_at__isnull=True)
    oldest = waiting.select_related("by", "opportunity__active_stage").order_by("at", "pk")
    return CloseRequests(waiting.count(), list(oldest[:ROWS]))


def waiver_requests_for(user: User) -> WaiverRequests | None:
    """The requests to waive a step that this user may answer; None if they may answer none. At most two queries."""
    if not may_answer(user):
        return None
    waiting = WaiverRequest.objects.filter(answered_at__isnull=True)
    oldest = waiting.select_related("by", "step", "opportunity").order_by("at", "pk")[: ROWS + 1]
    requests = list(oldest)
    return WaiverRequests(waiting.count() if len(requests) > ROWS else len(requests), requests[:ROWS])


def _lines(found: OpportunityQuerySet, name: str, at: datetime.datetime) -> list[Line]:
    first = found.select_related("account", "active_stage").defer(*LONG_TEXTS).order_by(_ORDERS[name], "pk")[:ROWS]
    return [Line(opportunity, at, organisation_date(at)) for opportunity in first]
