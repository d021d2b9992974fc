"""Guesses what the values of a file mean: its decimal mark, its probabilities, its stages, statuses and owners.

The functions get the stages, reasons and people that exist as plain values, so that nothing is looked up here.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from opportunities.imports import stage_words
from opportunities.imports.mapping import FRACTION, ON_HOLD, PERCENT, WORDS, StageMeaning
from opportunities.imports.reading.cells import Cell, is_blank, line
from opportunities.models import Opportunity
from salesflow import folding

OPEN, WON, LOST = Opportunity.Status.OPEN, Opportunity.Status.WON, Opportunity.Status.LOST

OUTCOMES = {
    WON: ("won", "closed won", "vunnet", "vant", "solgt", "sold", "lukket vunnet", "win", "salg", "avsluttet vunnet"),
    LOST: (
        *("lost", "closed lost", "tapt", "lukket tapt", "loss", "avslatt", "rejected", "canceled", "cancelled"),
        *("out sold", "avsluttet tapt", "abandoned", "kansellert"),
    ),
}
"""What files call won and lost, folded. Statuses and stages alike."""

IN_PROGRESS = (
    "open",
    "apen",
    "in progress",
    "pagar",
    "aktiv",
    "active",
    "under arbeid",
    "ny",
    "new",
)

PAUSED = ("on hold", "pa vent", "paused", "pauset", "satt pa vent", "parkert", "parked")
"""What files call open and on hold."""

MOST_TIMES = 10
"""A decimal mark that is so many times as frequent as the other one is that of the file."""

_DECIMALS = re.compile(r"([.,])\d{1,2}(?!\d)\D*$")
_GROUPS = re.compile(r"(?<=\d)([.,])\d{3}(?!\d)")


class KnownStage(NamedTuple):
    """A stage as a file may name it. `names`: its names in each language."""

    process: int
    stage: int
    names: tuple[str, ...]
    process_names: tuple[str, ...] = ()


class KnownPerson(NamedTuple):
    """A user as a file may name one: `names` has the username, the e-mail and the full name."""

    pk: int
    names: tuple[str, ...]


def decimal_mark(samples: Iterable[Cell]) -> str:
    """The decimal mark of the amounts of a file; empty if none shows it, or if many show another one."""
    found = Counter(filter(None, (_decimal_mark(cell) for cell in samples if isinstance(cell, str))))
    (mark, times), (_other, others) = [*found.most_common(2), ("", 0), ("", 0)][:2]
    return mark if times >= MOST_TIMES * others else ""


def _decimal_mark(written: str) -> str:
    """The decimal mark that an amount shows: `9,5`, or `1.234.567`, which has none but groups its digits."""
    if match := _DECIMALS.search(written):
        return match[1]
    groups = _GROUPS.findall(written)
    if len(groups) > 1 and len(set(groups)) == 1:
        return "," if groups[0] == "." else "."
    return ""


def probability(samples: Iterable[Cell]) -> str:
    """Whether probabilities are percents, fractions of 1, or words."""
    written = [line(cell) for cell in samples if not is_blank(cell)]
    figures = [text for text in written if re.fullmatch(r"\d+(?:[.,]\d+)?\s*%?", text)]
    if len(figures) * 2 < len(written):
        return WORDS
    are_shares = all("%" not in text and float(text.replace(",", ".")) <= 1 for text in figures)
    return FRACTION if figures and are_shares and any(re.search("[.,]", text) for text in figures) else PERCENT


def stages(sources: Iterable[str], known: Iterable[KnownStage]) -> dict[str, StageMeaning]:
    """What values of the stage column probably mean; without those of which nothing is known."""
    known = list(known)
    guessed = ((value, _stage(value, known)) for value in sources)
    return {value: meaning for value, meaning in guessed if meaning}


def _stage(value: str, known: list[KnownStage]) -> StageMeaning | None:
    *process, stage = (_key(part) for part in value.split(" › "))
    if outcome := _outcome(stage):
        return StageMeaning(outcome=outcome)
    fitting = [each for each in known if stage in map(_key, each.names)] or _called_alike(stage, known)
    of_process = [each for each in fitting if process and process[0] in map(_key, each.process_names)]
    chosen = (of_process or fitting)[:1]
    return StageMeaning(process=chosen[0].process, stage=chosen[0].stage) if chosen else None


def _called_alike(stage: str, known: list[KnownStage]) -> list[KnownStage]:
    """The stages that other systems call so."""
    words = stage_words.alike(stage)
    return [each for each in known if not words.isdisjoint(map(_key, each.names))]


def names_stage(cell: Cell) -> bool:
    """Whether a cell has what other systems call a stage and nobody calls a status."""
    key = _key(line(cell))
    return bool(stage_words.alike(key)) and not (_outcome(key) or _open(key))


def statuses(sources: Iterable[str]) -> dict[str, str]:
    """What values of the status column probably mean; without those of which nothing is known."""
    guessed = ((value, _outcome(_key(value)) or _open(_key(value))) for value in sources)
    return {value: status for value, status in guessed if status}


def _open(key: str) -> str:
    return ON_HOLD if key in PAUSED else OPEN.value if key in IN_PROGRESS else ""


def people(sources: Iterable[str], known: Iterable[KnownPerson]) -> dict[str, int]:
    """Who is meant by values of the owner column. A name that two people have means nobody."""
    return _by_name(sources, ((each.pk, each.names) for each in known))


def reasons(sources: Iterable[str], known: Iterable[tuple[int, tuple[str, ...]]]) -> dict[str, int]:
    """Which status reasons are meant. `known` has the id of each reason with its names."""
    return _by_name(sources, known)


def _by_name(sources: Iterable[str], known: Iterable[tuple[int, tuple[str, ...]]]) -> dict[str, int]:
    found = dict[str, set[int]]()
    for pk, names in known:
        for name in filter(None, map(_key, names)):
            found.setdefault(name, set()).add(pk)
    fitting: Mapping[str, set[int]] = {value: found.get(_key(value), set()) for value in sources}
    return {value: next(iter(pks)) for value, pks in fitting.items() if len(pks) == 1}


def _outcome(key: str) -> str:
    return next((outcome.value for outcome, words in OUTCOMES.items() if key in words), "")


def _key(text: str) -> str:
    """The text folded, its signs as spaces: `Closed - Won` is `closed won`."""
    folded = folding.folded(text)
    return " ".join("".join(each if each.isalnum() or each in "@." else " " for each in folded).split())
