"""In one line what a person did.

“Kari moved it to Propose, changed estimated revenue NOK 480,000 → 520,000 and added 1 file”.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext

from opportunities import display
from opportunities.activities import event_phrases, named_rows, phrases, row_phrases
from opportunities.activities.event_phrases import StepNames
from opportunities.activities.move_sentences import MERGES, MOVES, MOVES_IN_SHORT, Kind
from opportunities.activities.phrases import PhrasePart, PhraseValue
from opportunities.editing import answers
from opportunities.editing.children import CHILDREN
from opportunities.formats import NOTHING
from opportunities.models import Event

MOST_SHOWN = 5
MOST_STEPS_NAMED = 2
ANSWERS_FIRST = 3
"""The answers that come before what happened to child rows. The others come after it."""

IMPLIES_ALL = {Kind.STARTED, *MERGES}
"""The events whose changes are not listed."""

_GROUPS = {
    **dict.fromkeys(MOVES_IN_SHORT, "stage"),
    **dict.fromkeys((Kind.WON, Kind.LOST, Kind.REOPENED), "end"),
    **dict.fromkeys((Kind.HELD, Kind.RESUMED), "hold"),
    **dict.fromkeys((Kind.ASKED, Kind.DECLINED, Kind.TOOK_BACK), "request"),
}
"""Of the moves of one group, only the last one is news."""

_IMPLIED_BY_CLOSING = ("stage", Kind.FINISHED, "hold", "request")

_NUMBER = re.compile(r"(?P<before>\D*)(?P<number>.*?)(?P<after>\D*)")


@dataclass(frozen=True)
class NewsPiece:
    """One thing of a line, such as a move or a changed amount.

    `verb`: what it begins with, unless it follows a piece with the same verb.
    """

    parts: tuple[PhrasePart, ...]
    verb: str = ""


@dataclass(frozen=True)
class NewsLine:
    """What one person did since the reader last looked, in short. `more`: how many things it leaves out."""

    who: str
    at: datetime.datetime
    pieces: list[NewsPiece]
    more: int

    @property
    def parts(self) -> list[PhrasePart]:
        """The pieces in one sentence, whose subject is the person."""
        groups, before = [], ""
        for piece in self.pieces:
            verb = [PhrasePart(f"{piece.verb} ")] if piece.verb != before and piece.verb else []
            groups.append([*verb, *piece.parts])
            before = piece.verb
        if self.more:
            groups.append([PhrasePart(gettext("%(count)d more") % {"count": self.more})])
        return list(phrases.in_a_row(groups))


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


def _moves(events: list[Event]) -> Iterator[NewsPiece]:
    """The last move of each group and the merges; then waivers. A closing implies the moves that led to it."""
    last: dict[str, Event] = {}
    for event in events:
        name = _GROUPS.get(Kind(event.kind), event.kind)
        last.pop(name, None)
        last[name] = event
        if event.kind in (Kind.WON, Kind.LOST):
            for implied in _IMPLIED_BY_CLOSING:
                last.pop(implied, None)
    for event in last.values():
        if event.kind in MOVES:
            yield _move(event)
    for event in events:
        if event.kind in MERGES:
            yield NewsPiece(event_phrases.of_merge(event).parts)
    for event in events:
        yield from (NewsPiece(phrase.parts) for phrase in event_phrases.of_waivers(event, MOST_STEPS_NAMED))


def _move(event: Event) -> NewsPiece:
    kind = Kind(event.kind)
    stages = {"from": event.from_stage, "to": event.to_stage}
    names: dict[str, Any] = {name: stage.name if stage else "" for name, stage in stages.items()}
    return NewsPiece(phrases.phrase((MOVES_IN_SHORT.get(kind) or MOVES[kind])(), **names).parts)


def _answers(events: list[Event], steps: StepNames) -> Iterator[NewsPiece]:
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
        yield _completed(completed)
    for name, phrase in said.items():
        if not phrase.completed:
            has_values = answers.of(name).control not in ("tick", "text")
            yield _values(name, *changed[name]) if has_values else NewsPiece(phrase.parts)


def _completed(names: tuple[str, ...]) -> NewsPiece:
    if len(names) <= MOST_STEPS_NAMED:
        return NewsPiece(phrases.completed(names).parts)
    sentence = ngettext("completed %(count)d step", "completed %(count)d steps", len(names))
    return NewsPiece((PhrasePart(sentence % {"count": len(names)}),))


def _values(name: str, old: Any, new: Any) -> NewsPiece:
    """“estimated revenue NOK 480,000 → 520,000”."""
    before, after = named_rows.logged(name, old), named_rows.logged(name, new) or PhraseValue.of(NOTHING)
    label, unit = display.label(name).removesuffix(" (%)"), " %" if display.label(name).endswith(" (%)") else ""
    if before and answers.of(name).control == "money":
        before, after = _unit_once(before, after)
    first = (*before.parts, PhrasePart(" → ")) if before else ()
    verb = pgettext("a person", "changed") if before else pgettext("a person", "set")
    return NewsPiece((PhrasePart(f"{row_phrases.inside(label)} "), *first, *after.parts, PhrasePart(unit)), verb)


def _unit_once(before: PhraseValue, after: PhraseValue) -> tuple[PhraseValue, PhraseValue]:
    """Two amounts with their common currency once: before the first, or after the last."""
    old, new = _NUMBER.fullmatch(str(before)), _NUMBER.fullmatch(str(after))
    if not old or not new or not new["number"] or old["before"] != new["before"] or old["after"] != new["after"]:
        return before, after
    first, last = str(before).removesuffix(old["after"]), str(after).removeprefix(new["before"])
    return PhraseValue.of(first), PhraseValue.of(last)


def _rows(events: list[Event]) -> Iterator[NewsPiece]:
    """The child rows that were added, counted by table, and what else happened to child rows."""
    rows = [row for event in events if event.kind not in IMPLIES_ALL for row in event.children]
    added = [row for row in rows if row["what"] == "added"]
    for name, of_table in groupby(sorted(added, key=_place), key=lambda row: row["table"]):
        yield from _added(name, list(of_table))
    for row in rows:
        if row["what"] != "added":
            yield from (NewsPiece(phrase.parts) for phrase in row_phrases.of_row(row))


def _place(row: Mapping[str, Any]) -> int:
    return list(CHILDREN).index(row["table"])


def _added(name: str, rows: list[dict[str, Any]]) -> Iterator[NewsPiece]:
    """“2 notes”. One row about a person or competitor is named."""
    table = CHILDREN[name]
    if table.subject and len(rows) == 1:
        yield from (NewsPiece(phrase.parts) for phrase in row_phrases.of_row(rows[0]))
        return
    meta = table.model._meta
    noun = meta.verbose_name if len(rows) == 1 else meta.verbose_name_plural
    yield NewsPiece(
        (PhrasePart(gettext("%(count)d %(things)s") % {"count": len(rows), "things": noun}),),
        pgettext("a person", "added"),
    )
