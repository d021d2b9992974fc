"""The language cookie, which Django's LocaleMiddleware reads; it knows nothing of `User.language`."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from salesflow.users.models import User

CHOSEN = "language_chosen_before_signing_in"  # in the session


def choose(request: HttpRequest, language: str) -> None:
    """Keep it with the user; of somebody who has yet to sign in, until they do."""
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
    else:
        request.session[CHOSEN] = language


def of(request: HttpRequest, user: User) -> str:
    """The language of whoever signs in: what they chose on the way in, or else their own."""
    chosen: str = request.session.pop(CHOSEN, "")
    if chosen:
        choose(request, chosen)
    return chosen or user.language


def remember(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
