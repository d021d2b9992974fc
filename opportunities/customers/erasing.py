"""Erases a contact, and texts about a person in other customers: in the row and in its history.

Call these in the transaction of the erasure, with the row locked (`addresses.locked`).
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from opportunities.customers.changing import save_changed
from opportunities.customers.erased import ERASED
from opportunities.customers.merges import Merge, parts_of
from opportunities.customers.models import DERIVED, Contact


def _is_text(column: Any) -> bool:
    is_text = isinstance(column, models.CharField | models.TextField)
    return is_text and not column.primary_key and column.name not in DERIVED


def personal_columns() -> list[str]:
    """The columns of a contact with personal values: every text and every choice, now and in columns to come."""
    return [column.name for column in Contact._meta.concrete_fields if _is_text(column)]


def ids_of(contact: Contact) -> set[int]:
    """The id of the contact, and those of the contacts that were merged into it. Their history is still there."""
    return {contact.pk, *parts_of("contact", contact.pk)}


def erase(contact: Contact, *, by: Any, at: datetime.datetime) -> int:
    """Empties the personal values of a locked contact and of its history. The name becomes `ERASED`.

    Empties what merges of the contact stored, too: they can no longer be undone. The contact wants no mail and is
    archived. It keeps its account. Returns how many rows were changed.
    """
    row: Any = contact
    erased = dict.fromkeys(personal_columns(), "") | {"name": ERASED, "do_not_contact": True, "is_archived": True}
    changed = 0
    if any(getattr(row, column) != value for column, value in erased.items()):
        for column, value in erased.items():
            setattr(row, column, value)
        row._history_user, row._history_date = by, at
        save_changed(row)
        changed = 1
    past: Any = row.history.model
    texts = {column: value for column, value in erased.items() if column in personal_columns()}
    of_person = past._base_manager.filter(id__in=ids_of(contact))
    changed += int(of_person.exclude(**texts).update(**texts, history_change_reason=None))
    return changed + _erase_merges(contact)


def _erase_merges(contact: Contact) -> int:
    ids = ids_of(contact)
    merges = Merge.objects.filter(Q(gone_id__in=ids) | Q(survivor_id__in=ids), noun=Merge.Noun.CONTACT)
    return merges.exclude(gone={}).update(gone={}, moved=[], gone_name=ERASED, survivor_name=ERASED)


def replace_texts(customer: str, texts: Mapping[str, str], *, by: Any, at: datetime.datetime) -> int:
    """Replaces each of these texts where the customer (“account 12”) or its history has exactly it.

    Returns how many rows were changed.
    """
    name, _space, pk = customer.partition(" ")
    model: Any = apps.get_model("customers", name)
    if model is Merge:
        return _replace_in_merge(int(pk), texts)
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


def _replace_in_merge(pk: int, texts: Mapping[str, str]) -> int:
    merge = Merge.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    columns = ("gone_name", "survivor_name", "gone", "moved")
    new = {column: _within(getattr(merge, column), texts) for column in columns} if merge else {}
    if merge is None or all(getattr(merge, column) == value for column, value in new.items()):
        return 0
    return Merge.objects.filter(pk=pk).update(**new)


def _within(value: Any, texts: Mapping[str, str]) -> Any:
    """The value of a JSON column with each of these texts replaced."""
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, list):
        return [_within(each, texts) for each in value]
    if isinstance(value, dict):
        return {key: _within(each, texts) for key, each in value.items()}
    return value


def _replaced(row: models.Model, texts: Mapping[str, str]) -> dict[str, str]:
    columns = [column.name for column in row._meta.concrete_fields if _is_text(column)]
    return {name: texts[getattr(row, name)] for name in columns if getattr(row, name) in texts}
