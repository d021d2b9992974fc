"""One opportunity of a demo: its people, its texts, and the time of each action."""

import datetime
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.demo.customers import NORWAY, short
from opportunities.editing import editing
from opportunities.models import Opportunity
from salesflow.users.models import User
from stages.models import Stage

DAY = datetime.timedelta(days=1)
FRIDAY = 4
SHARED_FROM = 500_000
A_COLLEAGUE_HELPS = 0.4


@dataclass(frozen=True)
class DemoEntry:
    """An entry of deals.json."""

    account: str
    topic: str
    owner: str
    scenario: str
    revenue: int
    need: str = ""
    solution: str = ""
    competitors: tuple[str, ...] = ()
    lost_to: str = ""
    lost_because: str = "canceled"  # the key of the reason, unless it was lost to a competitor
    why: str = ""

    @property
    def name(self) -> str:
        return f"{short(self.account)} – {self.topic}"


@dataclass
class DemoOpportunity:
    """An opportunity on its way through the stages. Its actions follow one another, each at `at`."""

    entry: DemoEntry
    owner: User
    colleague: User
    manager: User
    account: Account
    contacts: list[tuple[Contact, str]]
    """The contacts of the account, each with a role in the decision. The first is the contact of the opportunity."""
    competitors: dict[str, Competitor]
    stages: list[Stage]
    phrases: dict[str, Any]
    """The texts of texts.json, in the language of the customer."""
    today: datetime.date
    rng: random.Random
    ends_on: datetime.date = field(init=False)
    """The day of the decision, or the day on which it is expected."""
    at: datetime.datetime = field(init=False)
    opportunity: Opportunity = field(init=False)

    def edit(self) -> AbstractContextManager[Opportunity]:
        is_last = self.position == len(self.stages) - 1
        by = self.colleague if self.is_shared and is_last and self.rng.random() < A_COLLEAGUE_HELPS else self.owner
        return editing(self.opportunity, by=by, at=self.at)

    @property
    def is_shared(self) -> bool:
        """Two people work on a large opportunity, from the stage that asks for the sales team."""
        return self.entry.revenue >= SHARED_FROM

    @property
    def position(self) -> int:
        """Index of the stage that the opportunity is in."""
        return next(i for i, stage in enumerate(self.stages) if stage.pk == self.opportunity.active_stage_id)

    @property
    def stage(self) -> Stage:
        return self.stages[self.position]

    def phrase(self, about: str) -> str:
        return str(self.rng.choice(self.phrases[about]))

    def round_sum(self, least: float, most: float, to: int = 5_000) -> Decimal:
        """The revenue of the entry times a random factor, rounded to a multiple of `to`."""
        return Decimal(max(round(self.entry.revenue * self.rng.uniform(least, most) / to), 1) * to)


def language(account: Account) -> str:
    return "nb" if account.country == NORWAY else "en"


def moments(rng: random.Random, count: int, first: datetime.date, last: datetime.date) -> Iterator[datetime.datetime]:
    """Random moments from the first day to the last, in working hours, each later than the one before."""
    days = sorted([0, *(rng.randint(0, (last - first).days) for _ in range(count - 2)), (last - first).days][:count])
    previous = None
    for day in days:
        moment = _in_working_hours(rng, first + day * DAY)
        if previous and moment <= previous:
            moment = previous + datetime.timedelta(minutes=rng.randint(20, 90))
        yield moment
        previous = moment


def _in_working_hours(rng: random.Random, day: datetime.date) -> datetime.datetime:
    weekday = day - max(day.weekday() - FRIDAY, 0) * DAY
    time = datetime.time(rng.randint(8, 15), rng.randint(0, 59), rng.randint(0, 59))
    return datetime.datetime.combine(weekday, time, timezone.get_default_timezone())
