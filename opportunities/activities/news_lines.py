"""Says in one line what one person did: “Kari moved it to Propose, Estimated revenue 480,000 → 520,000, 1 file”."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext

from opportunities import display
from opportunities.activities import event_phrases, phrases, row_phrases
from opportunities.activities.event_phrases import StepNames
from opportunities.activities.phrases import Part
from opportunities.activities.sentences import MERGES, MOVES, MOVES_IN_SHORT, Kind
from opportunities.editing import answers
from opportunities.editing.children import CHILDREN
from opportunities.formats import NOTHING
from opportunities.models import Event

MOST_SHOWN = 6
ANSWERS_FIRST = 3
"""The answers that come before what happened to child rows. The others come after it."""

Piece = tuple[Part, ...]
"""One thing of a line, such as a move or a changed amount."""

STAGE_MOVES = frozenset(MOVES_IN_SHORT)

IMPLIES_ALL = {Kind.STARTED, *MERGES}
"""The events whose changes are not listed."""


@dataclass(frozen=True)
class NewsLine:
    """What one person did since the reader last looked, in short. `more`: how many things it leaves out."""

    who: str
    at: datetime.datetime
    pieces: list[Piece]
    more: int

    @property
    def begins_with_verb(self) -> bool:
        """Whether the person is the subject of the first piece. Amounts and counts are only listed."""
        first = self.pieces[0][0]
        return not first.is_strong and not first.text[:1].isdigit()

    @property
    def parts(self) -> list[Part]:
        """The pieces with commas between them."""
        pieces = [*self.pieces, *([(Part(gettext("%(count)d more") % {"count": self.more}),)] if self.more else [])]
        return [part for place, piece in enumerate(pieces) for part in (*([Part(", ")] if place else []), *piece)]


def lines(events: Iterable[Event], steps: StepNames) -> list[NewsLine]:
    """A line for each person, the person who acted last first. `events` has the last first."""
    by_person: dict[int, list[Event]] = {}
    for event in events:
        by_person.setdefault(event.by_id, []).append(event)
    made = [_line(list(reversed(of_one)), steps) for of_one in by_person.values()]
    return [line for line in made if line.pieces]


def _line(events: list[Event], steps: StepNames) -> NewsLine:
    """The line of one person. `events` has the earliest first."""
    answers_given = list(_answers(events, steps))
    first, others = answers_given[:ANSWERS_FIRST], answers_given[ANSWERS_FIRST:]
    pieces = [*_moves(events), *first, *_rows(events), *others]
    return NewsLine(str(events[-1].by), events[-1].at, pieces[:MOST_SHOWN], max(len(pieces) - MOST_SHOWN, 0))


def _moves(events: list[Event]) -> Iterator[Piece]:
    """Of the moves between stages the last one, of each other kind the last one; then waivers."""
    last: dict[str, Event] = {}
    for event in events:
        name = "stage" if event.kind in STAGE_MOVES else event.kind
        last.pop(name, None)
        last[name] = event
    for event in last.values():
        if event.kind in MOVES:
            yield _move(event)
    for event in events:
        if event.kind in MERGES:
            yield event_phrases.of_merge(event).parts
    for event in events:
        yield from (phrase.parts for phrase in event_phrases.of_waivers(event))


def _move(event: Event) -> Piece:
    kind = Kind(event.kind)
    stages = {"from": event.from_stage, "to": event.to_stage}
    names: dict[str, Any] = {name: stage.name if stage else "" for name, stage in stages.items()}
    return phrases.phrase((MOVES_IN_SHORT.get(kind) or MOVES[kind])(), **names).parts


def _answers(events: list[Event], steps: StepNames) -> Iterator[Piece]:
    """The steps that were completed, and the other fields with their first and their last value."""
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for change in (
        change for event in events if event.kind not in IMPLIES_ALL for change in event_phrases.fields_of(event)
    ):
        first.setdefault(change["field"], change["old"])
        last[change["field"]] = change["new"]
    changed = {name: (first[name], new) for name, new in last.items() if new != first[name]}
    said = {name: event_phrases.of_field(name, old, new, steps) for name, (old, new) in changed.items()}
    if completed := tuple(step for phrase in said.values() for step in phrase.completed):
        yield phrases.completed(completed).parts
    for name, phrase in said.items():
        if not phrase.completed:
            yield _values(name, *changed[name]) if answers.of(name).control not in ("tick", "text") else phrase.parts


def _values(name: str, old: Any, new: Any) -> Piece:
    """“Estimated revenue NOK 480,000 → NOK 520,000”."""
    label, before = Part(display.label(name), is_strong=True), display.logged(name, old)
    after = display.logged(name, new) or NOTHING
    return (label, Part(f" {before} → {after}" if before else f" {after}"))


def _rows(events: list[Event]) -> Iterator[Piece]:
    """The child rows that were added, counted by table, and what else happened to child rows."""
    rows = [row for event in events if event.kind not in IMPLIES_ALL for row in event.children]
    added = [row for row in rows if row["what"] == "added"]
    for name, of_table in groupby(sorted(added, key=_place), key=lambda row: row["table"]):
        yield from _added(name, list(of_table))
    for row in rows:
        if row["what"] != "added":
            yield from (phrase.parts for phrase in row_phrases.of_row(row))


def _place(row: Mapping[str, Any]) -> int:
    return list(CHILDREN).index(row["table"])


def _added(name: str, rows: list[dict[str, Any]]) -> Iterator[Piece]:
    """“2 notes”. One row about a person or competitor is named."""
    table = CHILDREN[name]
    if table.subject and len(rows) == 1:
        yield from (phrase.parts for phrase in row_phrases.of_row(rows[0]))
        return
    meta = table.model._meta
    noun = meta.verbose_name if len(rows) == 1 else meta.verbose_name_plural
    yield (Part(gettext("%(count)d %(things)s") % {"count": len(rows), "things": noun}),)
