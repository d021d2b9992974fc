"""The lock of the door: opportunities and what hangs on them are written only while `editing` or `start` holds them.

A lock, not a rule: it decides nothing about what a write may say, it only refuses one made elsewhere.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models

EVERY = frozenset({"every"})

_held: ContextVar[frozenset[Any]] = ContextVar("opportunities_held", default=frozenset())


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
def holding_every() -> Iterator[None]:
    """Hold all opportunities, for the batches that refresh derived columns and for removing the demo."""
    token = _held.set(_held.get() | EVERY)
    try:
        yield
    finally:
        _held.reset(token)


def check(opportunity_id: int | None) -> None:
    if not _held.get() & ({opportunity_id} | EVERY):
        raise OutsideTheDoor("Write to an opportunity, and to what hangs on it, inside opportunities.editing.")


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
    """An opportunity, or a row that hangs on one."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        check(self.held_opportunity_id)
        if not self._state.adding:
            kwargs["force_update"] = True  # a row that somebody removed meanwhile does not come back by being saved
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        check(self.held_opportunity_id)
        return super().delete(*args, **kwargs)

    @property
    def held_opportunity_id(self) -> int | None:
        """The opportunity that must be held for this row to be written."""
        return self.opportunity_id  # type: ignore[attr-defined]
