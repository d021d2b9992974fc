"""What a timeline is made of: its sources, and one page of them by key.

Events are one source, mails (`mails.MailSource`) another; `page_of` merges sources by time.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import (
    Case,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from opportunities.activities.timeline import EventAct, TimelineLine, grouped, prepared
from opportunities.activities.topics import EVERYTHING, Topic
from opportunities.models import Event, Hold, LastLook, Opportunity, StageVisit
from salesflow.users.models import User

GROUPS_A_PAGE = 20
ACTS_READ = 60
"""The acts that are read for a page: more than the longest group has, so that each page has a complete one."""

Keys = tuple[int | None, ...]
"""Where a page begins: for each source the key after which it reads; None at the newest."""


class Source(Protocol):
    def read(self, *, before: int | None, most: int) -> Sequence[TimelineLine]:
        """The newest acts whose key is smaller than `before`, newest first. One query."""
        ...


@dataclass(frozen=True)
class EventSource:
    """The events of an opportunity. `copied_from` as in `timeline.entries`."""

    opportunity: Opportunity
    reader: User
    topic: Topic = EVERYTHING
    person: int | None = None
    copied_from: Opportunity | None = None

    def read(self, *, before: int | None, most: int) -> list[EventAct]:
        look = LastLook.objects.filter(user=self.reader, opportunity=self.opportunity.pk)
        seen = {f"last_{name}": Subquery(look.values(name)) for name in ("version", "seen_at")}
        events = self.topic.of(events_of(self.opportunity)).annotate(**seen)
        if self.person is not None:
            events = events.filter(by=self.person)
        if before is not None:
            events = events.filter(version__lt=before)
        return [self._act(event) for event in events[:most]]

    def _act(self, event: Event) -> EventAct:
        return EventAct(prepared(event, self.copied_from), self.topic, self.reader)


def events_of(opportunity: Opportunity) -> QuerySet[Event]:
    """The events that a timeline reads, newest first, each with the visit that it ended; not those of migrations."""
    ended = StageVisit.objects.filter(
        opportunity=OuterRef("opportunity"), stage=OuterRef("from_stage"), left_at=OuterRef("at")
    )
    spent = ExpressionWrapper(F("until_at") - F("from_at"), output_field=DurationField())
    held = Hold.objects.filter(
        opportunity=OuterRef("opportunity"), visit__stage=OuterRef("from_stage"), visit__left_at=OuterRef("at")
    )
    total = held.order_by().values("opportunity").annotate(total=Sum(spent)).values("total")
    events = opportunity.events.select_related("by", "from_stage", "to_stage").order_by("-version")
    by_people = events.exclude(kind=Event.Kind.CONVERTED)
    return by_people.annotate(entered_at=Subquery(ended.values("entered_at")[:1]), held=Subquery(total[:1]))


def people_of(opportunity: Opportunity, most: int, *, chosen: int | None) -> list[User]:
    """The people who changed the opportunity or sent a mail, by name; the chosen one first. One query."""
    wrote = opportunity.events.exclude(kind=Event.Kind.CONVERTED).order_by().values("by")
    is_other = Case(When(pk=chosen, then=Value(0)), default=Value(1))
    sent = opportunity.mails.order_by().values("created_by")
    return list(User.objects.filter(Q(pk__in=wrote) | Q(pk__in=sent)).order_by(is_other, "sort_text", "pk")[:most])


@dataclass(frozen=True)
class TimelinePage:
    """The groups of one page. `older` is where the next page begins, `next_act` its first act; None on the last one."""

    groups: list[list[TimelineLine]]
    older: Keys | None
    next_act: TimelineLine | None = None


def page_of(sources: Sequence[Source], begin: Keys) -> TimelinePage:
    """One page of the merged sources: complete groups only, so that no group is cut between two pages.

    One read of each source.
    """
    read = [source.read(before=key, most=ACTS_READ) for source, key in zip(sources, begin, strict=True)]
    acts, is_all = _merged(read)
    groups = grouped(_acts(acts))
    complete = groups if is_all else groups[:-1]  # the last may go on
    shown = complete[:GROUPS_A_PAGE]
    if is_all and len(shown) == len(groups):
        return TimelinePage(shown, None)
    taken = acts[: sum(map(len, shown))]
    last = {place: act.key for place, act in taken}
    older = tuple(last.get(place, key) for place, key in enumerate(begin))
    return TimelinePage(shown, older, groups[len(shown)][0])


Placed = tuple[int, TimelineLine]
"""An act and the place of its source."""


def _acts(placed: list[Placed]) -> list[TimelineLine]:
    return [act for _place, act in placed]


def _merged(read: Sequence[Sequence[TimelineLine]]) -> tuple[list[Placed], bool]:
    """The newest acts of all sources by time, and whether there are no others. Acts of one source keep their order."""
    placed: list[list[Placed]] = [[(place, act) for act in acts] for place, acts in enumerate(read)]
    merged = list(heapq.merge(*placed, key=lambda each: each[1].at, reverse=True))
    return merged[:ACTS_READ], len(merged) < ACTS_READ
