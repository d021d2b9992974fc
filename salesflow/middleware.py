"""Headers that no package sets, and what is settled before a request reaches a view."""

import re
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware

Handler = Callable[[HttpRequest], HttpResponse]

OTHER_CHARSET = "salesflow.other_charset"  # set in the WSGI environment by `salesflow.wsgi`

_NORWEGIAN = re.compile(r"(?<![\w-])(?:no|nn)(?:-\w+)*(?![\w-])", re.IGNORECASE)


class SecurityHeaders(SecurityMiddleware):
    """Django's security headers, without its redirect to https: that one asks for the host, and may refuse it."""

    def process_request(self, request: HttpRequest) -> None:
        return None


def no_store(get_response: Handler) -> Handler:
    """Keep pages out of every cache, the browser's too, unless the view says otherwise: they hold customer data."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


def refuse_other_charsets(get_response: Handler) -> Handler:
    """Answers 400 to a request whose charset `salesflow.wsgi` refused."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.META.get(OTHER_CHARSET):
            raise BadRequest("The request is not in UTF-8.")
        return get_response(request)

    return middleware


def norwegian_by_any_code(get_response: Handler) -> Handler:
    """Reads `no` and `nn` in Accept-Language as `nb`, the Norwegian that Salesflow has."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if wanted := request.META.get("HTTP_ACCEPT_LANGUAGE"):
            request.META["HTTP_ACCEPT_LANGUAGE"] = _NORWEGIAN.sub("nb", wanted)
        return get_response(request)

    return middleware
