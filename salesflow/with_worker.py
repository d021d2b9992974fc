"""Runs a web server with a worker beside it: `python -m salesflow.with_worker COMMAND`. `make run` does.

Starts a worker that ends again. Stops both when the server ends or on a signal. On Linux they also stop when this
process is killed.

The exit code is that of the server, as a shell reports it: 137 when signal 9 killed it.
After a requested stop it is 0.
"""

import ctypes
import functools
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

WORKER = [sys.executable, str(Path(__file__).resolve().parent.parent / "manage.py"), "worker"]
POLL = 0.5  # seconds between two checks of the processes
PAUSE = 1  # seconds before a worker is started again
STOP_TIMEOUT = 20  # seconds for each to finish its work

_is_stopping = threading.Event()
_prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux only
_PR_SET_PDEATHSIG = 1
_stop_with_parent = functools.partial(_prctl, _PR_SET_PDEATHSIG, int(signal.SIGTERM)) if _prctl else None


def run(server_command: list[str], worker_command: list[str], poll: float = POLL, pause: float = PAUSE) -> int:
    """Returns the exit code of the server."""
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, _stop)
    server, worker = _start(server_command), _start(worker_command)
    while server.poll() is None and not _is_stopping.wait(poll):
        if worker.poll() is not None:
            time.sleep(pause)
            worker = _start(worker_command)
    for process in (server, worker):
        process.terminate()
    for process in (server, worker):
        _end(process)
    return _exit_code(server.returncode)


def _exit_code(code: int) -> int:
    if code >= 0:
        return code
    return 0 if _is_stopping.is_set() else 128 - code


def _stop(signum: int, frame: FrameType | None) -> None:
    _is_stopping.set()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Starts a process in its own session, so that it gets Ctrl-C only from `run`."""
    return subprocess.Popen(  # noqa: S603 - the Makefile gives the command
        command,
        start_new_session=True,
        preexec_fn=_stop_with_parent,  # noqa: PLW1509 - no thread runs here
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], WORKER))
