"""Says what one event changed, in phrases without the person: "set Estimated revenue to NOK 480,000 (was 440,000)"."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

from opportunities import display
from opportunities.activities import copied, presentations
from opportunities.activities.sentences import (
    ABOUT_WAIVERS,
    AFTER_DAYS,
    IMPLIED_BY_MOVES,
    MERGES,
    MOVES,
    WAIVER_CHANGES,
    Kind,
)
from opportunities.activities.topics import EVERYTHING, Topic
from opportunities.customers import erased
from opportunities.editing import answer_kinds, answers, children
from opportunities.models import Event
from opportunities.models.event import WaiverChange

StepNames = Mapping[str, str]
"""The name of the step that asks for a field, by the name of the field."""

LONG = 160
"""A text with more characters is folded."""

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_STRONG = {"label", "name", "to"}


@dataclass(frozen=True)
class Part:
    """A piece of a phrase. `is_strong`: the name of what changed."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True)
class Text:
    """A long text that belongs to a phrase: an answer, or a reason."""

    text: str
    before: str = ""
    label: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.text) > LONG or self.text.count("\n") > 2

    @property
    def start(self) -> str:
        return f"{' '.join(self.text.split())[:LONG].rstrip()}…"


@dataclass(frozen=True)
class Phrase:
    """One thing that a person did. The person is the subject of its sentence."""

    parts: tuple[Part, ...]
    texts: tuple[Text, ...] = ()
    is_move: bool = False
    completed: tuple[str, ...] = ()
    """The names of the steps, if the phrase says that steps are complete."""

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)


def phrase(sentence: str | Promise, *texts: Text, is_move: bool = False, **values: str) -> Phrase:
    """The phrase of a translated sentence with named placeholders, and the texts below it."""
    pieces = _PLACEHOLDER.split(str(sentence))
    parts = [
        Part(erased.shown(values[piece]), piece in _STRONG) if place % 2 else Part(piece.replace("%%", "%"))
        for place, piece in enumerate(pieces)
    ]
    return Phrase(tuple(part for part in parts if part.text), texts, is_move)


def completed(names: tuple[str, ...], texts: tuple[Text, ...] = ()) -> Phrase:
    """Says that these steps are complete."""
    return Phrase(_of_steps(gettext("completed %(steps)s"), names), texts, completed=names)


def _of_steps(sentence: str, names: Iterable[str]) -> tuple[Part, ...]:
    """The pieces of a translated sentence about steps."""
    before, after = sentence.split("%(steps)s")
    parts = [Part(before), *in_a_row([[Part(name, is_strong=True)] for name in names]), Part(after)]
    return tuple(part for part in parts if part.text)


def in_a_row(groups: list[list[Part]]) -> Iterator[Part]:
    """Puts “,” and “and” between the groups."""
    for place, parts in enumerate(groups):
        if place:
            yield Part(f" {gettext('and')} " if place == len(groups) - 1 else ", ")
        yield from parts


def of_event(event: Event, steps: StepNames, topic: Topic = EVERYTHING) -> list[Phrase]:
    """What the event says about a topic, its move first."""
    if event.kind in MERGES:
        return [of_merge(event)]
    return [
        *(_of_move(event) if topic.has_moves else ()),
        *(_of_fields(event, steps) if topic.has_fields else ()),
        *(phrase for row in event.children if topic.has_table(row["table"]) for phrase in of_row(row)),
        *(of_waivers(event) if topic.has_moves else ()),
    ]


def _of_move(event: Event) -> Iterator[Phrase]:
    kind = Kind(event.kind)
    reasons = [Text(event.reason)] if event.reason else []
    if kind in MOVES:
        values = {
            "from": event.from_stage.name if event.from_stage else "",
            "to": event.to_stage.name if event.to_stage else "",
            "days": _days(getattr(event, "days_in_stage", 0)),
            "name": copied.source_name(event),
        }
        sentences = AFTER_DAYS if kind in AFTER_DAYS and values["days"] else MOVES
        yield phrase(copied.sentence(event) or sentences[kind](), *reasons, is_move=True, **values)


def of_merge(event: Event) -> Phrase:
    """Says which row was merged into which. It does not list the rows that were moved: they say the same as before."""
    names = {"name": event.merged["gone"]["name"], "to": event.merged["into"]["name"]}
    return phrase(MERGES[Kind(event.kind)][event.merged["noun"]](), **names)


def _days(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else ""


def fields_of(event: Event) -> list[dict[str, Any]]:
    """The changes of fields that the move of the event does not imply."""
    implied = IMPLIED_BY_MOVES if event.kind in MOVES or event.kind in ABOUT_WAIVERS else ()
    return [change for change in event.changes if change["field"] not in implied]


def _of_fields(event: Event, steps: StepNames) -> Iterator[Phrase]:
    for change in fields_of(event):
        yield of_field(change["field"], change["old"], change["new"], steps)


def of_field(name: str, old: Any, new: Any, steps: StepNames) -> Phrase:
    answer = answers.of(name)
    label = display.label(name)
    if answer.control == "tick":
        return _of_tick(label, steps.get(name), is_on=bool(new))
    if answer.control != "text":
        return of_value(label, shown(name, old), shown(name, new))
    if new and not old and name in steps:
        return completed((steps[name],), (Text(new, label=steps[name]),))
    return of_text(label, old or "", new or "")


def of_value(label: str, old: str, new: str) -> Phrase:
    return phrase(_value(old, new), label=label, old=old, new=new)


def of_text(label: str, old: str, new: str) -> Phrase:
    """The change of a text of several lines, which is shown below the sentence."""
    sentence = gettext("changed %(label)s") if old and new else gettext("wrote %(label)s")
    return phrase(sentence if new else gettext("cleared %(label)s"), Text(new, before=old), label=label)


def _of_tick(label: str, step: str | None, *, is_on: bool) -> Phrase:
    if step:
        return completed((step,)) if is_on else phrase(gettext("marked %(name)s as not complete"), name=step)
    return of_switch(label, is_on=is_on)


def of_switch(label: str, *, is_on: bool) -> Phrase:
    return phrase(gettext("ticked %(label)s") if is_on else gettext("unticked %(label)s"), label=label)


def shown(name: str, value: Any, table: str = "") -> str:
    return "" if value in (None, "") else display.value(name, value, table=table)


def _value(old: str, new: str) -> str:
    if not new:
        return gettext("cleared %(label)s (was %(old)s)")
    return gettext("set %(label)s to %(new)s (was %(old)s)") if old else gettext("set %(label)s to %(new)s")


def _value_of_child(old: str, new: str) -> str:
    if not new:
        return gettext("cleared %(label)s of %(name)s (was %(old)s)")
    if old:
        return gettext("set %(label)s of %(name)s to %(new)s (was %(old)s)")
    return gettext("set %(label)s of %(name)s to %(new)s")


def of_row(row: dict[str, Any]) -> Iterator[Phrase]:
    if row["what"] == "changed":
        for change in row["changes"]:
            yield from _of_column(row, change)
        return
    table = row["table"]
    says, side = children.CHILDREN[table].says, "new" if row["what"] == "added" else "old"
    is_later = any(change["field"] == "number" and (change[side] or 0) > 1 for change in row["changes"])
    first, again = (says.added, says.added_again) if side == "new" else (says.removed, says.removed_again)
    sentence = _inside(again if is_later and again else first)
    values: dict[str, Any] = {each["field"]: shown(each["field"], each[side], table) for each in row["changes"]}
    if (table, side) == (children.PRESENTATION.name, "new"):
        sentence = presentations.sentence({each["field"]: each["new"] for each in row["changes"]})
        values |= {"to": values.get("attendees", ""), "day": values.get("held_on", "")}
    name = values.get("file") if table == children.PRESENTATION.name else row["name"]
    bodies = [_text_of(each, table) for each in row["changes"] if each["field"] in says.bodies and each[side]]
    yield phrase(sentence, *bodies, **values | {"name": str(name)})


def _of_column(row: dict[str, Any], change: dict[str, Any]) -> Iterator[Phrase]:
    """The change of one column of a child row."""
    table, column = children.CHILDREN[row["table"]], change["field"]
    named: dict[str, Any] = {"name": str(row["name"])}
    if column in table.says.ended:
        yield phrase(_inside(table.says.ended[column]), **named)
    elif column in table.says.bodies:
        yield phrase(_inside(table.says.rewritten), _text_of(change, table.name), **named)
    elif column in table.says.ticked:
        is_set, is_cleared = table.says.ticked[column]
        yield phrase(_inside(is_set if change["new"] else is_cleared), **named)
    elif column in table.says.renamed:
        yield phrase(_inside(table.says.renamed[column]), old=str(change["old"]), new=str(change["new"]))
    elif column not in table.filled or column == "attendees":
        old, new = (shown(column, change[side], table.name) for side in ("old", "new"))
        label, name = display.label(column, table=table.name), str(table.says.referred_to or "%(name)s") % named
        yield phrase(_value_of_child(old, new), name=name, label=label, old=old, new=new)


def _text_of(change: dict[str, Any], table: str) -> Text:
    """The text, with its label where the table has several."""
    is_one_of_several = len(children.CHILDREN[table].says.bodies) > 1
    label = display.label(change["field"], table=table) if is_one_of_several else ""
    return Text(change["new"] or "", before=change["old"] or "", label=label)


def _inside(sentence: str | Promise) -> str:
    """A sentence that begins with its verb, inside another one."""
    return str(sentence)[:1].lower() + str(sentence)[1:]


def of_waivers(event: Event) -> Iterator[Phrase]:
    """What happened to waivers, the first with the reason. A waiver implies that its request is approved."""
    said = [
        (WAIVER_CHANGES[WaiverChange(each["what"])](), [each["step"]])
        for each in event.waiver_changes
        if each["what"] in WAIVER_CHANGES
    ]
    if waived := event.waived_steps:
        sentence = ngettext("waived the step %(steps)s", "waived the steps %(steps)s", len(waived))
        said.insert(0, (sentence, waived))
    texts = (Text(event.reason),) if event.reason and event.kind in ABOUT_WAIVERS else ()
    for sentence, steps in said:
        yield Phrase(_of_steps(sentence, map(answer_kinds.logged_name, steps)), texts, is_move=True)
        texts = ()
