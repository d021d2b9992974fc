"""The phrases of a timeline, without the person: "set Estimated revenue to NOK 480,000 (was 440,000)"."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext

from opportunities.customers import erased

LONG = 160
"""A text with more characters is folded."""

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_STRONG = {"label", "name", "to"}


@dataclass(frozen=True)
class PhrasePart:
    """A piece of a phrase. `is_strong`: the name of what changed. `address`: the page of the row that it names."""

    text: str
    is_strong: bool = False
    address: str = ""


@dataclass(frozen=True)
class PhraseValue:
    """A value in a phrase, in one piece or in several that name rows with pages. It is false if it is empty."""

    parts: tuple[PhrasePart, ...] = ()

    @classmethod
    def of(cls, text: str, address: str = "") -> "PhraseValue":
        """The value with this text, which leads to that page."""
        return cls((PhrasePart(erased.shown(text), address=address),) if text else ())

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True)
class PhraseText:
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

    parts: tuple[PhrasePart, ...]
    texts: tuple[PhraseText, ...] = ()
    is_move: bool = False
    is_telling: bool = False
    """Whether an entry shows it before changed fields, as a new file or a mail."""
    completed: tuple[str, ...] = ()
    """The names of the steps, if the phrase says that steps are complete."""

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)


def phrase(
    sentence: str | Promise,
    *texts: PhraseText,
    is_move: bool = False,
    is_telling: bool = False,
    **values: str | PhraseValue,
) -> Phrase:
    """The phrase of a translated sentence with named placeholders, and the texts below it."""
    parts: list[PhrasePart] = []
    for place, piece in enumerate(_PLACEHOLDER.split(str(sentence))):
        shown = _parts_of(values[piece]) if place % 2 else (PhrasePart(piece.replace("%%", "%")),)
        parts += [replace(part, is_strong=True) if place % 2 and piece in _STRONG else part for part in shown]
    return Phrase(tuple(part for part in parts if part.text), texts, is_move, is_telling)


def _parts_of(value: str | PhraseValue) -> tuple[PhrasePart, ...]:
    return (PhraseValue.of(value) if isinstance(value, str) else value).parts


def completed(names: tuple[str, ...], texts: tuple[PhraseText, ...] = ()) -> Phrase:
    """Says that these steps are complete."""
    return Phrase(of_steps(gettext("completed %(steps)s"), names), texts, completed=names)


def of_steps(sentence: str, names: Iterable[str]) -> tuple[PhrasePart, ...]:
    """The pieces of a translated sentence about steps."""
    before, after = sentence.split("%(steps)s")
    parts = [PhrasePart(before), *in_a_row([[PhrasePart(name, is_strong=True)] for name in names]), PhrasePart(after)]
    return tuple(part for part in parts if part.text)


def in_a_row(groups: list[list[PhrasePart]]) -> Iterator[PhrasePart]:
    """Puts “,” and “and” between the groups."""
    for place, parts in enumerate(groups):
        if place:
            yield PhrasePart(f" {gettext('and')} " if place == len(groups) - 1 else ", ")
        yield from parts


def of_value(label: str, old: PhraseValue, new: PhraseValue) -> Phrase:
    return phrase(_value(old, new), label=label, old=old, new=new)


def of_text(label: str, old: str, new: str) -> Phrase:
    """The change of a text of several lines, which is shown below the sentence."""
    sentence = gettext("changed %(label)s") if old and new else gettext("wrote %(label)s")
    return phrase(sentence if new else gettext("cleared %(label)s"), PhraseText(new, before=old), label=label)


def _value(old: PhraseValue, new: PhraseValue) -> str:
    if not new:
        return gettext("cleared %(label)s (was %(old)s)")
    return gettext("set %(label)s to %(new)s (was %(old)s)") if old else gettext("set %(label)s to %(new)s")


def of_switch(label: str, *, is_on: bool) -> Phrase:
    return phrase(gettext("ticked %(label)s") if is_on else gettext("unticked %(label)s"), label=label)
