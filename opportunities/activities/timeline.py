"""The timeline of an opportunity: what each person did, in sentences for its reader."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext

from opportunities.activities import phrases
from opportunities.activities.phrases import Part, Phrase, StepNames, Text
from opportunities.models import Event, Hold, Opportunity, StageVisit
from salesflow.users.models import User
from stages.models import Stage

WITHIN = datetime.timedelta(minutes=10)
"""The events of one person that follow each other within this time are one entry."""

MOST_SHOWN = 3
"""The phrases that an entry shows. The others are folded, except moves."""


class Dated(Protocol):
    """An act of a person."""

    @property
    def by_id(self) -> int: ...
    @property
    def at(self) -> datetime.datetime: ...


Act = TypeVar("Act", bound=Dated)


def grouped(acts: Iterable[Act]) -> list[list[Act]]:
    """The acts, newest first, in groups of one person and at most ten minutes. Loses none and keeps their order."""
    groups: list[list[Act]] = []
    for act in acts:
        newest = groups[-1][0] if groups else None
        if newest and newest.by_id == act.by_id and newest.at - act.at <= WITHIN:
            groups[-1].append(act)
        else:
            groups.append([act])
    return groups


@dataclass(frozen=True)
class Entry:
    """What one person did within ten minutes, in one sentence. `events` has the newest first."""

    events: list[Event]
    reader: User
    steps: StepNames

    @property
    def who(self) -> str:
        event = self.events[0]
        return gettext("You") if event.by_id == self.reader.pk else str(event.by)

    @property
    def at(self) -> datetime.datetime:
        return self.events[0].at

    @cached_property
    def phrases(self) -> list[Phrase]:
        """What the person did, the earliest first. Steps that were completed after each other are one phrase."""
        found: list[Phrase] = []
        for event in reversed(self.events):
            for phrase in phrases.of_event(event, self.steps):
                last = found[-1] if found else None
                if last and last.completed and phrase.completed:
                    found[-1] = phrases.completed(last.completed + phrase.completed, last.texts + phrase.texts)
                else:
                    found.append(phrase)
        return found

    @property
    def is_move(self) -> bool:
        return any(phrase.is_move for phrase in self.phrases)

    @cached_property
    def shown(self) -> list[Phrase]:
        """The moves, and the first other phrases. The creation is one line."""
        is_new = any(event.kind == Event.Kind.STARTED for event in self.events)
        moves = [phrase for phrase in self.phrases if phrase.is_move]
        room = 0 if is_new else max(MOST_SHOWN - len(moves), 0)
        others = [phrase for phrase in self.phrases if not phrase.is_move]
        chosen = moves + others[: len(others) if len(others) == room + 1 and not is_new else room]
        return [phrase for phrase in self.phrases if any(phrase is each for each in chosen)]

    @property
    def folded(self) -> list[Phrase]:
        """The phrases that the entry shows when it is opened."""
        return [phrase for phrase in self.phrases if not any(phrase is each for each in self.shown)]

    @property
    def line(self) -> list[Part]:
        """The pieces of the sentence, after the person."""
        return list(phrases.in_a_row([list(phrase.parts) for phrase in self.shown]))

    @property
    def sentence(self) -> str:
        return "".join(part.text for part in self.line)

    @property
    def texts(self) -> list[Text]:
        """The texts below the sentence."""
        return [text for phrase in self.shown for text in phrase.texts]


def events_of(opportunity: Opportunity) -> QuerySet[Event]:
    """The events that a timeline reads, newest first, each with the visit that it ended."""
    ended = StageVisit.objects.filter(
        opportunity=OuterRef("opportunity"), stage=OuterRef("from_stage"), left_at=OuterRef("at")
    )
    spent = ExpressionWrapper(F("until_at") - F("from_at"), output_field=DurationField())
    held = Hold.objects.filter(
        opportunity=OuterRef("opportunity"), visit__stage=OuterRef("from_stage"), visit__left_at=OuterRef("at")
    )
    total = held.order_by().values("opportunity").annotate(total=Sum(spent)).values("total")
    events = opportunity.events.select_related("by", "from_stage", "to_stage").order_by("-version")
    return events.annotate(entered_at=Subquery(ended.values("entered_at")[:1]), held=Subquery(total[:1]))


def entries(
    events: Iterable[Event], *, reader: User, stages: Iterable[Stage], source: Opportunity | None = None
) -> list[Entry]:
    """The entries of events from `events_of`, for this reader. Leaves out the events of migrations.

    `source` is the opportunity that this one was copied from, if the reader may see it.
    """
    steps = {step.field: step.name for stage in stages for step in stage.steps.all()}
    of_people = [event for event in events if event.kind != Event.Kind.CONVERTED]
    for event in of_people:
        event.days_in_stage = _days_in_stage(event)  # type: ignore[attr-defined]
        event.source_name = source.name if source else ""  # type: ignore[attr-defined]
    made = [Entry(group, reader, steps) for group in grouped(of_people)]
    return [entry for entry in made if entry.phrases]


def _days_in_stage(event: Event) -> int:
    """The days in the stage that the event left, by the organisation's calendar, without holds."""
    entered, held = getattr(event, "entered_at", None), getattr(event, "held", None)
    if entered is None:
        return 0
    counted_from = entered + (held or datetime.timedelta(0))
    return max((timezone.localdate(event.at) - timezone.localdate(counted_from)).days, 0)
