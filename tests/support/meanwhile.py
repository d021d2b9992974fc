"""What happens to the database while a request is under way: another user is quicker, or a statement fails."""

import re
from contextlib import contextmanager

from django.db import connection
from zeal import zeal_ignore

from tests.support.db_assertions import digests


@contextmanager
def meanwhile(act):
    """Runs `act` once, after a view has read and before it opens its transaction. Then nothing else is written."""
    after_act = {}

    def once(execute, sql, params, many, context):
        if not after_act and sql.startswith("SAVEPOINT"):
            after_act["pending"] = True
            with zeal_ignore():  # what the other user does is no part of the request
                act()
            after_act.update(digests=digests())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(once):
        yield
    assert digests() == after_act["digests"]


@contextmanager
def failing(pattern, fault):
    """The database answers every statement that matches the pattern with this fault."""

    def fail(execute, sql, params, many, context):
        if re.search(pattern, sql):
            raise fault
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield
