"""The words for what a process can ask about: fields to fill and evidence to have.

`stages` knows no record of its own. Two settings name the modules that do: STEP_VOCABULARY (what a step may ask for)
and PROCESS_RECORDS (the records that a changed definition affects). Both are read when they are needed. Steps are rows
that name these words as text.
"""

import enum
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
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
    tick_when: Text
    """The sentence of the help pages."""


def fields() -> Mapping[str, Field]:
    """The fields that a step may ask for, by name, from the module that the setting STEP_VOCABULARY names."""
    return _module(settings.STEP_VOCABULARY).fields()


def evidence() -> Mapping[str, Evidence]:
    """What a step may ask for as evidence, by name, from the same module."""
    return _module(settings.STEP_VOCABULARY).evidence()


def definition_changed(process_ids: Iterable[int]) -> int:
    """Tell the module that PROCESS_RECORDS names that these processes ask for something else now.

    Returns how many open records were ready to move on and are not any more.
    """
    return _module(settings.PROCESS_RECORDS).recompute(process_ids)


def count_in_stage(stage_id: int) -> int:
    """How many open records are in the stage with that id."""
    return _module(settings.PROCESS_RECORDS).count_in_stage(stage_id)


def _module(name: str) -> Any:
    return importlib.import_module(name)
