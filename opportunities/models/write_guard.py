"""The write guard: opportunities and their child rows are written only while `editing` or `start` guards them.

The guard is no rule. It does not judge what a write says, it only refuses a write that is made elsewhere.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Self, TypeVar

from django.db import models

EVERY = "every"
BeforeWrite = Callable[[type[models.Model]], None]


@dataclasses.dataclass(frozen=True)
class Guard:
    """What may be written to a guarded opportunity (None: every row), and what to call before each write."""

    before_write: BeforeWrite | None = None
    only: frozenset[type[models.Model]] | None = None


_guards: ContextVar[Mapping[Any, Guard]] = ContextVar("opportunities_guards", default=MappingProxyType({}))


class UnguardedWrite(RuntimeError):
    """An opportunity or a child row was written without `editing`."""


@contextmanager
def guarded(opportunity_id: int | None, before_write: BeforeWrite | None = None) -> Iterator[None]:
    """Guard one opportunity (None: one that is about to be created) for the block. Nesting the same one is a bug.

    Calls `before_write` with the model before each row is saved or deleted.
    """
    if opportunity_id in _guards.get():
        raise RuntimeError("editing() of this opportunity is already open: it does not nest.")
    with _guarding({opportunity_id: Guard(before_write)}):
        yield


@contextmanager
def editing_only(opportunity_id: int, only: frozenset[type[models.Model]]) -> Iterator[None]:
    """Narrow `guarded` for the block: it may write rows of these models, not what moves and `editing` itself write."""
    guard = _guards.get()[opportunity_id]
    with _guarding({opportunity_id: dataclasses.replace(guard, only=only)}):
        yield


@contextmanager
def guarded_every() -> Iterator[None]:
    """Guard all opportunities, for the batches that refresh derived columns and for removing the demo."""
    with _guarding({EVERY: Guard()}):
        yield


@contextmanager
def _guarding(guards: Mapping[Any, Guard]) -> Iterator[None]:
    token = _guards.set({**_guards.get(), **guards})
    try:
        yield
    finally:
        _guards.reset(token)


def check(opportunity_id: int | None, model: type[models.Model] | None = None) -> None:
    """Refuse the write of a row unless its opportunity is guarded for it."""
    guards = _guards.get()
    guard = guards.get(opportunity_id) or guards.get(EVERY)
    if guard is None:
        raise UnguardedWrite("Write to an opportunity, and to its child rows, inside opportunities.editing.")
    if guard.only is not None and model not in guard.only and EVERY not in guards:
        raise UnguardedWrite("Only opportunities.transitions and editing itself write this row.")
    if guard.before_write and model:
        guard.before_write(model)


T = TypeVar("T", bound=models.Model)


class GuardedQuerySet(models.QuerySet[T]):
    """A queryset whose mass writes need every opportunity to be guarded at once."""

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
    if EVERY not in _guards.get():
        raise UnguardedWrite("Write to opportunities one by one, inside opportunities.editing.")


class Guarded(models.Model):
    """An opportunity, or a row of a child table.

    A model sets `base_manager_name = "objects"`: `related.add()` and `.set()` update through the base manager.
    """

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
    def guarded_opportunity_id(self) -> int | None:
        """The opportunity that must be guarded for this row to be written."""
        return getattr(self, self.opportunity_column)

    def _check(self) -> None:
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
