"""Processes a form once that is sent twice, after a double click or when a browser tries again.

A form that creates something has a hidden `token`, new for every page. Two requests are the same when the user,
the address, the token, all entries and all files are the same. Going back, changing the text and sending again is a new
request.

The write calls `claim` and `remember` in its own transaction. The cache is a table of the same database, so a refused
write leaves no claim, and the second of two simultaneous requests waits in `claim` for the first. The cache is used for
nothing else and keeps each entry until it expires.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import caches
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

CACHE = "once"
REMEMBERED = 24 * 60 * 60  # seconds
CLAIMED = 0
FIELD = "token"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,40}")


@dataclass(frozen=True)
class Done:
    """Where the first request led, and the message it showed there."""

    location: str
    message: str = ""


class Repeated(Exception):
    """The same request has been written before; `done` is its result."""

    def __init__(self, done: Done) -> None:
        super().__init__(done.location)
        self.done = done


def new_token() -> str:
    return secrets.token_urlsafe(16)


def clean_token(value: object) -> str:
    """The token as `new_token` makes it; empty for anything else."""
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else ""


def posted_token(data: QueryDict) -> str:
    """The posted token. Raises BadRequest if it is missing, not valid, or posted twice."""
    values = data.getlist(FIELD)
    token = clean_token(values[0]) if len(values) == 1 else ""
    if not token:
        raise BadRequest(f"{FIELD} is missing or is none.")
    return token


def done(request: HttpRequest) -> Done | None:
    """The result of the same request before. Call it before showing a refusal: the first request may be its cause."""
    found = caches[CACHE].get(_key(request)) if _has_token(request) else None
    return Done(*found) if found else None


def claim(request: HttpRequest) -> None:
    """Claims the request for this write. Refusal: Repeated. Without a token it does nothing."""
    if not _has_token(request) or caches[CACHE].add(_key(request), CLAIMED, REMEMBERED):
        return
    if before := done(request):
        raise Repeated(before)


def remember(request: HttpRequest, location: str, message: str = "") -> None:
    if _has_token(request):
        caches[CACHE].set(_key(request), (location, message), REMEMBERED)


def forget(texts: Iterable[str]) -> None:
    """Removes the entries with one of these texts, such as a message that names a person.

    The cache stores an entry as pickled bytes in base64, in which a text stands as it is.
    """
    cache: Any = caches[CACHE]
    table = connection.ops.quote_name(cache.cache_model_class._meta.db_table)
    wanted = [text.casefold().encode() for text in texts]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT cache_key, value FROM {table}")  # noqa: S608 - the settings name it
        found = [key for key, value in cursor.fetchall() if _has(base64.b64decode(value), wanted)]
        cursor.executemany(f"DELETE FROM {table} WHERE cache_key = %s", [(key,) for key in found])  # noqa: S608


def _has(stored: bytes, wanted: list[bytes]) -> bool:
    text = stored.decode("utf-8", "replace").casefold().encode()
    return any(each in text for each in wanted)


def respond(request: HttpRequest, done: Done) -> HttpResponse:
    """The answer of the first request."""
    if done.message:
        messages.success(request, done.message)
    return HttpResponseRedirect(done.location, status=303)


def _has_token(request: HttpRequest) -> bool:
    return any(value for name, value in request.POST.items() if name == FIELD or name.endswith(f"-{FIELD}"))


def _key(request: HttpRequest) -> str:
    entries = request.POST.copy()
    entries.pop("csrfmiddlewaretoken", None)  # Django masks it anew for each page
    sent_files: list[Any] = [file for _name, found in request.FILES.lists() for file in found]
    files = [f"{file.sent_name} {file.sha256}" for file in sent_files]  # of `salesflow.uploads.Upload`
    sent = f"{request.user.pk} {request.path} {entries.urlencode()} {files or ''}".rstrip()
    return f"sent-{hmac.new(settings.SECRET_KEY.encode(), sent.encode(), hashlib.sha256).hexdigest()}"
