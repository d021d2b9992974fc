"""When a session was used last. It is written at most every `EVERY`, so that a page costs no query for it."""

import datetime
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from salesflow.prefetch import is_prefetch

EVERY = datetime.timedelta(minutes=15)
KEY = "seen_at"
"""In the session: when the last use was written, in seconds."""


def begin(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    """Signal of a sign-in: it was the first use."""
    if request is not None and hasattr(request, "session"):
        request.session[KEY] = timezone.now().timestamp()


def track(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that stores the moment in the list of sessions. A page that is fetched ahead is no use."""

    def middleware(request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        before = request.session.get(KEY) if request.user.is_authenticated else None
        if before is not None and now.timestamp() - before >= EVERY.total_seconds() and not is_prefetch(request):
            request.session[KEY] = now.timestamp()
            UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
        return get_response(request)

    return middleware
