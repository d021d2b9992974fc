"""Ends an attempt to send that takes too long."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from django.conf import settings


class TookTooLong(Exception):
    def __init__(self) -> None:
        super().__init__(f"The mail server did not take the mail within {settings.EMAIL_ATTEMPT_TIMEOUT} seconds.")


@contextmanager
def time_limit() -> Iterator[None]:
    """Raises TookTooLong in the block after EMAIL_ATTEMPT_TIMEOUT seconds.

    Works only in the main thread, in which the worker sends.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, settings.EMAIL_ATTEMPT_TIMEOUT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise TookTooLong
