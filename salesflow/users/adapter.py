"""Where allauth asks us how people sign in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from salesflow.users import language
from salesflow.users.models import User

LONGEST_LOGIN = 255  # longer than any user name or mail address; SQLite compares no pattern of 50,000


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by managers; the pages are not routed either."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Answer for a disabled account as for a wrong password, and look for no name that is too long to be one."""
        login = {name: credentials[name][:LONGEST_LOGIN] for name in ("username", "email") if name in credentials}
        user = super().authenticate(request, **credentials | login)
        return user if user and user.is_active else None

    def is_safe_url(self, url: str) -> bool:
        """What is no address at all leads nowhere; the parser of addresses raises for some."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count attempts by the account, by whichever name it is reached, or by the name when there is none.

        allauth would add the host and port that the browser says it asked.
        """
        login = str(credentials.get("email") or credentials.get("username") or "").strip()[:LONGEST_LOGIN]
        user = User.objects.filter(Q(username__iexact=login) | Q(email__iexact=login, email__gt="")).first()
        return f"account {user.pk}" if user else login.upper().casefold()  # databases that ignore case take ſ for s

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Speak the user's language from the first page on, on any device."""
        response = super().post_login(request, user, **kwargs)
        language.use_after_sign_in(request, response, user)
        return response
