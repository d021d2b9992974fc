"""The words for what a process can ask about: fields to fill and evidence to have.

`stages` knows no record of its own. Whoever owns the records registers here, once, what a step may name
(`opportunities/apps.py` does); steps are rows that name these words by plain text.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Text = str | Promise
Record = Any


class Kind(enum.StrEnum):
    """What kind of answer a field takes; the form of a stage chooses its control by this."""

    ACCOUNT = "account"
    CONTACT = "contact"
    CHOICE = "choice"
    MONEY = "money"
    TEXT = "text"
    TICK = "tick"
    DATE = "date"


@dataclass(frozen=True)
class Field:
    """A field of the record that a step may ask for."""

    label: Text
    kind: Kind
    attribute: str = ""
    """Where the record keeps the answer, when not under the field's own name (`contact` is read from `contact_id`)."""


@dataclass(frozen=True)
class Evidence:
    """Something that must be there before a tick counts. `is_there` reads the record in hand and queries nothing."""

    label: Text
    is_there: Callable[[Record], bool]
    missing: Text


@dataclass
class Vocabulary:
    """All that a step may name, and whom to tell when a process definition changes."""

    fields: dict[str, Field] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    on_change: Callable[[Iterable[int]], int] = lambda process_ids: 0
    standing_in: Callable[[int], int] = lambda stage_id: 0


vocabulary = Vocabulary()


def register(
    *,
    fields: Mapping[str, Field],
    evidence: Mapping[str, Evidence],
    on_change: Callable[[Iterable[int]], int],
    standing_in: Callable[[int], int] = lambda stage_id: 0,
) -> None:
    """Say what steps may ask for. `on_change` is called with ids of processes whose definition has changed.

    It returns how many open records were ready to move on and are so no more.
    `standing_in` tells how many open records stand in the stage with that id.
    """
    vocabulary.fields = dict(fields)
    vocabulary.evidence = dict(evidence)
    vocabulary.on_change = on_change
    vocabulary.standing_in = standing_in
