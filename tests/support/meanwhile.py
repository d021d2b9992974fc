"""Events during a request: another user writes first or at the same moment, or a statement fails."""

import re
import threading
from contextlib import contextmanager

from django.db import connection
from zeal import zeal_ignore

from tests.support.db_assertions import digests


@contextmanager
def meanwhile(act):
    """Runs `act` once, between the reads of a view and its transaction. Nothing else may be written."""
    after_act = {}

    def once(execute, sql, params, many, context):
        if not after_act and sql.startswith("SAVEPOINT"):
            after_act["pending"] = True
            with zeal_ignore():  # the queries of the other user do not belong to the request
                act()
            after_act.update(digests=digests())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(once):
        yield
    assert digests() == after_act["digests"]


@contextmanager
def failing(pattern, fault):
    """Every statement that matches the pattern raises this fault."""

    def fail(execute, sql, params, many, context):
        if re.search(pattern, sql):
            raise fault
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


def at_once(*acts):
    """Runs each act in its own thread, all at the same moment. Returns their results."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        try:
            start.wait()
            results[number] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
