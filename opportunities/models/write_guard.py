"""The write guard of opportunities: they and their child rows are written only inside `editing` or `start`."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from django.db import models

from salesflow.write_guard import EVERY, Blocks, GuardedRow, GuardedRowQuerySet, UnguardedWrite

__all__ = ["Guarded", "GuardedQuerySet", "UnguardedWrite", "check", "editing_only", "guarded", "guarded_every"]

BeforeWrite = Callable[[type[models.Model]], None]


@dataclasses.dataclass(frozen=True)
class Guard:
    """What may be written to a guarded opportunity (None: every row), and what to call before each write."""

    before_write: BeforeWrite | None = None
    only: frozenset[type[models.Model]] | None = None


_guards: Blocks[Guard] = Blocks("opportunities_guards")


@contextmanager
def guarded(opportunity_id: int | None, before_write: BeforeWrite | None = None) -> Iterator[None]:
    """Guards one opportunity (None: one that is about to be created) for the block. Nesting the same one is a bug.

    Calls `before_write` with the model before each row is saved or deleted.
    """
    if opportunity_id in _guards.allowed:
        raise RuntimeError("editing() of this opportunity is already open: it does not nest.")
    with _guards.allow(opportunity_id, Guard(before_write)):
        yield


@contextmanager
def editing_only(opportunity_id: int, only: frozenset[type[models.Model]]) -> Iterator[None]:
    """Narrows `guarded` for the block: it may write rows of these models, not what moves and `editing` itself write."""
    guard = _guards.allowed[opportunity_id]
    with _guards.allow(opportunity_id, dataclasses.replace(guard, only=only)):
        yield


@contextmanager
def guarded_every() -> Iterator[None]:
    """Guards all opportunities, for batches that refresh derived columns and for the copies of the demo."""
    with _guards.allow(EVERY, Guard()):
        yield


def check(opportunity_id: int | None, model: type[models.Model] | None = None) -> None:
    """Raises UnguardedWrite unless the opportunity is guarded, for rows of this model if one is given."""
    guards = _guards.allowed
    guard = guards.get(opportunity_id) or guards.get(EVERY)
    if guard is None:
        raise UnguardedWrite("Write to an opportunity, and to its child rows, inside opportunities.editing.")
    if guard.only is not None and model not in guard.only and EVERY not in guards:
        raise UnguardedWrite("Only opportunities.transitions and editing itself write this row.")
    if guard.before_write and model:
        guard.before_write(model)


T = TypeVar("T", bound=models.Model)


class GuardedQuerySet(GuardedRowQuerySet[T]):
    """A queryset whose mass writes need every opportunity to be guarded at once."""

    def check_mass_write(self) -> None:
        if EVERY not in _guards.allowed:
            raise UnguardedWrite("Write to opportunities one by one, inside opportunities.editing.")

    def add_rows(self, rows: list[T]) -> list[T]:
        """Inserts new rows by one statement. The opportunity of each must be guarded."""
        for row in rows:
            row.check_write()  # type: ignore[attr-defined]
        return models.QuerySet.bulk_create(self, rows)


class Guarded(GuardedRow):
    """An opportunity, or a row of a child table."""

    opportunity_column = "opportunity_id"

    _read_as: tuple[int | None, int] | None = None
    """The ids of the row and of its opportunity when the row was last read or saved."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A new row overwrites none that has its id. A row that was removed meanwhile is not inserted again.
        kwargs["force_insert" if self._state.adding else "force_update"] = True
        super().save(*args, **kwargs)
        self._remember_opportunity()

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        row = super().from_db(*args, **kwargs)
        row._remember_opportunity()
        return row

    @property
    def guarded_opportunity_id(self) -> int | None:
        """The opportunity that must be guarded for this row to be written."""
        return getattr(self, self.opportunity_column)

    def check_write(self) -> None:
        check(self.guarded_opportunity_id, type(self))
        if not self._state.adding and self._stored_opportunity_id() != self.guarded_opportunity_id:
            raise UnguardedWrite("A row stays on its opportunity.")

    def _stored_opportunity_id(self) -> int | None:
        """No query for a row that was read whole and kept its id."""
        if self._read_as and self._read_as[0] == self.pk:
            return self._read_as[1]
        stored = type(self)._base_manager.filter(pk=self.pk)
        return stored.values_list(self.opportunity_column, flat=True).first()

    def _remember_opportunity(self) -> None:
        known = self.__dict__.get(self.opportunity_column)
        self._read_as = (self.pk, known) if known is not None else None
