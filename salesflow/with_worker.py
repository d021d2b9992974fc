"""Runs a web server with a worker beside it: `python -m salesflow.with_worker COMMAND`. `make run` does.

A worker that ends is started again. When the server ends, or a signal asks for the end, both stop.
"""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

WORKER = [sys.executable, str(Path(__file__).resolve().parent.parent / "manage.py"), "worker"]
LOOK = 0.5  # seconds between two looks at the processes
PAUSE = 1  # second before a worker is started again
PATIENCE = 20  # seconds for each to finish what it has in hand

_is_stopping = threading.Event()


def main() -> int:
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, _stop)
    server, worker = _start(sys.argv[1:]), _start(WORKER)
    while server.poll() is None and not _is_stopping.wait(LOOK):
        if worker.poll() is not None:
            time.sleep(PAUSE)
            worker = _start(WORKER)
    for process in (server, worker):
        process.terminate()
    for process in (server, worker):
        _end(process)
    return max(server.returncode, 0)


def _stop(signum: int, frame: FrameType | None) -> None:
    _is_stopping.set()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Starts it in a session of its own, so that Ctrl-C reaches it once, from `main`."""
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - the Makefile says which


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
