"""Servers that a measurement starts, and the clients that ask them."""

import gzip
import http.client
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

WORKERS, THREADS = 2, 4
STARTS_WITHIN = 60  # seconds


@dataclass
class Answer:
    status: int
    milliseconds: float
    body: bytes

    @property
    def compressed(self) -> int:
        """The bytes of the body, compressed as a server would."""
        return len(gzip.compress(self.body))


class Server:
    """gunicorn with an application, on a free port of this machine, until the block ends."""

    def __init__(self, application: str, settings: str) -> None:
        self.application, self.settings = application, settings
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self) -> "Server":
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", self.application, "--bind", f"127.0.0.1:{self.port}"),
                *(
                    "--workers",
                    str(WORKERS),
                    "--threads",
                    str(THREADS),
                    "--log-level",
                    "error",
                    "--no-control-socket",
                    "--keep-alive",
                    "75",
                ),
            ],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": self.settings, "ALLOWED_HOSTS": "127.0.0.1"},
        )
        for _ in range(STARTS_WITHIN * 10):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.1)
        raise RuntimeError(f"{self.application} did not start.")

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    def megabytes(self) -> float:
        """The memory of the largest worker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return max(_resident(pid) for pid in children)


def _resident(pid: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(kilobytes) / 1024


class Visitor:
    """One signed-in browser, with a connection that stays open."""

    def __init__(self, server: Server, cookies: dict[str, str], token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        host = f"http://127.0.0.1:{server.port}"
        self.headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": token,
            "Origin": host,
            "Referer": f"{host}/",
        }

    def ask(self, path: str, form: dict[str, object] | None = None) -> Answer:
        body = None if form is None else urlencode(form)
        headers = self.headers | ({"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {})
        began = time.perf_counter()
        self.connection.request("GET" if body is None else "POST", path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        answer = Answer(response.status, (time.perf_counter() - began) * 1000, content)
        if answer.status >= 500:
            raise RuntimeError(f"{path}: {answer.status}")
        return answer
