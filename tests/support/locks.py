"""Rows that another connection locks, for tests of requests that wait."""

from contextlib import contextmanager

from django.db import connection, connections

WAIT = {"sqlite": "PRAGMA busy_timeout = 50", "postgresql": "SET lock_timeout = '50ms'"}


def held(row):
    """Another connection locks this row (on SQLite: the database). This connection waits for at most 50 ms.

    Needs `django_db(transaction=True)`.
    """
    key = row._meta.pk.column
    return held_all(row._meta.db_table, f"{key} = '{row.pk}'")


@contextmanager
def held_all(table, condition="1 = 1"):
    """Like `held`, for every row of a table that meets the condition."""
    other = connection.copy()
    other.inc_thread_sharing()
    try:
        with connection.cursor() as cursor:
            cursor.execute(WAIT[connection.vendor])
        other.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with other.cursor() as cursor:
            if connection.vendor == "postgresql":  # on SQLite the transaction locks the database when it begins
                cursor.execute(f"SELECT 1 FROM {table} WHERE {condition} FOR UPDATE")
        yield
    finally:
        other.rollback()
        other.close()
        connection.close()  # with its timeout


@contextmanager
def impatient():
    """Connections that are opened in the block, such as those of a live server, wait for at most 50 ms."""
    options = connections.settings["default"]["OPTIONS"]
    before = dict(options)
    if connection.vendor == "sqlite":
        options["timeout"] = 0.05
    else:
        options["options"] += " -c lock_timeout=50ms"
    try:
        yield
    finally:
        options.update(before)
