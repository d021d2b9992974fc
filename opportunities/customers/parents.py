"""The parent accounts of an account. An account is never above itself."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from salesflow import trees

_LOCK = "parents of accounts"


def refuse_circle(account: Any) -> None:
    """Raises ValidationError if the chosen parent is the account itself or is below it.

    Inside a transaction it first locks the parents of all accounts, because two changes at once could make a circle.
    """
    if account.parent_id is None or account.pk is None:
        return
    lock()
    if account.parent_id == account.pk:
        raise ValidationError({"parent": _("An account cannot be its own parent.")})
    if account.pk in trees.above(type(account), account.parent_id):
        sentence = _("%(parent)s is below %(account)s already. Choose another parent account.")
        raise ValidationError({"parent": sentence % {"parent": account.parent, "account": account.name}})


def lock() -> None:
    """Locks the parents of all accounts until the transaction ends. On SQLite every writer waits anyway."""
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
