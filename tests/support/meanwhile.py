"""What happens to the database while a request is under way: another user is quicker, or a statement fails."""

import contextvars
import re
from contextlib import contextmanager

from django.db import connection

from tests.support.db_assertions import digests


@contextmanager
def meanwhile(act):
    """Runs `act` once, after a view has read and before it opens its transaction. Then nothing else is written."""
    after_act = {}

    def once(execute, sql, params, many, context):
        if not after_act and sql.startswith("SAVEPOINT"):
            after_act["pending"] = True
            contextvars.Context().run(act)  # as another user: outside of what this request has locked
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
