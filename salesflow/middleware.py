"""Headers that no package sets, and the way to the sign-in page."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class SignInRequired(LoginRequiredMiddleware):
    """Sends a visitor to the sign-in page, which says how to find again what was typed into a form."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        response = super().handle_no_permission(request, view_func)
        if request.method == "POST":
            response["Location"] += "&typed=1"
        return response


def no_store(get_response: Handler) -> Handler:
    """Keep pages out of every cache, the browser's too, unless the view says otherwise: they hold customer data."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware
