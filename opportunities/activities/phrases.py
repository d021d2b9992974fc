"""Says what one event changed, in phrases without the person: "set Estimated revenue to NOK 480,000 (was 440,000)"."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

from opportunities import display
from opportunities.activities import copied
from opportunities.editing import answer_kinds, answers, children
from opportunities.models import Event
from opportunities.models.event import WaiverChange

Kind = Event.Kind
StepNames = Mapping[str, str]
"""The name of the step that asks for a field, by the name of the field."""

IMPLIED_BY_MOVES = {"status", "status_reason", "closed_on", "forecast_category", "rating", *answers.SOURCE}
"""The fields that the phrase of a move, or of the creation, implies."""

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


def phrase(sentence: str | Promise, text: Text | None = None, *, is_move: bool = False, **values: str) -> Phrase:
    """The phrase of a translated sentence with named placeholders."""
    pieces = _PLACEHOLDER.split(str(sentence))
    parts = [
        Part(values[piece], piece in _STRONG) if place % 2 else Part(piece.replace("%%", "%"))
        for place, piece in enumerate(pieces)
    ]
    return Phrase(tuple(part for part in parts if part.text), (text,) if text else (), is_move)


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


def of_event(event: Event, steps: StepNames) -> list[Phrase]:
    """What the event says, its move first."""
    return [*_of_move(event), *_of_fields(event, steps), *_of_children(event), *_of_waivers(event)]


def _of_move(event: Event) -> Iterator[Phrase]:
    kind = Kind(event.kind)
    reason = Text(event.reason) if event.reason else None
    if kind in MOVES:
        values = {
            "from": event.from_stage.name if event.from_stage else "",
            "to": event.to_stage.name if event.to_stage else "",
            "days": _days(getattr(event, "days_in_stage", 0)),
            "name": copied.source_name(event),
        }
        sentences = AFTER_DAYS if kind in AFTER_DAYS and values["days"] else MOVES
        yield phrase(copied.sentence(event) or sentences[kind](), reason, is_move=True, **values)


def _days(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else ""


def _of_fields(event: Event, steps: StepNames) -> Iterator[Phrase]:
    implied = IMPLIED_BY_MOVES if event.kind in MOVES or event.kind in ABOUT_WAIVERS else ()
    for change in event.changes:
        if change["field"] not in implied:
            yield _of_field(change["field"], change["old"], change["new"], steps)


def _of_field(name: str, old: Any, new: Any, steps: StepNames) -> Phrase:
    answer = answers.of(name)
    label = display.label(name)
    if answer.control == "tick":
        return _of_tick(label, steps.get(name), is_on=bool(new))
    if answer.control != "text":
        old, new = _shown(name, old), _shown(name, new)
        return phrase(_value(old, new), label=label, old=old, new=new)
    text = Text(new or "", before=old or "")
    if not new:
        return phrase(gettext("cleared %(label)s"), text, label=label)
    if old:
        return phrase(gettext("changed %(label)s"), text, label=label)
    if name in steps:
        return completed((steps[name],), (Text(new, label=steps[name]),))
    return phrase(gettext("wrote %(label)s"), text, label=label)


def _of_tick(label: str, step: str | None, *, is_on: bool) -> Phrase:
    if step:
        return completed((step,)) if is_on else phrase(gettext("marked %(name)s as not complete"), name=step)
    return phrase(gettext("ticked %(label)s") if is_on else gettext("unticked %(label)s"), label=label)


def _shown(name: str, value: Any, table: str = "") -> str:
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


def _of_children(event: Event) -> Iterator[Phrase]:
    for row in event.children:
        yield from _of_row(row)


def _of_row(row: dict[str, Any]) -> Iterator[Phrase]:
    table = row["table"]
    named: dict[str, Any] = {"name": str(row["name"])}
    registered = children.CHILDREN[table]
    says = registered.says
    if row["what"] != "changed":
        yield phrase(_inside(says.added if row["what"] == "added" else says.removed), **named)
        return
    for change in row["changes"]:
        name = change["field"]
        if name in says.ended:
            yield phrase(_inside(says.ended[name]), **named)
        if name in registered.filled:
            continue
        label = display.label(name, table=table)
        old, new = _shown(name, change["old"], table), _shown(name, change["new"], table)
        yield phrase(_value_of_child(old, new), **named, label=label, old=old, new=new)


def _inside(sentence: str | Promise) -> str:
    """A sentence that begins with its verb, inside another one."""
    return str(sentence)[:1].lower() + str(sentence)[1:]


def _of_waivers(event: Event) -> Iterator[Phrase]:
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


MOVES: Mapping[Kind, Callable[[], str]] = {
    Kind.STARTED: lambda: gettext("created it in %(to)s"),
    Kind.ADVANCED: lambda: gettext("moved it from %(from)s to %(to)s"),
    Kind.JUMPED: lambda: gettext("moved it ahead from %(from)s to %(to)s"),
    Kind.WENT_BACK: lambda: gettext("went back from %(from)s to %(to)s"),
    Kind.FINISHED: lambda: gettext("finished the process"),
    Kind.WON: lambda: gettext("closed it as won"),
    Kind.LOST: lambda: gettext("closed it as lost from %(from)s"),
    Kind.REOPENED: lambda: gettext("reopened it in %(to)s"),
    Kind.HELD: lambda: gettext("put it on hold"),
    Kind.RESUMED: lambda: gettext("resumed it"),
    Kind.ASKED: lambda: gettext("asked a manager to close it as lost"),
    Kind.DECLINED: lambda: gettext("declined to close it"),
    Kind.TOOK_BACK: lambda: gettext("took back the request to close it"),
}
"""The sentence of each kind of event that is more than an edit. Of a waiver, its steps are the sentences."""

AFTER_DAYS: Mapping[Kind, Callable[[], str]] = {
    Kind.ADVANCED: lambda: gettext("moved it to %(to)s after %(days)s in %(from)s"),
    Kind.JUMPED: lambda: gettext("moved it ahead to %(to)s after %(days)s in %(from)s"),
    Kind.WENT_BACK: lambda: gettext("went back to %(to)s after %(days)s in %(from)s"),
}

ABOUT_WAIVERS = {Kind.WAIVED, Kind.ASKED_WAIVER, Kind.TOOK_BACK_WAIVER, Kind.DECLINED_WAIVER, Kind.WITHDREW_WAIVER}

WAIVER_CHANGES: Mapping[WaiverChange, Callable[[], str]] = {
    WaiverChange.ASKED: lambda: gettext("asked a manager to waive the step %(steps)s"),
    WaiverChange.DECLINED: lambda: gettext("declined to waive the step %(steps)s"),
    WaiverChange.TAKEN_BACK: lambda: gettext("took back the request to waive the step %(steps)s"),
    WaiverChange.NOT_NEEDED: lambda: gettext("ended the request to waive the step %(steps)s"),
    WaiverChange.WITHDRAWN: lambda: gettext("withdrew the waiver of the step %(steps)s"),
}
