"""The worker, and the process that runs it beside the server."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from salesflow.mail import kinds, outbox
from salesflow.mail.models import OutboxMail
from tests.support.meanwhile import failing

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture
def restored_signals():
    """Restores the signal handlers of this process, which the worker replaces."""
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
    before = {number: signal.getsignal(number) for number in wanted}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_a_requested_mail(restored_signals):
    kinds.register("greeting", lambda asked: EmailMessage("Hello", "Hello", to=[asked.to]))
    outbox.send(kind="greeting", to="kari@example.org", at=timezone.now())

    call_command("worker", "--batch")

    assert [message.to for message in mail.outbox] == [["kari@example.org"]]


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_a_waiting_mail_that_has_no_task(restored_signals):
    kinds.register("greeting", lambda asked: EmailMessage("Hello", "Hello", to=[asked.to]))
    OutboxMail.objects.create(
        kind="greeting",
        to="kari@example.org",
        message_id="<1@x>",
        asked_at=timezone.now(),
        next_attempt_at=timezone.now(),
    )

    call_command("worker", "--batch")

    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_ends_with_a_sentence_when_the_database_is_busy(restored_signals):
    locked = failing(r"INSERT INTO \"django_tasks", OperationalError("database is locked"))

    with locked, pytest.raises(CommandError, match="did not answer, so the worker ends: database is locked"):
        call_command("worker")


# The server and the worker. They print a line for each thing that happens, so that a test waits for lines, not time.

SERVER = r"import os, signal; signal.alarm(25); os.write(1, b'server up\n'); signal.pause()"


class Running:
    """`with_worker` with a server that waits, and a worker that does what a test says."""

    def __init__(self, worker, server=SERVER):
        code = (
            "import sys; from salesflow import with_worker; "
            f"server, worker = ([sys.executable, '-c', code] for code in ({server!r}, {worker!r})); "
            "sys.exit(with_worker.run(server, worker, poll=0.01, pause=0.01))"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=TOP, stdout=subprocess.PIPE, text=True, env=os.environ
        )
        self.watchdog = threading.Timer(30, self.process.kill)
        self.watchdog.start()

    def lines(self, number):
        return sorted(self.process.stdout.readline().strip() for _ in range(number))

    def end(self):
        self.process.wait()
        self.watchdog.cancel()
        self.process.stdout.close()
        return self.process.returncode


WAITING_WORKER = (
    r"import os, signal, sys; signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'worker ends\n'), sys.exit())); "
    r"signal.alarm(25); os.write(1, b'worker up\n'); signal.pause()"
)


@pytest.mark.parametrize("wanted", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_server_and_the_worker(wanted):
    running = Running(WAITING_WORKER)
    assert running.lines(2) == ["server up", "worker up"]

    running.process.send_signal(wanted)

    assert running.lines(1) == ["worker ends"]
    assert running.end() == 0


def test_a_worker_that_ended_is_started_again():
    running = Running(r"import os; os.write(1, b'worker up\n')")

    assert running.lines(4).count("worker up") >= 3
    running.process.terminate()
    running.process.stdout.read()
    running.end()


def test_the_worker_stops_and_the_exit_code_is_kept_when_the_server_ends():
    running = Running(WAITING_WORKER, server="import sys; sys.exit(3)")

    running.process.stdout.read()
    assert running.end() == 3


def test_a_killed_server_gives_a_failing_exit_code():
    running = Running(WAITING_WORKER, server="import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    running.process.stdout.read()
    assert running.end() == 128 + signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the end of a parent process")
def test_the_server_and_the_worker_end_when_their_parent_is_killed():
    running = Running(WAITING_WORKER)
    assert running.lines(2) == ["server up", "worker up"]

    running.process.kill()

    assert running.lines(2) == ["", "worker ends"]  # the empty line: no process is left that writes
    running.end()
