"""What a file says about one opportunity that is to be imported, and whether its moments can be true."""

import datetime
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from opportunities.customers.models import Competitor, Contact
from opportunities.models import Stakeholder, TeamMember
from opportunities.transitions.closing import LostAnswers, WonAnswers, organisation_date, refuse_future
from opportunities.transitions.past_acts import (
    CLOSES_OR_OPENS,
    PastAct,
    PastClosing,
    PastReopening,
    PastTask,
    PastTaskDone,
    PastVisit,
)
from opportunities.transitions.refusals import EntryMissing
from salesflow.users.models import User
from stages.models import Process, Stage

NOON = datetime.time(12)
EARLIEST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class ArrivingStakeholder:
    """A contact who has a say, and the roles. Without a role: Stakeholder."""

    contact: Contact
    roles: tuple[str, ...] = ()
    attitude: str = Stakeholder._meta.get_field("attitude").default
    influence: str = Stakeholder._meta.get_field("influence").default
    note: str = ""


@dataclass(frozen=True)
class ArrivingCompetitor:
    """A competitor, with the threat (`OpportunityCompetitor.Threat`) if it is known."""

    competitor: Competitor
    threat: str = ""
    note: str = ""


@dataclass(frozen=True)
class ArrivingMember:
    """A person of the sales team, with a role of `TeamMember.Role`."""

    user: User
    role: str = TeamMember.Role.ACCOUNT_MANAGER


@dataclass(frozen=True)
class Arrival:
    """One opportunity as a file describes it. The moments are aware; `moment_of` makes one of a day.

    `entries` has the fields that people fill in, ticks included, by name. `stage` is where it is, or where it was
    closed; None: in the first stage. Without `process` it is in the one for new opportunities. `past` is what happened
    to it, in any order; of one moment, in this one. `closing` has the answers with which it was closed;
    `closing.closed_on` is the day. If `past` ends with a closing, that one counts. `on_hold_because`: it is on hold
    since the import.
    """

    name: str
    owner: User
    created_at: datetime.datetime
    process: Process | None = None
    entries: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage | None = None
    stage_entered_at: datetime.datetime | None = None
    past: tuple[PastAct, ...] = ()
    closing: WonAnswers | LostAnswers | None = None
    on_hold_because: str = ""
    stakeholders: tuple[ArrivingStakeholder, ...] = ()
    competitors: tuple[ArrivingCompetitor, ...] = ()
    team: tuple[ArrivingMember, ...] = ()
    next_step: str = ""
    next_step_due: datetime.date | None = None
    note: str = ""

    @property
    def ticks(self) -> dict[str, Any]:
        """The entries that are ticks which are set. They may need evidence."""
        return {name: value for name, value in self.entries.items() if value is True}

    @property
    def way(self) -> list[PastVisit]:
        """The stages that it entered after its creation, in order. The last one is the stage where it is."""
        way = [act for act in self._in_order if isinstance(act, PastVisit)]
        is_told = any(isinstance(act, PastReopening) for act in self.past) or self.last_closing is not None
        if self.stage is not None and not is_told and (not way or way[-1].stage != self.stage):
            last = way[-1].at if way else self.created_at
            way.append(PastVisit(self.stage_entered_at or last, self.stage))
        return way

    @property
    def acts(self) -> list[PastAct]:
        """All that happened after its creation, in order, but for the closing that only `closing` tells."""
        known = self._in_order
        more: list[PastAct] = [visit for visit in self.way if visit not in known]
        more += [PastTaskDone(act.done_at, act) for act in known if isinstance(act, PastTask) and act.done_at]
        return sorted([*known, *more], key=_moment)

    @property
    def last_closing(self) -> PastClosing | None:
        """The closing with which its past ends, if it does."""
        last = next((act for act in reversed(self._in_order) if isinstance(act, CLOSES_OR_OPENS)), None)
        return last if isinstance(last, PastClosing) else None

    @property
    def is_closed(self) -> bool:
        return self.closing is not None or self.last_closing is not None

    @property
    def is_closed_in_its_past(self) -> bool:
        """Whether its past has a closing, also one that was undone."""
        return any(isinstance(act, CLOSES_OR_OPENS) for act in self.past)

    @property
    def first_entries(self) -> dict[str, Any]:
        """The entries at its creation: the estimates are those of its first visit."""
        has_visits = any(isinstance(act, PastVisit) for act in self.past)
        return {**self.entries, **(self.way[0].entries if has_visits else {})}

    @property
    def _in_order(self) -> list[PastAct]:
        return sorted(self.past, key=_moment)


def _moment(act: PastAct) -> datetime.datetime:
    return act.at


def moment_of(day: datetime.date, *, at: datetime.datetime) -> datetime.datetime:
    """Noon of that day for the organisation; for today the moment `at`, if that is earlier."""
    noon = datetime.datetime.combine(day, NOON, tzinfo=timezone.get_default_timezone())
    return min(noon, at) if day == organisation_date(at) else noon


def closing_moment(arrival: Arrival, *, at: datetime.datetime) -> datetime.datetime:
    """When it was closed: on the day of the closing, after all that happened before."""
    assert arrival.closing is not None  # noqa: S101
    moments = [arrival.created_at, *(act.at for act in arrival.acts)]
    return max(moment_of(arrival.closing.closed_on, at=at), *moments)


def refuse_impossible_moments(arrival: Arrival, *, at: datetime.datetime) -> None:
    """Refuses moments in the future, before 1970, or in another order than created, entered, closed.

    Refusal: EntryMissing.
    """
    if arrival.created_at < EARLIEST:
        raise EntryMissing(_("It cannot have been created before 1970."), field="created_at")
    if arrival.created_at > at:
        raise EntryMissing(_("It cannot have been created in the future."), field="created_at")
    moments = [arrival.created_at, *(visit.at for visit in arrival.way)]
    if any(moment > at for moment in moments):
        raise EntryMissing(_("It cannot have entered a stage in the future."), field="stage_entered_at")
    if moments[1:] and moments[1] < moments[0]:
        raise EntryMissing(_("It cannot have entered a stage before it was created."), field="stage_entered_at")
    if any(later < earlier for earlier, later in itertools.pairwise(moments)):
        raise EntryMissing(_("It cannot have entered its stage before the stages of its history."), field="stage")
    _refuse_impossible_past(arrival, at)
    _refuse_impossible_closing(arrival, moments[-1], at)


def _refuse_impossible_past(arrival: Arrival, at: datetime.datetime) -> None:
    """Of what is no visit of a stage."""
    moments = [act.at for act in arrival.past]
    moments += [act.done_at for act in arrival.past if isinstance(act, PastTask) and act.done_at]
    if any(moment < arrival.created_at for moment in moments):
        raise EntryMissing(_("Its history begins before it was created."), field="created_at")
    if any(moment > at for moment in moments):
        raise EntryMissing(_("Its history has moments in the future."), field="created_at")


def _refuse_impossible_closing(arrival: Arrival, last_entered: datetime.datetime, at: datetime.datetime) -> None:
    last = arrival.last_closing
    if last is not None and type(last.answers) is not type(arrival.closing):
        raise EntryMissing(_("Its history ends with another status than it has."), field="status")
    if arrival.closing is None or last is not None:
        return
    refuse_future(arrival.closing.closed_on, at)
    if arrival.closing.closed_on < organisation_date(last_entered):
        sentence = _("It cannot have been closed before it entered its stage.")
        raise EntryMissing(sentence, field="closed_on")
