"""Adapts allauth: how people sign in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from salesflow.users import language
from salesflow.users.models import User

LONGEST_LOGIN = 255  # longer than any user name or mail address; SQLite refuses a pattern of 50,000


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No: managers make the accounts. The sign-up pages have no address either."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Treats a disabled account like a wrong password, and cuts a name that is too long."""
        login = {name: credentials[name][:LONGEST_LOGIN] for name in ("username", "email") if name in credentials}
        user = super().authenticate(request, **credentials | login)
        return user if user and user.is_active else None

    def is_safe_url(self, url: str) -> bool:
        """Returns False for a text that is no address, for which the parser may raise ValueError."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Counts attempts by account, for its user name and mail address together, or by the name without an account.

        allauth would add the host and port that the browser sent.
        """
        login = str(credentials.get("email") or credentials.get("username") or "").strip()[:LONGEST_LOGIN]
        user = User.objects.filter(Q(username__iexact=login) | Q(email__iexact=login, email__gt="")).first()
        return f"account {user.pk}" if user else login.upper().casefold()  # databases that ignore case take ſ for s

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Uses the user's language from the first page, on every device."""
        response = super().post_login(request, user, **kwargs)
        language.use_after_sign_in(request, response, user)
        return response
