"""The timeline of an opportunity: what each person did, in sentences for its reader."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext

from opportunities.activities import event_phrases, phrases
from opportunities.activities.event_phrases import StepNames
from opportunities.activities.phrases import Phrase, PhrasePart, PhraseText
from opportunities.activities.topics import EVERYTHING, Topic
from opportunities.models import Event, Opportunity
from salesflow.users.models import User
from stages.models import Stage

WITHIN = datetime.timedelta(minutes=10)
"""The acts of one person that follow each other within this time are one entry."""

MOST_IN_A_GROUP = 50
"""An entry with more acts is cut: the others are an entry of their own."""

MOST_SHOWN = 3
"""The phrases that an entry shows. The others are folded, except moves and telling ones."""

MOST_TELLING = 6
"""The telling phrases, such as files and mails, that an entry shows besides moves."""


class Dated(Protocol):
    """Something that a person did at a time."""

    @property
    def by_id(self) -> int: ...
    @property
    def at(self) -> datetime.datetime: ...


class TimelineLine(Dated, Protocol):
    """One line of a source of the timeline, such as an event."""

    @property
    def by(self) -> User: ...
    @property
    def key(self) -> int:
        """Its place in its source: later acts have larger keys."""
        ...

    @property
    def is_creation(self) -> bool: ...
    @property
    def is_new(self) -> bool:
        """Whether it is news for the reader."""
        ...

    @property
    def last_seen_at(self) -> datetime.datetime | None:
        """When the reader last looked at the opportunity."""
        ...

    def phrases(self, steps: StepNames) -> list[Phrase]: ...


@dataclass(frozen=True)
class EventAct:
    """An event as an act of the timeline. `topic` narrows what it says."""

    event: Event
    topic: Topic = EVERYTHING
    reader: User | None = None
    """For whom the event was read, with the last look of that person."""

    @property
    def is_new(self) -> bool:
        seen = getattr(self.event, "last_version", None)
        return self.reader is not None and seen is not None and seen < self.event.version and not self._is_own

    @property
    def _is_own(self) -> bool:
        return self.reader is not None and self.event.by_id == self.reader.pk

    @property
    def last_seen_at(self) -> datetime.datetime | None:
        return getattr(self.event, "last_seen_at", None)

    @property
    def by_id(self) -> int:
        return self.event.by_id

    @property
    def by(self) -> User:
        return self.event.by

    @property
    def at(self) -> datetime.datetime:
        return self.event.at

    @property
    def key(self) -> int:
        return self.event.version

    @property
    def is_creation(self) -> bool:
        return self.event.kind == Event.Kind.STARTED

    def phrases(self, steps: StepNames) -> list[Phrase]:
        return event_phrases.of_event(self.event, steps, self.topic)


D = TypeVar("D", bound=Dated)


def grouped(acts: Iterable[D]) -> list[list[D]]:
    """The acts, newest first, in groups of one person and at most ten minutes. Loses none and keeps their order."""
    groups: list[list[D]] = []
    for act in acts:
        if groups and len(groups[-1]) < MOST_IN_A_GROUP and _belongs(act, groups[-1]):
            groups[-1].append(act)
        else:
            groups.append([act])
    return groups


def _belongs(act: Dated, group: Sequence[Dated]) -> bool:
    """Whether the person of the group did this too, within its ten minutes."""
    newest = group[0]
    return newest.by_id == act.by_id and newest.at - act.at <= WITHIN


@dataclass(frozen=True)
class TimelineEntry:
    """What one person did within ten minutes, in one sentence. `acts` has the newest first."""

    acts: Sequence[TimelineLine]
    reader: User
    steps: StepNames
    is_cut: bool = False
    """Whether the person did more within the ten minutes than an entry has room for."""

    @property
    def who(self) -> str:
        act = self.acts[0]
        return gettext("You") if act.by_id == self.reader.pk else str(act.by)

    @property
    def at(self) -> datetime.datetime:
        return self.acts[0].at

    @property
    def is_new(self) -> bool:
        return any(act.is_new for act in self.acts)

    @property
    def last_seen_at(self) -> datetime.datetime | None:
        return self.acts[0].last_seen_at

    @cached_property
    def phrases(self) -> list[Phrase]:
        """What the person did, the earliest first. Steps that were completed after each other are one phrase."""
        found: list[Phrase] = []
        for act in reversed(self.acts):
            for phrase in act.phrases(self.steps):
                if act.is_creation:
                    phrase = replace(phrase, is_telling=False)
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
        """The moves, the telling phrases, and the first other ones. The creation is one line."""
        moves = [phrase for phrase in self.phrases if phrase.is_move]
        telling = [phrase for phrase in self.phrases if phrase.is_telling][:MOST_TELLING]
        others = [phrase for phrase in self.phrases if not phrase.is_move and phrase not in telling]
        is_new = bool(moves) and any(act.is_creation for act in self.acts)
        room = 0 if is_new else max(MOST_SHOWN - len(moves) - len(telling), 0)
        chosen = moves + telling + others[: len(others) if len(others) == room + 1 and not is_new else room]
        return [phrase for phrase in self.phrases if any(phrase is each for each in chosen)]

    @property
    def folded(self) -> list[Phrase]:
        """The phrases that the entry shows when it is opened."""
        return [phrase for phrase in self.phrases if not any(phrase is each for each in self.shown)]

    @property
    def line(self) -> list[PhrasePart]:
        """The pieces of the sentence, after the person."""
        return list(phrases.in_a_row([list(phrase.parts) for phrase in self.shown]))

    @property
    def sentence(self) -> str:
        return "".join(part.text for part in self.line)

    @property
    def mails(self) -> list[TimelineLine]:
        """The acts that are mails: the page shows what became of each."""
        return [act for act in self.acts if hasattr(act, "mail")]

    @property
    def texts(self) -> list[PhraseText]:
        """The texts below the sentence."""
        return [text for phrase in self.shown for text in phrase.texts]


def entries(
    events: Iterable[Event], *, reader: User, stages: Iterable[Stage], source: Opportunity | None = None
) -> list[TimelineEntry]:
    """The entries of events from `sources.events_of`, for this reader.

    `source` is the opportunity that this one was copied from, if the reader may see it.
    """
    acts = [EventAct(prepared(event, source)) for event in events]
    return entries_of(grouped(acts), reader=reader, stages=stages)


def entries_of(
    groups: Sequence[Sequence[TimelineLine]],
    *,
    reader: User,
    stages: Iterable[Stage],
    older: TimelineLine | None = None,
) -> list[TimelineEntry]:
    """The entries of these groups. `older` is the next act after the last group."""
    steps = {step.field: step.name for stage in stages for step in stage.steps.all()}
    following = [*(group[0] for group in groups[1:]), older]
    made = [
        TimelineEntry(group, reader, steps, is_cut=after is not None and _belongs(after, group))
        for group, after in zip(groups, following, strict=False)
    ]
    return [entry for entry in made if entry.phrases]


def prepared(event: Event, source: Opportunity | None) -> Event:
    """The event of `sources.events_of` with what its sentence needs."""
    event.days_in_stage = _days_in_stage(event)  # type: ignore[attr-defined]
    event.source_name = source.name if source else ""  # type: ignore[attr-defined]
    return event


def _days_in_stage(event: Event) -> int:
    """The days in the stage that the event left, by the organisation's calendar, without holds."""
    entered, held = getattr(event, "entered_at", None), getattr(event, "held", None)
    if entered is None:
        return 0
    counted_from = entered + (held or datetime.timedelta(0))
    return max((timezone.localdate(event.at) - timezone.localdate(counted_from)).days, 0)
