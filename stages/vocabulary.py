"""The vocabulary of steps: the fields and the evidence that a step may ask for.

`stages` does not import opportunities. Two settings name the modules to use: STEP_VOCABULARY (what a step may ask for)
and PROCESS_RECORDS (the opportunities that a changed definition affects). A step stores the names
as text.
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


class FieldKind(enum.StrEnum):
    """The kind of answer that a field takes."""

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
    kind: FieldKind
    attribute: str = ""
    """The attribute of the record with the answer, if it has another name (`contact` is read from `contact_id`)."""


@dataclass(frozen=True)
class Evidence:
    """What must exist before a tick counts. `is_there` takes the record and makes no query."""

    label: Text
    is_there: Callable[[Record], bool]
    missing: Text
    tick_when: Text
    """The sentence of the help pages."""


def fields() -> Mapping[str, Field]:
    """The fields that a step may ask for, by name, from the module that the setting STEP_VOCABULARY names."""
    return _module(settings.STEP_VOCABULARY).fields()


def evidence() -> Mapping[str, Evidence]:
    """The evidence that a step may ask for, by name, from the same module."""
    return _module(settings.STEP_VOCABULARY).evidence()


def definition_changed(process_ids: Iterable[int]) -> int:
    """Recomputes the open opportunities of these processes, through the module that PROCESS_RECORDS names.

    Returns how many were ready for the next stage and are not any more.
    """
    return _module(settings.PROCESS_RECORDS).recompute(process_ids)


def count_in_stage(stage_id: int) -> int:
    """How many open opportunities are in the stage with that id."""
    return _module(settings.PROCESS_RECORDS).count_in_stage(stage_id)


def _module(name: str) -> Any:
    return importlib.import_module(name)
