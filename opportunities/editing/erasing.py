"""The mode of `editing` that erases a person: the one exception from “history is only added to”.

It replaces values in place, in the opportunity, its child rows and its history alike, so that the history still
accounts for every value. It reaches closed opportunities, too, and changes no figure, stage or date. Each write that
replaces something adds one event, which says that a person's data was erased and not whose. Only
`opportunities.privacy` calls it.
"""

import copy
import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from opportunities import access
from opportunities.customers.models import Contact
from opportunities.editing import changes, children, file_types, stored_files
from opportunities.editing.children import ATTACHMENT, STAKEHOLDER
from opportunities.editing.database import written_or_refused
from opportunities.editing.locks import locked_row
from opportunities.editing.refusals import NotAllowed
from opportunities.models import Attachment, AttachmentPreview, Event, Opportunity, OpportunityMail, write_guard
from opportunities.models.erasures import ERASED, ERASED_ADDRESS
from opportunities.models.notes import first_line
from salesflow import json_values
from salesflow.users.models import User

Rewrite = Callable[[models.Model, str, Any], Any]
"""The new value of a column of a row."""

PLACEHOLDER = b"This file was erased.\n"
"""The content of an erased file. Its row stays, because steps and presentations may rest on it."""


def replace_texts(opportunity_id: int, texts: Mapping[str, str], *, by: User, at: datetime.datetime) -> int:
    """Replaces each of these texts, wherever the opportunity, its rows or its history have exactly it.

    Returns how many rows were changed. Refusals: NotAllowed, Gone, Busy.
    """
    names = {first_line(old): first_line(new) for old, new in texts.items()}

    def rewritten(row: models.Model, column: str, value: Any) -> Any:
        if isinstance(value, str):
            return texts.get(value, value)
        return json_values.changed(value, lambda each: _with_texts(each, texts, names))

    with _erasing(opportunity_id, by, at) as erased:
        erased.rows += _rewrite(erased.record, rewritten)
    return erased.rows


def _with_texts(value: Any, texts: Mapping[str, str], names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, dict) and value.get("table") in children.CHILDREN and value["name"] in names:
        return value | {"name": names[value["name"]]}
    return value


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
    with _erasing(opportunity_id, by, at) as erased:
        stakeholders = dict(erased.record.stakeholders.values_list("pk", "contact_id"))

        def rewritten(row: models.Model, column: str, value: Any) -> Any:
            if isinstance(value, str):
                return _own_text(row, column, value, contact.ids)
            return json_values.changed(value, lambda each: _without_contact(each, contact, stakeholders))

        erased.rows += _rewrite(erased.record, rewritten)
    return erased.rows


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
        return value | {"name": ERASED, "changes": [_without_text(each) for each in value["changes"]]}
    return _unnamed(value, contact)


def _unnamed(value: Any, contact: Erased) -> Any:
    if isinstance(value, list):
        return [_unnamed(each, contact) for each in value]
    if isinstance(value, dict) and value.get("id") in contact.ids and contact.has_name(value.get("name")):
        return value | {"name": ERASED}
    return value


def _is_about(row: dict[str, Any], contact: Erased, stakeholders: Mapping[int, int]) -> bool:
    """Of a stakeholder who was removed, the log has only the name."""
    found = stakeholders.get(row["id"])
    return contact.has_name(row["name"]) if found is None else found in contact.ids


def _without_text(change: dict[str, Any]) -> dict[str, Any]:
    if change["field"] != "note":
        return change
    return change | {side: "" if change[side] else change[side] for side in ("old", "new")}


def erase_file(attachment: Attachment, *, by: User, at: datetime.datetime) -> int:
    """Replaces the content and the name of a file. The row stays, as what steps and presentations rest on.

    Refusals: NotAllowed, Gone, Busy, StorageFailed.
    """
    with (
        stored_files.stored([(ContentFile(PLACEHOLDER), file_types.TEXT.content_type)]) as files,
        _erasing(attachment.opportunity_id, by, at) as erased,
    ):
        row = erased.record.attachments.filter(pk=attachment.pk).first()
        if row is None or row.sha256 == files[0].sha256:
            stored_files.delete_files([files[0].storage_name])
            return 0
        name = file_types.with_ending(ERASED, file_types.TEXT.content_type)

        def rewritten(each: models.Model, column: str, value: Any) -> Any:
            return json_values.changed(value, lambda part: _renamed_file(part, attachment.pk, name))

        erased.rows += _rewrite(erased.record, rewritten)
        row.name = name
        before = copy.copy(row)
        for column in ("storage_name", "size", "sha256", "content_type"):
            setattr(row, column, getattr(files[0], column))
        row.save()
        AttachmentPreview.objects.filter(attachment=row.pk).delete()
        stored_files.delete_after_commit([before.storage_name])
        erased.children = changes.of_row(ATTACHMENT, before, row)
        erased.rows += 1
    return erased.rows


def _renamed_file(value: Any, pk: int, name: str) -> Any:
    if isinstance(value, dict) and (value.get("table"), value.get("id")) == (ATTACHMENT.name, pk):
        named = [_renamed(each, name) if each["field"] == "name" else each for each in value["changes"]]
        return value | {"name": name, "changes": named}
    if isinstance(value, dict) and value.get("field") == "file" and "old" in value:
        return value | {
            side: value[side] | {"name": name} if value[side] and value[side]["id"] == pk else value[side]
            for side in ("old", "new")
        }
    return value


def _renamed(change: dict[str, Any], name: str) -> dict[str, Any]:
    return change | {side: name if change[side] else change[side] for side in ("old", "new")}


# The write


@dataclass
class _Erasing:
    record: Opportunity
    rows: int = 0
    children: list[dict[str, Any]] | None = None


@contextmanager
def _erasing(opportunity_id: int, by: User, at: datetime.datetime) -> Iterator[_Erasing]:
    """Locks the opportunity and adds an event at the end of the block, if it changed a row."""
    with written_or_refused():
        if not access.may_erase_person(by):
            raise NotAllowed(_("You may not erase the data of a person."))
        record = locked_row(Opportunity(pk=opportunity_id))
        erased = _Erasing(record)
        with write_guard.guarded(record.pk), write_guard.guarded_every():
            yield erased
            if erased.rows:
                _add_event(erased, by, max(at, record.modified_at))


def _add_event(erased: _Erasing, by: User, at: datetime.datetime) -> None:
    record = erased.record
    record.version += 1
    record.modified_at = at
    event = Event(opportunity=record, kind=Event.Kind.ERASED, version=record.version, at=at, by=by)
    event.children = erased.children or []
    event.save()
    record.save()


def _rewrite(record: Opportunity, rewritten: Rewrite) -> int:
    """Sets the new values of the text columns of the opportunity, its child rows and its history."""
    changed = int(bool(_rewritten_row(record, rewritten)))  # the end of the block saves it
    for table in children.TABLES:
        rows: QuerySet[Any] = QuerySet(table.model).filter(opportunity=record.pk)
        for row in rows.order_by("pk"):
            if new := _rewritten_row(row, rewritten):
                table.model._base_manager.filter(pk=row.pk).update(**new)
                changed += 1
    return changed


def _rewritten_row(row: models.Model, rewritten: Rewrite) -> dict[str, Any]:
    """Sets the new values on the row, and returns those that differ."""
    new = {}
    for column in row._meta.concrete_fields:
        if isinstance(column, models.CharField | models.TextField | models.JSONField) and not column.choices:
            value = getattr(row, column.attname)
            written = rewritten(row, column.name, value) if value else value
            if written != value:
                new[column.name] = written
                setattr(row, column.attname, written)
    return new
