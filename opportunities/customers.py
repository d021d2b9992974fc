"""Creates the accounts, contacts and competitors that a person types into a form about an opportunity."""

import hashlib
from typing import Any

from django.core.cache import caches
from django.db import connection
from django.utils.translation import gettext as _

from opportunities import text
from opportunities.rules import MoveRefused
from salesflow import once


class NameTaken(MoveRefused):
    """An account or a competitor of this name exists already."""


def has_name(model: type[Any], name: str) -> bool:
    """Whether a row has this name, in any case and with any accents."""
    found: bool = model._default_manager.filter(search_text=_folded(name)).exists()
    return found


def save_new(row: Any, *, page: str = "") -> Any:
    """Saves a row that is not stored yet, and returns it. Call it in the transaction of the write. Refusal: NameTaken.

    `page` is the token of the page that the name was typed on. Sent again from the same page, the same name gives the
    row that was created the first time.
    """
    _lock_name(row)
    before = created_on(page, type(row), row.name)
    if before is not None:
        return before
    if not row.may_share_names and has_name(type(row), row.name):
        sentence = _("“%(typed)s” is already there. Choose it among the answers.") % {"typed": row.name}
        raise NameTaken(sentence, field=row._meta.model_name)
    row.save()
    if page:
        caches[once.CACHE].set(_key(page, type(row), row.name), row.pk, once.REMEMBERED)
    return row


def created_on(page: str, model: type[Any], name: str) -> Any:
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
    return text.folded(name)[:400]
