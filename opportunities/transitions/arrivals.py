"""What a file says about one opportunity that is to be imported, and whether its moments can be true."""

import datetime
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from opportunities.customers.models import Competitor, Contact
from opportunities.models import TeamMember
from opportunities.transitions.closing import LostAnswers, WonAnswers, organisation_date, refuse_future
from opportunities.transitions.refusals import EntryMissing
from salesflow.users.models import User
from stages.models import Process, Stage

NOON = datetime.time(12)
EARLIEST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class PastVisit:
    """A stage that the opportunity entered at a moment, with its estimates of then. None: as they were before."""

    stage: Stage
    entered_at: datetime.datetime
    estimated_revenue: Decimal | None = None
    close_date: datetime.date | None = None

    @property
    def entries(self) -> dict[str, Any]:
        said = {"estimated_revenue": self.estimated_revenue, "estimated_close_date": self.close_date}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class ArrivingStakeholder:
    """A contact who has a say, and the roles. Without a role: Stakeholder."""

    contact: Contact
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class ArrivingMember:
    """A person of the sales team, with a role of `TeamMember.Role`."""

    user: User
    role: str = TeamMember.Role.ACCOUNT_MANAGER


@dataclass(frozen=True)
class Arrival:
    """One opportunity as a file describes it. The moments are aware; `moment_of` makes one of a day.

    `entries` has the fields that people fill in, ticks included, by name. `stage` is where it is, or where it was
    closed; None: in the first stage. Without `process` it is in the one for new opportunities. Its `visits` are in any
    order. `closing` has the answers with which it was closed; `closing.closed_on` is the day.
    """

    name: str
    owner: User
    created_at: datetime.datetime
    process: Process | None = None
    entries: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage | None = None
    stage_entered_at: datetime.datetime | None = None
    visits: tuple[PastVisit, ...] = ()
    closing: WonAnswers | LostAnswers | None = None
    stakeholders: tuple[ArrivingStakeholder, ...] = ()
    competitors: tuple[Competitor, ...] = ()
    team: tuple[ArrivingMember, ...] = ()
    next_step: str = ""
    next_step_due: datetime.date | None = None
    note: str = ""

    @property
    def way(self) -> list[PastVisit]:
        """The stages that it entered after its creation, in order. The last one is the stage where it is."""
        way = sorted(self.visits, key=lambda visit: visit.entered_at)
        if self.stage is not None and (not way or way[-1].stage != self.stage):
            last = way[-1].entered_at if way else self.created_at
            way.append(PastVisit(self.stage, self.stage_entered_at or last))
        return way

    @property
    def first_entries(self) -> dict[str, Any]:
        """The entries at its creation: the estimates are those of its first visit."""
        return {**self.entries, **(self.way[0].entries if self.visits else {})}


def moment_of(day: datetime.date, *, at: datetime.datetime) -> datetime.datetime:
    """Noon of that day for the organisation; for today the moment `at`, if that is earlier."""
    noon = datetime.datetime.combine(day, NOON, tzinfo=timezone.get_default_timezone())
    return min(noon, at) if day == organisation_date(at) else noon


def closing_moment(arrival: Arrival, *, at: datetime.datetime) -> datetime.datetime:
    """When it was closed: on the day of the closing, after all that happened before."""
    assert arrival.closing is not None  # noqa: S101
    moments = [arrival.created_at, *(visit.entered_at for visit in arrival.way)]
    return max(moment_of(arrival.closing.closed_on, at=at), *moments)


def refuse_impossible_moments(arrival: Arrival, *, at: datetime.datetime) -> None:
    """Refuses moments in the future, before 1970, or in another order than created, entered, closed.

    Refusal: EntryMissing.
    """
    if arrival.created_at < EARLIEST:
        raise EntryMissing(_("It cannot have been created before 1970."), field="created_at")
    if arrival.created_at > at:
        raise EntryMissing(_("It cannot have been created in the future."), field="created_at")
    moments = [arrival.created_at, *(visit.entered_at for visit in arrival.way)]
    if any(moment > at for moment in moments):
        raise EntryMissing(_("It cannot have entered a stage in the future."), field="stage_entered_at")
    if moments[1:] and moments[1] < moments[0]:
        raise EntryMissing(_("It cannot have entered a stage before it was created."), field="stage_entered_at")
    if any(later < earlier for earlier, later in itertools.pairwise(moments)):
        raise EntryMissing(_("It cannot have entered its stage before the stages of its history."), field="stage")
    if arrival.closing is None:
        return
    refuse_future(arrival.closing.closed_on, at)
    if arrival.closing.closed_on < organisation_date(moments[-1]):
        sentence = _("It cannot have been closed before it entered its stage.")
        raise EntryMissing(sentence, field="closed_on")
