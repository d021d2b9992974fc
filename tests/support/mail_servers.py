"""Mail servers on this machine that fail."""

import asyncio
import email
import socket
import threading

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class HangingServer:
    """Accepts connections and never sends a byte."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.asked = threading.Event()
        self.accepted = []
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    @property
    def port(self):
        return self.listening.getsockname()[1]

    def _accept(self):
        try:
            while True:
                self.accepted.append(self.listening.accept()[0])
                self.asked.set()
        except OSError:
            return

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(5)
        for connection in self.accepted:
            connection.close()


@pytest.fixture
def hanging_server(settings):
    server = HangingServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.close()


@pytest.fixture
def dead_server(settings):
    """A port on which nothing listens."""
    taken = socket.create_server(("127.0.0.1", 0))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()[:2]
    taken.close()


class MailServer:
    """A real SMTP server. Each connection takes the next of `behaviours`; without one left it accepts the mail.

    A behaviour is an answer to the recipient or to the text (`550 to RCPT`, `451 to DATA`), or one of: `hang` (never
    answers the text), `drop` (ends the connection in the middle of the text), `drop after` (takes the text and ends the
    connection without an answer), `delay` (answers late).
    """

    def __init__(self):
        self.behaviours = []
        self.received = []
        self.controller = _Controller(self, hostname="127.0.0.1", port=0)

    @property
    def port(self):
        return self.controller.server.sockets[0].getsockname()[1]

    def next_behaviour(self):
        return self.behaviours.pop(0) if self.behaviours else "accept"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd calls it
        session.behaviour = self.next_behaviour()
        if session.behaviour.endswith("to RCPT"):
            return f"{session.behaviour[:3]} No"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if session.behaviour == "hang":
            await asyncio.Event().wait()
        if session.behaviour == "delay":
            await asyncio.sleep(0.05)
        if session.behaviour.endswith("to DATA"):
            return f"{session.behaviour[:3]} No"
        self.received.append(email.message_from_bytes(envelope.content))
        if session.behaviour == "drop after":
            server.transport.close()
        return "250 OK"


class _Smtp(SMTP):
    async def smtp_DATA(self, arg):  # noqa: N802
        if self.session.behaviour != "drop":
            await super().smtp_DATA(arg)
            return
        await self.push("354 Go on")
        await self._reader.readline()
        self.transport.close()


class _Controller(Controller):
    def factory(self):
        return _Smtp(self.handler, hostname="localhost")

    def _trigger_server(self):
        """Connects to the port that the system chose, not to 0."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mail_server(settings):
    server = MailServer()
    server.controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 0.5
    yield server
    server.controller.stop()
