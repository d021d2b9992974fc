"""Checks of the installation, run by `manage.py migrate` and `manage.py check --database default`."""

import sqlite3
from collections.abc import Sequence

from django.core import checks
from django.db import connections


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite has the fix of the write-ahead log, which could reset and lose confirmed changes."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def check_journal_mode(databases: Sequence[str] | None = None, **kwargs: object) -> list[checks.CheckMessage]:
    """Refuses a write-ahead log on an SQLite that may corrupt it."""
    if wal_is_safe(sqlite3.sqlite_version_info):
        return []
    return [
        checks.Error(
            f"The database {alias} uses a write-ahead log, which SQLite {sqlite3.sqlite_version} may corrupt.",
            hint="Take PRAGMA journal_mode=WAL out of its options and run PRAGMA journal_mode=DELETE on the file.",
            id="salesflow.E001",
        )
        for alias in databases or []
        if _journal_mode(alias) == "wal"
    ]


def _journal_mode(alias: str) -> str | None:
    connection = connections[alias]
    if connection.vendor != "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        return str(cursor.fetchone()[0]).lower()
