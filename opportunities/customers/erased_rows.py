"""Erases a contact, and texts about a person in other customers: in the row and in its history.

Call these in the transaction of the erasure, with the row locked (`saving.locked`).
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from opportunities.customers import saving
from opportunities.customers.erased import ERASED as ERASED
from opportunities.customers.merges import Merge, parts_of
from opportunities.customers.models import DERIVED, Contact
from salesflow import json_values


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
        saving.save(row, by=by, at=at)
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
    row = saving.locked(model, int(pk))
    changed = 0
    if row is not None and (new := _replaced(row, texts)):
        for column, value in new.items():
            setattr(row, column, value)
        saving.save(row, by=by, at=at)
        changed = 1
    for past in model.history.model._base_manager.filter(id=pk):
        if new := _replaced(past, texts):
            model.history.model._base_manager.filter(pk=past.pk).update(**new)
            changed += 1
    return changed


def _replace_in_merge(pk: int, texts: Mapping[str, str]) -> int:
    merge = Merge.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    columns = ("gone_name", "survivor_name", "gone", "moved")

    def replaced(text: str) -> str:
        return texts.get(text, text)

    old = {column: getattr(merge, column) for column in columns} if merge else {}
    new = {column: json_values.with_texts_changed(value, replaced) for column, value in old.items()}
    return Merge.objects.filter(pk=pk).update(**new) if new != old else 0


def _replaced(row: models.Model, texts: Mapping[str, str]) -> dict[str, str]:
    columns = [column.name for column in row._meta.concrete_fields if _is_text(column)]
    return {name: texts[getattr(row, name)] for name in columns if getattr(row, name) in texts}
