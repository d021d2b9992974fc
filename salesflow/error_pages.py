"""The pages 400, 429, 500 and 503, in the reader's language. They use no database."""

import logging
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import translation

from salesflow.database_errors import is_busy, is_impossible

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 400)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """The handler that allauth finds as `handler429`."""
    return _page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answers every uncaught exception of a view, a template or a middleware.

    503 for a busy database, 400 for an impossible value, 500 for the rest, which are bugs.
    This cannot be a middleware: Django turns an exception into a response around each middleware.
    """
    error = sys.exc_info()[1]
    if is_busy(error):
        return _busy(request)
    if is_impossible(error):
        logger.warning("An impossible value was sent to %s", request.path, exc_info=error)
        return _page(request, 400)
    return _page(request, 500)


def _busy(request: HttpRequest) -> HttpResponse:
    """The page contains what was typed, so that it can be sent again, unless that includes a password."""
    posted = request.POST if request.method == "POST" else None
    is_secret = posted is not None and any("password" in name for name in posted)
    context = {
        "address": request.get_full_path(),
        "is_posted": posted is not None,
        "posted": None if posted is None or is_secret else [*posted.lists()],
    }
    return _page(request, 503, context)


def _page(request: HttpRequest, status: int, context: dict[str, Any] | None = None) -> HttpResponse:
    """Finds the language itself, because LocaleMiddleware may not have run."""
    with translation.override(translation.get_language_from_request(request)):
        page = loader.get_template(f"{status}.html").render(context)
    return HttpResponse(page, status=status)
