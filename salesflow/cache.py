"""The caches, which are tables of the database, so that all workers share them."""

import datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import OperationalError, connections, router, transaction

from salesflow.database_errors import is_busy


class SharedCache(DatabaseCache):
    """Raises OperationalError when the database is busy.

    Django returns False instead, as if the key were set already. allauth would count that as too many attempts.
    """

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> Any:
        database = router.db_for_write(self.cache_model_class)
        busy: list[OperationalError] = []

        def note_busy(execute: Any, *statement: Any) -> Any:
            try:
                return execute(*statement)
            except OperationalError as error:
                if is_busy(error):
                    busy.append(error)
                raise

        with transaction.atomic(using=database), connections[database].execute_wrapper(note_busy):
            is_set: bool = super()._base_set(mode, key, value, timeout)  # type: ignore[misc]
            if busy:
                raise busy[0]
        return is_set


class KeptCache(SharedCache):
    """Keeps each entry until it expires. Above MAX_ENTRIES it removes only expired entries."""

    def _cull(self, db: str, cursor: Any, now: datetime.datetime, num: int) -> None:
        table = self.cache_model_class._meta.db_table
        expired = connections[db].ops.adapt_datetimefield_value(now)
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [expired])  # noqa: S608 - the settings name it
