"""Says in phrases what one event changed: the move, the fields, the child rows and the waivers."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext, ngettext

from opportunities import display
from opportunities.activities import copied, named_rows, row_phrases
from opportunities.activities.move_sentences import (
    ABOUT_WAIVERS,
    AFTER_DAYS,
    IMPLIED_BY_MOVES,
    IMPORTED,
    MERGES,
    MOVES,
    WAIVER_CHANGES,
    Kind,
)
from opportunities.activities.phrases import (
    Phrase,
    PhrasePart,
    PhraseText,
    completed,
    of_steps,
    of_switch,
    of_text,
    of_value,
    phrase,
)
from opportunities.activities.topics import EVERYTHING, Topic
from opportunities.editing import answer_kinds, answers
from opportunities.models import Event
from opportunities.models.event import WAIVES_AS_IMPORTED, WaiverChange

IMPORTED_STEPS_NAMED = 3
"""An import waives many steps. Each says so where it is."""

StepNames = Mapping[str, str]
"""The name of the step that asks for a field, by the name of the field."""


def of_event(event: Event, steps: StepNames, topic: Topic = EVERYTHING) -> list[Phrase]:
    """What the event says about a topic, its move first."""
    if event.kind in MERGES:
        return [of_merge(event)]
    return [
        *(_of_move(event) if topic.has_moves else ()),
        *(_of_fields(event, steps) if topic.has_fields else ()),
        *(phrase for row in event.children if topic.has_table(row["table"]) for phrase in row_phrases.of_row(row)),
        *(of_waivers(event) if topic.has_moves else ()),
    ]


def _of_move(event: Event) -> Iterator[Phrase]:
    kind = Kind(event.kind)
    reasons = [PhraseText(event.reason)] if event.reason else []
    if kind in MOVES or event.imported_at:
        values: dict[str, Any] = {
            "from": event.from_stage.name if event.from_stage else "",
            "to": event.to_stage.name if event.to_stage else "",
            "days": _days(getattr(event, "days_in_stage", 0)),
            "name": copied.source_name(event),
        }
        sentences = AFTER_DAYS if kind in AFTER_DAYS and values["days"] else MOVES
        sentences = IMPORTED if event.imported_at else sentences
        yield phrase(copied.sentence(event) or sentences[kind](), *reasons, is_move=True, **values)


def of_merge(event: Event) -> Phrase:
    """Says which row was merged into which. It does not list the rows that were moved: they say the same as before."""
    noun = event.merged["noun"]
    gone, into = (named_rows.merged(noun, event.merged[side]) for side in ("gone", "into"))
    return phrase(MERGES[Kind(event.kind)][noun](), name=gone, to=into)


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
        return of_value(label, named_rows.logged(name, old), named_rows.logged(name, new))
    if new and not old and name in steps:
        return completed((steps[name],), (PhraseText(new, label=steps[name]),))
    return of_text(label, old or "", new or "")


def _of_tick(label: str, step: str | None, *, is_on: bool) -> Phrase:
    if step:
        return completed((step,)) if is_on else phrase(gettext("marked %(name)s as not complete"), name=step)
    return of_switch(label, is_on=is_on)


def of_waivers(event: Event, most_named: int | None = None) -> Iterator[Phrase]:
    """What happened to waivers, the first with the reason. A waiver implies that its request is approved.

    More waived steps than `most_named` are counted.
    """
    said = [
        of_steps(WAIVER_CHANGES[WaiverChange(each["what"])](), [answer_kinds.logged_name(each["step"])])
        for each in event.waiver_changes
        if each["what"] in WAIVER_CHANGES
    ]
    if event.waived_steps:
        names = [answer_kinds.logged_name(step) for step in event.waived_steps]
        said.insert(0, _waived(names, most_named, is_imported=event.kind in WAIVES_AS_IMPORTED))
    texts = (PhraseText(event.reason),) if event.reason and event.kind in ABOUT_WAIVERS else ()
    for parts in said:
        yield Phrase(parts, texts, is_move=True)
        texts = ()


def _waived(names: list[str], most_named: int | None, *, is_imported: bool) -> tuple[PhrasePart, ...]:
    count = len(names)
    if is_imported and count > IMPORTED_STEPS_NAMED:
        said = ngettext("waived %(count)d step as imported", "waived %(count)d steps as imported", count)
        return (PhrasePart(said % {"count": count}),)
    if is_imported:
        said = ngettext("waived the step %(steps)s as imported", "waived the steps %(steps)s as imported", count)
        return of_steps(said, names)
    if most_named is not None and count > most_named:
        return (PhrasePart(ngettext("waived %(count)d step", "waived %(count)d steps", count) % {"count": count}),)
    return of_steps(ngettext("waived the step %(steps)s", "waived the steps %(steps)s", count), names)
