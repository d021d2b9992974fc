"""Our own middleware: headers, checks of each request, and the redirect to the sign-in page."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.middleware.security import SecurityMiddleware
from django.shortcuts import redirect
from django.urls import reverse

from salesflow.charset import OTHER_CHARSET
from salesflow.users import second_factor

Handler = Callable[[HttpRequest], HttpResponse]

_NORWEGIAN = re.compile(r"(?<![\w-])(?:no|nn)(?:-\w+)*(?![\w-])", re.IGNORECASE)


class SecurityHeaders(SecurityMiddleware):
    """Django's security headers without its redirect to https, which would check the host first."""

    def process_request(self, request: HttpRequest) -> None:
        return None


class SignInRequired(LoginRequiredMiddleware):
    """Redirects a visitor to the sign-in page. `typed=1` makes it say how to get back what was typed into a form.

    Who asked for no page but the site itself is led to the own start page after signing in.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        if request.method == "GET" and request.get_full_path() == "/":
            return redirect(settings.LOGIN_URL)
        response = super().handle_no_permission(request, view_func)
        if request.method == "POST":
            response["Location"] += "&typed=1"
        return response


class SecondFactorRequired:
    """Leads a manager who has no second factor to the page that sets one up, if the setting makes it mandatory.

    In front of every page, the admin too. Open are the pages to set it up, to confirm the password and to sign out.
    """

    open_to_all = frozenset(
        {
            *("mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_reauthenticate"),
            *("account_reauthenticate", "account_login", "account_logout", "healthz"),
            *("set_language", "set_theme", "set_start_page"),
        }
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not settings.REQUIRE_SECOND_FACTOR_OF_MANAGERS or request.resolver_match.view_name in self.open_to_all:
            return None
        user = request.user
        if not user.is_authenticated or not second_factor.is_required(user) or second_factor.is_on(user):
            return None
        return redirect(f"{reverse('mfa_index')}?required=1")


def no_store(get_response: Handler) -> Handler:
    """Keeps pages out of every cache, because they contain customer data, unless the view sets Cache-Control."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


RETRY_AFTER = {
    429: 60,  # seconds: allauth counts attempts by the minute, where it answers 429
    503: 5,
}


def retry_after(get_response: Handler) -> Handler:
    """Sets Retry-After: the seconds until another attempt can succeed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code in RETRY_AFTER:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER[response.status_code]))
        return response

    return middleware


def refuse_unreadable(get_response: Handler) -> Handler:
    """Answers 400 to bytes that are not UTF-8, to a NUL in the path or the session cookie, and to a broken htmx header.

    Django would read an invalid byte as U+FFFD and save it without an error.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            is_readable = _is_readable(request)
        except UnreadablePostError as error:  # the browser closed the connection
            raise BadRequest("The request broke off.") from error
        if not is_readable:
            raise BadRequest("The request holds bytes that are no text.")
        return get_response(request)

    return middleware


def _is_readable(request: HttpRequest) -> bool:
    if "\0" in request.path_info or "\0" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""):
        return False
    if not _is_address(request.headers.get("HX-Current-URL", "")):
        return False
    is_form = request.content_type == "application/x-www-form-urlencoded"
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    return _is_utf8(query) and not (is_form and not _is_utf8(request.body))


def _is_address(text: str) -> bool:
    """Whether django-htmx can read the address, as it is or with its characters quoted."""
    try:
        urlsplit(text), urlsplit(unquote(text))
    except ValueError:
        return False
    return True


def _is_utf8(quoted: bytes) -> bool:
    try:
        unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError:
        return False
    return True


def refuse_other_charsets(get_response: Handler) -> Handler:
    """Answers 400 to a request whose charset `salesflow.wsgi` refused."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.META.get(OTHER_CHARSET):
            raise BadRequest("The request is not in UTF-8.")
        return get_response(request)

    return middleware


def norwegian_by_any_code(get_response: Handler) -> Handler:
    """Replaces `no` and `nn` in Accept-Language by `nb`, the Norwegian that Salesflow has."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if wanted := request.META.get("HTTP_ACCEPT_LANGUAGE"):
            request.META["HTTP_ACCEPT_LANGUAGE"] = _NORWEGIAN.sub("nb", wanted)
        return get_response(request)

    return middleware
