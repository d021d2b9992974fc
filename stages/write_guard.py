"""The write guard of process definitions: stages and steps are written only while `design` changes their process.

Derived columns of opportunities count steps. A write elsewhere would leave them stale.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models

from stages.versions import Versioned

EVERY = "every"

_changing: ContextVar[frozenset[Any]] = ContextVar("stages_changing", default=frozenset())


class UnguardedWrite(RuntimeError):
    """A stage or step was written outside `design.changing`. A bug in the caller."""


@contextmanager
def changing(process_id: int | None) -> Iterator[None]:
    """Allow the block to write the stages and steps of one process. None: of a process that the block creates."""
    token = _changing.set(_changing.get() | {process_id})
    try:
        yield
    finally:
        _changing.reset(token)


@contextmanager
def changing_every() -> Iterator[None]:
    """Allow the block to write every stage and step, in bulk too. For installing what ships."""
    token = _changing.set(_changing.get() | {EVERY})
    try:
        yield
    finally:
        _changing.reset(token)


def process_was_created(process_id: int) -> None:
    """A block that creates a process goes on to write its stages."""
    if None in _changing.get():
        _changing.set(_changing.get() | {process_id})


def check(process_id: int | None) -> None:
    if not _changing.get() & {process_id, EVERY} or process_id is None:
        raise UnguardedWrite("Write stages and steps inside stages.design.changing.")


def _check_every() -> None:
    if EVERY not in _changing.get():
        raise UnguardedWrite("Write stages and steps one by one: a mass write keeps no history.")


T = TypeVar("T", bound=models.Model)


class PartQuerySet(models.QuerySet[T]):
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


class Part(Versioned):
    """A stage or a step.

    A model sets `base_manager_name = "objects"`: `related.add()` and `.set()` update through the base manager.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._check()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete(*args, **kwargs)

    @property
    def changed_process_id(self) -> int:
        """The process that must be changing for this row to be written."""
        raise NotImplementedError

    def _check(self) -> None:
        check(self.changed_process_id)
        stored = None if self._state.adding else type(self)._base_manager.filter(pk=self.pk).first()
        if stored is not None:
            check(stored.changed_process_id)
