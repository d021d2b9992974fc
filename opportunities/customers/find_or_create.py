"""Creates the accounts, contacts and competitors that a person types into a form about an opportunity.

    row = find_or_create.named(Account, "Fjord AS", page=token)   # when the form is read
    row = find_or_create.saved(row, page=token)                   # in the transaction of the write

`page` is the token of the page that the name was typed on. Sent again from the same page, the same name gives the row
that was created the first time.
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

    `field` is the name of the field that asked for it. `editing` makes a refusal of it.
    """

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def named(model: type[Any], name: str, *, page: str = "") -> Any:
    """A row of this name that is not stored yet, or the one that this page created before. Refusal: DuplicateName."""
    before = _created_on(page, model, name)
    if before is not None:
        return before
    _refuse_taken(model, name)
    return model(name=name)


def saved(row: Any, *, account_id: int | None = None, page: str = "") -> Any:
    """The row that was chosen, or the new one, saved. Call it in the transaction of the write. Refusal: DuplicateName.

    A new contact belongs to the account of that id. None, for nothing chosen, gives None.
    """
    if row is None or not row._state.adding:
        return row
    _lock_name(row)
    before = _created_on(page, type(row), row.name)
    if before is not None:
        return before
    _refuse_taken(type(row), row.name)
    if isinstance(row, Contact):
        row.account_id = account_id
    row.save()
    if page:
        caches[once.CACHE].set(_key(page, type(row), row.name), row.pk, once.REMEMBERED)
    return row


def _refuse_taken(model: type[Any], name: str) -> None:
    """Compares names in any case and with any accents."""
    if model.may_share_names or not model._default_manager.filter(search_text=_folded(name)).exists():
        return
    sentence = _("“%(typed)s” is already there. Choose it among the answers.") % {"typed": name}
    raise DuplicateName(sentence, field=model._meta.model_name)


def _created_on(page: str, model: type[Any], name: str) -> Any:
    """The row of this name that was created from this page before, if there is one."""
    found = caches[once.CACHE].get(_key(page, model, name)) if page else None
    return model._default_manager.filter(pk=found).first() if found else None


def _key(page: str, model: type[Any], name: str) -> str:
    return f"created-{page}-{model._meta.model_name}-{hashlib.sha256(_folded(name).encode()).hexdigest()}"


def _lock_name(row: Any) -> None:
    """Makes others who create a row of this name wait until the transaction ends. On SQLite every writer waits."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            key = f"{row._meta.db_table} {_folded(row.name)}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _folded(name: str) -> str:
    return folding.folded(name)[:400]
