"""Runs two operations at once: the first is paused after one of its SQL statements, and the second runs meanwhile.

For PostgreSQL, where writers lock rows. Needs a transactional test.
"""

import concurrent.futures
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from opportunities.refusals import Refused
from stages.designing import DesignRefused
from tests.support.db_assertions import OURS

Operation = Callable[[], object]
Contents = dict[str, list[dict]]

POLL_INTERVAL = 0.005  # seconds between two checks whether the second operation waits for a lock of the first
TIMEOUT = 30  # seconds until a test gives up on an operation that neither ends nor waits


def outcome(operation: Operation) -> str:
    """Runs the operation and returns how it ended. Raises any exception that is not a refusal."""
    try:
        operation()
    except (Refused, DesignRefused) as refusal:
        return f"{type(refusal).__name__}: {refusal}"
    return "done"


class Partner:
    """Runs operations one after the other, in its own thread and on its own connection."""

    def __enter__(self) -> "Partner":
        self.thread = ThreadPoolExecutor(1)
        self.pids = [backend_pid_of_thread(), self.thread.submit(backend_pid_of_thread).result()]
        self.observer = connection.copy()  # the connection of this thread is busy meanwhile
        return self

    def __exit__(self, *raised: object) -> None:
        self.thread.submit(connection_closed).result()
        self.thread.shutdown()
        self.observer.close()

    def start(self, operation: Operation) -> "Future[str]":
        """Starts the operation. Returns when it has ended or waits for a lock of this thread."""
        running = self.thread.submit(outcome, operation)
        for _ in range(int(TIMEOUT / POLL_INTERVAL)):
            if concurrent.futures.wait([running], POLL_INTERVAL).done or self._waits():
                return running
        raise TimeoutError("The second operation neither ends nor waits.")

    def _waits(self) -> bool:
        with self.observer.cursor() as cursor:
            cursor.execute("SELECT %s = ANY(pg_blocking_pids(%s))", self.pids)
            return bool(cursor.fetchone()[0])


def backend_pid_of_thread() -> int:
    """The id of the server process that belongs to the connection of this thread."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid


def connection_closed() -> None:
    connection.close()


@dataclass(frozen=True)
class Ended:
    """The outcomes of both operations, and whether the second waited for the first."""

    first: str
    second: str
    waited: bool


def interleaved(first: Operation, second: Operation, *, after: int, partner: Partner) -> Ended | None:
    """Runs the second operation after that many statements of the first. None when the first has fewer.

    A second operation that waits for a lock of the first continues when the lock is released.
    """
    running: list[Future[str]] = []
    waits = []
    statements = 0

    def pausing(execute, *statement):
        nonlocal statements
        result = execute(*statement)
        statements += 1
        if statements == after:
            running.append(partner.start(second))
            waits.append(not running[0].done())
        return result

    with connection.execute_wrapper(pausing):
        ended = outcome(first)
    return Ended(ended, running[0].result(TIMEOUT), waits[0]) if running else None


class Beginning:
    """The contents of our tables when it is made. They can be restored as often as needed."""

    def __init__(self) -> None:
        apps_of_ours = [apps.get_app_config(label) for label in OURS]
        models = [model for app in apps_of_ours for model in app.get_models(include_auto_created=True)]
        self.keys = {model._meta.db_table: model._meta.pk.column for model in models}
        self.contents = self.now()

    def __enter__(self) -> "Beginning":
        for table in self.keys:
            executed(f'CREATE TEMPORARY TABLE "start_{table}" AS TABLE "{table}"')
        return self

    def __exit__(self, *raised: object) -> None:
        for table in self.keys:
            executed(f'DROP TABLE "start_{table}"')

    def now(self) -> Contents:
        """Every row of every table of ours, ordered by key, in one query."""
        rows = [
            f"""SELECT '{table}' AS name,
                (SELECT coalesce(json_agg(r ORDER BY r."{key}"), '[]') FROM "{table}" r) AS rows"""
            for table, key in self.keys.items()
        ]
        return json.loads(executed(f"SELECT json_object_agg(name, rows)::text FROM ({' UNION ALL '.join(rows)}) each"))

    def restore(self, contents: Contents) -> None:
        """Restores the tables that differ from the beginning. `contents` is the current state."""
        changed = [table for table in self.keys if contents[table] != self.contents[table]]
        gone = [f'DELETE FROM "{table}"' for table in changed]
        back = [f'INSERT INTO "{table}" TABLE "start_{table}"' for table in changed]
        if changed:
            executed("; ".join(gone + back))  # one transaction; references are checked when it ends


def executed(sql: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None
