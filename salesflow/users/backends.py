"""Checks the password at sign-in."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


class OneHashBackend(AuthenticationBackend):
    """Hashes one password for each attempt, so that its time does not show whether a name or address is known.

    allauth tries the name, then the address, and would hash a wrong password for each user that it finds.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        login = credentials.get("username") or credentials.get("email") or ""
        user = _user_for(login) if login else None
        return self._check_password(user, credentials.get("password") or "")


def _user_for(login: str) -> AbstractBaseUser | None:
    """The user with this name or mail address. A constraint prevents two."""
    named = get_user_by_username(login)
    return named or next(iter(filter_users_by_email(login, prefer_verified=True, for_login=True)), None)
