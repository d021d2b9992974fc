"""Creates accounts, contacts and competitors whose names are typed into the form of an opportunity.

    row = find_or_create.named(Account, "Fjord AS", page=token)   # when the form is read
    row = find_or_create.saved(row, page=token)                   # in the transaction of the write

`page` is the token of the page on which the name was typed. The same name, sent again from the same page, gives the row
that was created before.
"""

import hashlib
from typing import Any

from django.core.cache import caches
from django.db import connection
from django.utils.translation import gettext as _

from opportunities.customers.models import Contact
from salesflow import folding, once


class DuplicateName(Exception):
    """An account or a competitor of this name exists already. The text is a sentence for the user.

    `field` is the name of the form field, `found` the row that has the name. `editing` raises `refusals.NameTaken`
    instead.
    """

    def __init__(self, sentence: str, *, field: str, found: Any) -> None:
        super().__init__(sentence)
        self.field = field
        self.found = found


def named(model: type[Any], name: str, *, page: str = "") -> Any:
    """An unsaved row of this name, or the row that the same page created before. Raises DuplicateName."""
    before = _created_on(page, model, name)
    if before is not None:
        return before
    refuse_taken(model, name)
    return model(name=name)


def saved(row: Any, *, account_id: int | None = None, page: str = "") -> Any:
    """Saves a new row and returns it; returns a chosen row, or None, as it is. Call it in the transaction of the write.

    A new contact belongs to the account with that id. Raises DuplicateName.
    """
    if row is None or not row._state.adding:
        return row
    lock_name(row)
    before = _created_on(page, type(row), row.name)
    if before is not None:
        return before
    refuse_taken(type(row), row.name)
    if isinstance(row, Contact):
        row.account_id = account_id
    row.save()
    if page:
        caches[once.CACHE].set(_key(page, type(row), row.name), row.pk, once.REMEMBERED)
    return row


def refuse_taken(model: type[Any], name: str, *, but: int | None = None) -> None:
    """Raises DuplicateName. Compares names without case and accents. `but` is the id of the row that is renamed."""
    rows = model._default_manager.filter(search_text=_folded(name)).exclude(pk=but)
    found = None if model.may_share_names else rows.first()
    if found is not None:
        sentence = _("“%(typed)s” is already there. Choose it among the answers.")
        if found.is_archived:  # and so not among the answers
            sentence = _("“%(typed)s” is already there, and archived. Restore it on its page to choose it.")
        raise DuplicateName(sentence % {"typed": name}, field=model._meta.model_name, found=found)


def _created_on(page: str, model: type[Any], name: str) -> Any:
    """The row of this name that was created from this page before, if there is one."""
    found = caches[once.CACHE].get(_key(page, model, name)) if page else None
    return model._default_manager.filter(pk=found).first() if found else None


def _key(page: str, model: type[Any], name: str) -> str:
    return f"created-{page}-{model._meta.model_name}-{hashlib.sha256(_folded(name).encode()).hexdigest()}"


def lock_name(row: Any) -> None:
    """Locks the name, so that another transaction cannot create the same row. On SQLite every writer waits anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            key = f"{row._meta.db_table} {_folded(row.name)}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _folded(name: str) -> str:
    return folding.folded(name)[:400]
