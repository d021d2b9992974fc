"""Mail servers on this machine that fail."""

import socket
import threading

import pytest


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
