"""Checks who signs in."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


class OneHashBackend(AuthenticationBackend):
    """Hashes one password for each attempt, so that its time does not tell which names and addresses are known.

    allauth tries the name, then the address, and hashes a wrong password for each that it finds.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        login = credentials.get("username") or credentials.get("email") or ""
        user = _known_as(login) if login else None
        return self._check_password(user, credentials.get("password") or "")


def _known_as(login: str) -> AbstractBaseUser | None:
    """The one user with this name or mail address; no name is the address of another user."""
    named = get_user_by_username(login)
    return named or next(iter(filter_users_by_email(login, prefer_verified=True, for_login=True)), None)
