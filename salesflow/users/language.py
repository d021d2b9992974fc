"""The language cookie. Django's LocaleMiddleware reads it, and does not read `User.language`."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from salesflow.users.models import User

CHOSEN = "language_chosen"  # a cookie of the browser, until its user signs in
CHOSEN_AGE = 60 * 60  # seconds


def choose(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """Uses this language from now on. Stores it with the user, at sign-in if no user is signed in yet."""
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
    else:
        _set_cookie(response, CHOSEN, language, CHOSEN_AGE)
    _remember(response, language)


def use_after_sign_in(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Uses the language chosen before sign-in, or else that of the user."""
    chosen = request.COOKIES.get(CHOSEN)
    response.delete_cookie(CHOSEN)
    if chosen in dict(settings.LANGUAGES):
        User.objects.filter(pk=user.pk).update(language=chosen)
        user.language = chosen
    _remember(response, user.language)


def _remember(response: HttpResponse, language: str) -> None:
    _set_cookie(response, settings.LANGUAGE_COOKIE_NAME, language, settings.LANGUAGE_COOKIE_AGE)


def _set_cookie(response: HttpResponse, name: str, language: str, age: int | None) -> None:
    response.set_cookie(
        name,
        language,
        max_age=age,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
