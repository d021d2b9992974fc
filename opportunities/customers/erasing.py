"""Erases a contact, and texts about a person in other customers: in the row and in its history.

Call these in the transaction of the erasure, with the row locked (`addresses.locked`).
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import models

from opportunities.customers.changing import save_changed
from opportunities.customers.models import Contact

DERIVED = {"search_text", "sort_text"}


def _is_text(column: Any) -> bool:
    is_text = isinstance(column, models.CharField | models.TextField)
    return is_text and not column.primary_key and column.name not in DERIVED


def personal_columns() -> list[str]:
    """The columns of a contact with personal values: every text and every choice, now and in columns to come."""
    return [column.name for column in Contact._meta.concrete_fields if _is_text(column)]


def erase(contact: Contact, *, name: str, by: Any, at: datetime.datetime) -> int:
    """Empties the personal values of a locked contact and of its history. The name becomes `name`.

    The contact wants no mail and is archived. It keeps its account. Returns how many rows were changed.
    """
    row: Any = contact
    erased = dict.fromkeys(personal_columns(), "") | {"name": name, "do_not_contact": True, "is_archived": True}
    changed = 0
    if any(getattr(row, column) != value for column, value in erased.items()):
        for column, value in erased.items():
            setattr(row, column, value)
        row._history_user, row._history_date = by, at
        save_changed(row)
        changed = 1
    past: Any = row.history.model
    texts = {column: value for column, value in erased.items() if column in personal_columns()}
    of_person = past._base_manager.filter(id=row.pk)
    return changed + int(of_person.exclude(**texts).update(**texts, history_change_reason=None))


def replace_texts(customer: str, texts: Mapping[str, str], *, by: Any, at: datetime.datetime) -> int:
    """Replaces each of these texts where the customer (“account 12”) or its history has exactly it.

    Returns how many rows were changed.
    """
    name, _space, pk = customer.partition(" ")
    model: Any = apps.get_model("customers", name)
    row = model.objects.select_for_update(no_key=True).filter(pk=pk).first()
    changed = 0
    if row is not None and (new := _replaced(row, texts)):
        for column, value in new.items():
            setattr(row, column, value)
        row._history_user, row._history_date = by, at
        save_changed(row)
        changed = 1
    for past in model.history.model._base_manager.filter(id=pk):
        if new := _replaced(past, texts):
            model.history.model._base_manager.filter(pk=past.pk).update(**new)
            changed += 1
    return changed


def _replaced(row: models.Model, texts: Mapping[str, str]) -> dict[str, str]:
    columns = [column.name for column in row._meta.concrete_fields if _is_text(column)]
    return {name: texts[getattr(row, name)] for name in columns if getattr(row, name) in texts}
