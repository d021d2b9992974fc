"""The lock of the door: opportunities and what hangs on them are written only while `editing` or `start` holds them.

A lock, not a rule: it decides nothing about what a write may say, it only refuses one made elsewhere.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from django.db import models

EVERY = frozenset({"every"})

_held: ContextVar[frozenset[Any]] = ContextVar("opportunities_held", default=frozenset())
_edited: ContextVar[frozenset[Any]] = ContextVar("opportunities_edited", default=frozenset())


class OutsideTheDoor(RuntimeError):
    """Somebody wrote to an opportunity, or to what hangs on it, without `editing`."""


@contextmanager
def holding(opportunity_id: int | None) -> Iterator[None]:
    """Hold one opportunity (None: one that is about to be created) for the block. Nesting the same is a bug."""
    if opportunity_id in _held.get():
        raise RuntimeError("editing() of this opportunity is already open: it does not nest.")
    token = _held.set(_held.get() | {opportunity_id})
    try:
        yield
    finally:
        _held.reset(token)


@contextmanager
def editing_only(opportunity_id: int) -> Iterator[None]:
    """Narrow `holding` for the block: it may write rows with `is_edited`, not what moves and `editing` itself write."""
    token = _edited.set(_edited.get() | {opportunity_id})
    try:
        yield
    finally:
        _edited.reset(token)


@contextmanager
def holding_every() -> Iterator[None]:
    """Hold all opportunities, for the batches that refresh derived columns and for removing the demo."""
    token = _held.set(_held.get() | EVERY)
    try:
        yield
    finally:
        _held.reset(token)


def check(opportunity_id: int | None, *, is_edited: bool = False) -> None:
    held = _held.get()
    if held & EVERY:
        return
    if opportunity_id not in held:
        raise OutsideTheDoor("Write to an opportunity, and to what hangs on it, inside opportunities.editing.")
    if opportunity_id in _edited.get() and not is_edited:
        raise OutsideTheDoor("Only opportunities.transitions and editing itself write this row.")


T = TypeVar("T", bound=models.Model)


class GuardedQuerySet(models.QuerySet[T]):
    """A queryset whose mass writes need the door to be held for every opportunity at once."""

    def update(self, **kwargs: Any) -> int:
        _check_every()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        _check_every()
        return super().delete()

    def bulk_create(self, objs: Iterable[T], *args: Any, **kwargs: Any) -> list[T]:
        _check_every()
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Iterable[T], fields: Iterable[str], batch_size: int | None = None) -> int:
        _check_every()
        return super().bulk_update(objs, fields, batch_size)


def _check_every() -> None:
    if not _held.get() & EVERY:
        raise OutsideTheDoor("Write to opportunities one by one, inside opportunities.editing.")


class BehindTheDoor(models.Model):
    """An opportunity, or a row that hangs on one.

    A model sets `base_manager_name = "objects"`: `related.add()` and `.set()` update through the base manager.
    """

    is_edited = False
    """Whether an `editing` block may write such rows. All others are written by moves and by `editing` itself."""

    opportunity_column = "opportunity_id"

    _read_as: tuple[int | None, int] | None = None
    """The ids of the row and of its opportunity when the row was last read or saved."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._check()
        # A new row overwrites none that has its id. A row that was removed meanwhile is not inserted again.
        kwargs["force_insert" if self._state.adding else "force_update"] = True
        super().save(*args, **kwargs)
        self._remember_opportunity()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete(*args, **kwargs)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        row = super().from_db(*args, **kwargs)
        row._remember_opportunity()
        return row

    @property
    def held_opportunity_id(self) -> int | None:
        """The opportunity that must be held for this row to be written."""
        return getattr(self, self.opportunity_column)

    def _check(self) -> None:
        check(self.held_opportunity_id, is_edited=self.is_edited)
        if not self._state.adding and self._stored_opportunity_id() != self.held_opportunity_id:
            raise OutsideTheDoor("A row stays on its opportunity.")

    def _stored_opportunity_id(self) -> int | None:
        """No query for a row that was read whole and kept its id."""
        if self._read_as and self._read_as[0] == self.pk:
            return self._read_as[1]
        stored = type(self)._base_manager.filter(pk=self.pk)
        return stored.values_list(self.opportunity_column, flat=True).first()

    def _remember_opportunity(self) -> None:
        known = self.__dict__.get(self.opportunity_column)
        self._read_as = (self.pk, known) if known is not None else None
