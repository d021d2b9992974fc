"""The write guard of process definitions: stages and steps are written only while `designing` changes their process.

Derived columns of opportunities count steps. A write elsewhere would leave them stale.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import models

from salesflow.write_guard import EVERY, Blocks, GuardedRow, GuardedRowQuerySet, UnguardedWrite
from stages.versions import Versioned

__all__ = [
    "DefinitionQuerySet",
    "DefinitionRow",
    "UnguardedWrite",
    "changing",
    "changing_every",
    "check",
    "is_changing",
    "process_was_created",
]

_changing: Blocks[None] = Blocks("stages_changing")


@contextmanager
def changing(process_id: int | None) -> Iterator[None]:
    """Allows the block to write the stages and steps of one process. None: of a process that the block creates."""
    with _changing.allow(process_id, None):
        yield


@contextmanager
def changing_every() -> Iterator[None]:
    """Allows the block to write every stage and step, in bulk too. For installing what ships."""
    with _changing.allow(EVERY, None):
        yield


def process_was_created(process_id: int) -> None:
    """Allows a block that creates a process to write its stages too."""
    if None in _changing.allowed:
        _changing.allow_until_end(process_id, None)


def is_changing() -> bool:
    """Whether this thread is inside a block that may write stages and steps."""
    return bool(_changing.allowed)


def check(process_id: int | None) -> None:
    """Raises UnguardedWrite unless a block changes this process."""
    if not _changing.allowed.keys() & {process_id, EVERY} or process_id is None:
        raise UnguardedWrite("Write stages and steps inside stages.designing.changing.")


T = TypeVar("T", bound=models.Model)


class DefinitionQuerySet(GuardedRowQuerySet[T]):
    """Stages or steps."""

    def check_mass_write(self) -> None:
        if EVERY not in _changing.allowed:
            raise UnguardedWrite("Write stages and steps one by one: a mass write keeps no history.")


class DefinitionRow(GuardedRow, Versioned):
    """A stage or a step."""

    class Meta:
        abstract = True

    @property
    def changed_process_id(self) -> int:
        """The process that must be changing for this row to be written."""
        raise NotImplementedError

    def check_write(self) -> None:
        check(self.changed_process_id)
        stored = None if self._state.adding else type(self)._base_manager.filter(pk=self.pk).first()
        if stored is not None:
            check(stored.changed_process_id)
