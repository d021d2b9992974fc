"""Creates accounts, contacts and competitors whose names are typed into the form of an opportunity.

    row = find_or_create.named(Account, "Fjord AS", page=token)   # when the form is read
    row = find_or_create.saved(row, page=token)                   # in the transaction of the write

`page` is the token of the page on which the name was typed. The same name, sent again from the same page, gives the row
that was created before.
"""

import hashlib
from collections.abc import Collection
from typing import Any

from django.core.cache import caches
from django.db import connection

from opportunities.customers import duplicates
from opportunities.customers.models import Contact
from salesflow import folding, once


def named(
    model: type[Any], name: str, *, page: str = "", despite: Collection[int] = (), account_id: int | None = None
) -> Any:
    """An unsaved row of this name, or the row that the same page created before.

    `despite` has the ids of the likely duplicates that the user has seen. Raises LikelyDuplicate for any other.
    """
    before = _created_on(page, model, name)
    if before is not None:
        return before
    duplicates.refuse(model, {"name": name, "account_id": account_id}, seen=despite)
    row = model(name=name)
    row.despite = despite
    return row


def saved(row: Any, *, account_id: int | None = None, page: str = "") -> Any:
    """Saves a new row and returns it; returns a chosen row, or None, as it is. Call it in the transaction of the write.

    A new contact belongs to the account with that id. Raises LikelyDuplicate.
    """
    if row is None or not row._state.adding:
        return row
    lock_name(row)
    before = _created_on(page, type(row), row.name)
    if before is not None:
        return before
    if isinstance(row, Contact) and row.account_id is None:
        row.account_id = account_id
    duplicates.refuse(type(row), duplicates.entries_of(row), seen=row.despite)
    row.save()
    if page:
        caches[once.CACHE].set(_key(page, type(row), row.name), row.pk, once.REMEMBERED)
    return row


def _created_on(page: str, model: type[Any], name: str) -> Any:
    """The row of this name that was created from this page before, if there is one."""
    found = caches[once.CACHE].get(_key(page, model, name)) if page else None
    return model._default_manager.filter(pk=found).first() if found else None


def _key(page: str, model: type[Any], name: str) -> str:
    return f"created-{page}-{model._meta.model_name}-{hashlib.sha256(_folded(name).encode()).hexdigest()}"


def lock_name(row: Any) -> None:
    """Locks the name, so that another transaction cannot create the same row."""
    lock(f"{row._meta.db_table} {_folded(row.name)}")


def lock(words: str) -> None:
    """Lets no other transaction lock these words until this one ends. On SQLite every writer waits anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [words])


def _folded(name: str) -> str:
    return folding.folded(name)[:400]
