"""Erases what an opportunity has about a contact, in its columns and in its history."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from opportunities.customers.models import Contact
from opportunities.editing import children, rewriting
from opportunities.editing.children import STAKEHOLDER
from opportunities.models import Event, Opportunity, OpportunityMail
from opportunities.models.erasures import ERASED, ERASED_ADDRESS
from salesflow import json_values
from salesflow.users.models import User


@dataclass(frozen=True)
class Erased:
    """The contact to erase, with the ids of those that were merged into it.

    `has_name` says whether a name in the history is one that the contact has or had.
    """

    ids: frozenset[int]
    has_name: Callable[[Any], bool]


def erase_contact(opportunity_id: int, contact: Erased, *, by: User, at: datetime.datetime) -> int:
    """Replaces what the opportunity has about the contact in columns of its own: name, address, texts of stakeholders.

    Returns how many rows were changed. Refusals: NotAllowed, Gone, Busy.
    """
    with rewriting.rewriting(opportunity_id, by, at) as block:
        stakeholders = dict(block.record.stakeholders.values_list("pk", "contact_id"))

        def rewritten(row: models.Model, column: str, value: Any) -> Any:
            if isinstance(value, str):
                return _own_text(row, column, value, contact.ids)
            changed = json_values.changed(value, lambda each: _without_contact(each, contact, stakeholders))
            return [_without_texts(each) for each in changed] if _is_of_merge(row, column, contact) else changed

        block.rows += rewriting.rewrite(block.record, rewritten)
    return block.rows


def _is_of_merge(row: models.Model, column: str, contact: Erased) -> bool:
    """Whether these are the child rows of an event that merged the contact, or parted it: the note of both is there."""
    if not isinstance(row, Event) or column != "children" or row.merged.get("noun") != "contact":
        return False
    return any(row.merged[side]["id"] in contact.ids for side in ("gone", "into"))


def _own_text(row: Any, column: str, value: str, ids: frozenset[int]) -> str:
    if isinstance(row, STAKEHOLDER.model) and row.contact_id in ids:  # type: ignore[attr-defined]
        return ""
    if isinstance(row, OpportunityMail) and row.contact_id in ids and column == "to":
        return ERASED_ADDRESS
    return value


_MODELS: tuple[type[models.Model], ...] = (Opportunity, *(table.model for table in children.TABLES))

CONTACT_FIELDS = {"attendees"} | {
    column.name for model in _MODELS for column in model._meta.concrete_fields if column.related_model is Contact
}
"""The fields of the log with contacts."""


def _without_contact(value: Any, contact: Erased, stakeholders: Mapping[int, int]) -> Any:
    """A value of the log without the name of the contact, and of a row about the contact without its texts."""
    if not isinstance(value, dict):
        return value
    if value.get("field") in CONTACT_FIELDS and "old" in value:
        return value | {side: _unnamed(value[side], contact) for side in ("old", "new")}
    if value.get("table") == STAKEHOLDER.name and _is_about(value, contact, stakeholders):
        return _without_texts(value) | {"name": ERASED}
    return _unnamed(value, contact)


def _unnamed(value: Any, contact: Erased) -> Any:
    if isinstance(value, list):
        return [_unnamed(each, contact) for each in value]
    if isinstance(value, dict) and value.get("id") in contact.ids and contact.has_name(value.get("name")):
        return value | {"name": ERASED}
    return value


def _is_about(row: dict[str, Any], contact: Erased, stakeholders: Mapping[int, int]) -> bool:
    """Of a stakeholder who was removed, events of older versions have only the name."""
    if row.get("subject") is not None:
        return row["subject"] in contact.ids
    found = stakeholders.get(row["id"])
    return contact.has_name(row["name"]) if found is None else found in contact.ids


def _without_texts(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"changes": [_without_text(each) for each in row["changes"]]}


def _without_text(change: dict[str, Any]) -> dict[str, Any]:
    if change["field"] != "note":
        return change
    return change | {side: "" if change[side] else change[side] for side in ("old", "new")}
