"""Pages that the browser fetches while the pointer rests on a link, before it is clicked.

The rules that say which links are `static/prefetch.speculationrules`. A page that was fetched in advance may never be
seen, so its request changes nothing: messages wait, the session stays as it is. A view that marks something as seen or
logs a visit asks `is_prefetch` first. After a POST the browser forgets all pages that it fetched in advance.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

RULES = "prefetch.speculationrules"
# Pages that are about signing in, lists of choices, and the admin, whose pages are not ours. The rules leave them out.
NEVER = ("/user/", "/admin/", "/pick/", "/feeds/")


def is_prefetch(request: HttpRequest) -> bool:
    """Whether the user has not asked for this page yet."""
    return "prefetch" in request.headers.get("Sec-Purpose", "")


def forget_after_post(get_response: Handler) -> Handler:
    """Has the browser forget the pages that it fetched before a POST, because they show what was before."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "POST":
            response.headers["Clear-Site-Data"] = '"prefetchCache"'
        return response

    return middleware


def offer(get_response: Handler) -> Handler:
    """Names the rules in the pages of a signed-in user."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if _is_page(response) and _is_ours(request) and request.user.is_authenticated:
            response.headers["Speculation-Rules"] = f'"{staticfiles_storage.url(RULES)}"'
        return response

    return middleware


def touch_nothing(get_response: Handler) -> Handler:
    """Answers a prefetch without showing a message or writing the session.

    Answers 403 if the page cannot be fetched ahead: a page of `NEVER`, a file, a page that has to show a message which
    waits, or leaves one. The browser then asks again when the link is clicked. (503 would be logged as a fault.)
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not is_prefetch(request):
            return get_response(request)
        if request.method != "GET" or not _is_ours(request) or len(get_messages(request)):
            return HttpResponse(status=403)
        messages = request._messages = _OfThisRequest(request)  # type: ignore[attr-defined]
        response = get_response(request)
        request.session.modified = False
        is_file = response.status_code == 200 and not _is_page(response)
        return HttpResponse(status=403) if is_file or messages.has_unread else response

    return middleware


class _OfThisRequest(BaseStorage):
    """Messages that the page itself adds and shows. None is stored."""

    @property
    def has_unread(self) -> bool:
        return self.added_new and not self.used

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, *args: Any, **kwargs: Any) -> list[Any]:
        return []


def _is_ours(request: HttpRequest) -> bool:
    return not request.path.startswith(NEVER) and not request.headers.get("HX-Request")


def _is_page(response: HttpResponse) -> bool:
    headers = response.headers
    is_html = headers.get("Content-Type", "").startswith("text/html")
    return response.status_code == 200 and is_html and "Content-Disposition" not in headers
