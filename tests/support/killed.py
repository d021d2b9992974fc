"""Runs a function in a copy of this process that is killed, as a worker may be."""

import contextlib
import os
import signal

from django.db import connection, connections


def killed_at(number, act):
    """Runs the function in a copy of this process, which is killed at this statement. Whether it came so far."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        counted = iter(range(1, number))

        def kill(execute, *args):
            if next(counted, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*args)

        with contextlib.suppress(BaseException), connection.execute_wrapper(kill):
            act()
            os._exit(0)
        os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
