"""The second factor: a code of an app on the telephone (TOTP), and recovery codes. allauth does the work.

`REQUIRE_SECOND_FACTOR_OF_MANAGERS` makes it mandatory for managers: `salesflow.middleware.SecondFactorRequired`.
"""

import base64
import hashlib

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import models

from salesflow.users.models import User

ISSUER = "Salesflow"


class SecondFactorAdapter(DefaultMFAAdapter):
    def get_totp_issuer(self) -> str:
        return ISSUER

    def encrypt(self, text: str) -> str:
        """Encrypts a secret for the database, by a key made from SECRET_KEY."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret. If SECRET_KEY is another one now, a random secret, to which no code fits."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return generate_totp_secret()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_key(each)) for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(f"second factor {secret}".encode()).digest())


def is_on(user: User) -> bool:
    """One query."""
    return of(user).filter(type=Authenticator.Type.TOTP).exists()


def of(user: User) -> "models.QuerySet[Authenticator]":
    return Authenticator.objects.filter(user=user.pk)


def is_required(user: User) -> bool:
    """Whether the user is a manager, or acts for one who is away, and the setting asks managers for it."""
    is_manager = any(person.is_manager for person in (user, *user.away()))
    return bool(settings.REQUIRE_SECOND_FACTOR_OF_MANAGERS) and is_manager


def reset(user: User) -> bool:
    """Removes the second factor of a person who cannot use it any more, and ends every session of the person.

    Returns whether there was one.
    """
    removed, _tables = of(user).delete()
    _end_sessions(user)
    return bool(removed)


def _end_sessions(user: User) -> None:
    """Looks into every session: one without a `UserSession`, such as one from before they were listed, ends, too."""
    theirs = [row.pk for row in Session.objects.iterator() if row.get_decoded().get(SESSION_KEY) == str(user.pk)]
    listed = UserSession.objects.filter(user=user.pk)
    Session.objects.filter(pk__in=[*theirs, *listed.values_list("session_key", flat=True)]).delete()
    listed.delete()
