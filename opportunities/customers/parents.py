"""The parent accounts of an account. An account is never above itself."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

_LOCK = "parents of accounts"
_ABOVE = """
    WITH RECURSIVE above(id, height) AS (
        SELECT parent_id, 1 FROM customers_account WHERE id = %s AND parent_id IS NOT NULL
        UNION
        SELECT account.parent_id, above.height + 1
        FROM customers_account account JOIN above ON account.id = above.id
        WHERE account.parent_id IS NOT NULL AND above.height < %s
    )
    SELECT id FROM above ORDER BY height
"""
HIGHEST = 50
"""So many parents above each other are read. A circle, which no page can write, ends there, too."""


def above(account: int) -> list[int]:
    """The ids of the accounts above this one, the nearest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [account, HIGHEST])
        return [row[0] for row in cursor.fetchall()]


def refuse_circle(account: Any) -> None:
    """Raises ValidationError if the chosen parent is the account itself or is below it.

    Inside a transaction it first locks the parents of all accounts, because two changes at once could make a circle.
    """
    if account.parent_id is None or account.pk is None:
        return
    lock()
    if account.parent_id == account.pk:
        raise ValidationError({"parent": _("An account cannot be its own parent.")})
    if account.pk in above(account.parent_id):
        sentence = _("%(parent)s is below %(account)s already. Choose another parent account.")
        raise ValidationError({"parent": sentence % {"parent": account.parent, "account": account.name}})


def lock() -> None:
    """Locks the parents of all accounts until the transaction ends. On SQLite every writer waits anyway."""
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
