"""A row that another connection holds, for tests of what happens to those who wait."""

from contextlib import contextmanager

from django.db import connection, connections

WAIT = {"sqlite": "PRAGMA busy_timeout = 50", "postgresql": "SET lock_timeout = '50ms'"}


def held(row):
    """Another connection holds this row (on SQLite: the database). This one waits for 50 ms only.

    Needs `django_db(transaction=True)`.
    """
    key = row._meta.pk.column
    return held_all(row._meta.db_table, f"{key} = '{row.pk}'")


@contextmanager
def held_all(table, condition="1 = 1"):
    """As `held`, for every row of a table, or those that fit a condition."""
    other = connection.copy()
    other.inc_thread_sharing()
    try:
        with connection.cursor() as cursor:
            cursor.execute(WAIT[connection.vendor])
        other.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with other.cursor() as cursor:
            if connection.vendor == "postgresql":  # on SQLite the transaction holds the database from its beginning
                cursor.execute(f"SELECT 1 FROM {table} WHERE {condition} FOR UPDATE")
        yield
    finally:
        other.rollback()
        other.close()
        connection.close()  # with its timeout


@contextmanager
def impatient():
    """Connections that are opened from now on, as by a live server, wait for 50 ms only."""
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
