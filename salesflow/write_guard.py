"""Guards tables against writes from elsewhere: a row is written only inside a block that allows it.

`stages` and `opportunities` each have a guard, with blocks of their own. A block allows keys, such as the id of a
process or of an opportunity. A guard is no rule: it does not check what a write stores.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from django.db import models

EVERY = "every"
"""The key of a block that allows every row, and mass writes."""

T = TypeVar("T", bound=models.Model)
Allowed = TypeVar("Allowed")


class UnguardedWrite(RuntimeError):
    """A guarded row was written outside the blocks that allow it. A bug in the caller."""


class Blocks(Generic[Allowed]):
    """The keys that the open blocks of this thread allow, each with what its block allows."""

    def __init__(self, name: str) -> None:
        self._allowed: ContextVar[Mapping[Any, Allowed]] = ContextVar(name, default=MappingProxyType({}))

    @property
    def allowed(self) -> Mapping[Any, Allowed]:
        return self._allowed.get()

    @contextmanager
    def allow(self, key: Any, allowed: Allowed) -> Iterator[None]:
        """Allows a key for the block."""
        token = self._allowed.set({**self.allowed, key: allowed})
        try:
            yield
        finally:
            self._allowed.reset(token)

    def allow_until_end(self, key: Any, allowed: Allowed) -> None:
        """Allows one more key until the innermost open block ends."""
        self._allowed.set({**self.allowed, key: allowed})


class GuardedRowQuerySet(models.QuerySet[T]):
    """A queryset that calls `check_mass_write` before each mass write."""

    def check_mass_write(self) -> None:
        """Raises UnguardedWrite unless a block allows every row."""
        raise NotImplementedError

    def update(self, **kwargs: Any) -> int:
        self.check_mass_write()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self.check_mass_write()
        return super().delete()

    def bulk_create(self, objs: Iterable[T], *args: Any, **kwargs: Any) -> list[T]:
        self.check_mass_write()
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Iterable[T], fields: Iterable[str], batch_size: int | None = None) -> int:
        self.check_mass_write()
        return super().bulk_update(objs, fields, batch_size)


class GuardedRow(models.Model):
    """A row that calls `check_write` before it is saved or deleted.

    A model sets `base_manager_name = "objects"`: `related.add()` and `.set()` update through the base manager.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.check_write()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.check_write()
        return super().delete(*args, **kwargs)

    def check_write(self) -> None:
        """Raises UnguardedWrite unless a block allows this row."""
        raise NotImplementedError
