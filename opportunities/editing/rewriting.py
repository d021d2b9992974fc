"""Replaces values in place, in an opportunity, its child rows and its history alike, for the erasure of a person.

It is the one exception from “history is only added to”: the history still accounts for every value. It reaches closed
opportunities, too, and changes no figure, stage or date. Each write that replaces something adds one event, which says
that a person's data was erased and not whose. Only `opportunities.privacy` causes it.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from opportunities import access
from opportunities.editing import children, found_by
from opportunities.editing.database import written_or_refused
from opportunities.editing.locks import locked_row
from opportunities.models import Event, Opportunity, write_guard
from opportunities.models.notes import first_line
from opportunities.refusals import NotAllowed
from salesflow import json_values
from salesflow.users.models import User

Rewrite = Callable[[models.Model, str, Any], Any]
"""The new value of a column of a row."""


def replace_texts(opportunity_id: int, texts: Mapping[str, str], *, by: User, at: datetime.datetime) -> int:
    """Replaces each of these texts, wherever the opportunity, its rows or its history have exactly it.

    Returns how many rows were changed. Refusals: NotAllowed, Gone, Busy.
    """
    names = {first_line(old): first_line(new) for old, new in texts.items()}

    def rewritten(row: models.Model, column: str, value: Any) -> Any:
        if isinstance(value, str):
            return texts.get(value, value)
        return json_values.changed(value, lambda each: _with_texts(each, texts, names))

    with rewriting(opportunity_id, by, at) as block:
        block.rows += rewrite(block.record, rewritten)
    return block.rows


def _with_texts(value: Any, texts: Mapping[str, str], names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, dict) and value.get("table") in children.CHILDREN and value["name"] in names:
        return value | {"name": names[value["name"]]}
    return value


@dataclass
class Rewriting:
    record: Opportunity
    rows: int = 0
    children: list[dict[str, Any]] | None = None


@contextmanager
def rewriting(opportunity_id: int, by: User, at: datetime.datetime) -> Iterator[Rewriting]:
    """Locks the opportunity and adds an event at the end of the block, if it changed a row.

    Refusals: NotAllowed, Gone, Busy.
    """
    with written_or_refused():
        if not access.may_erase_person(by):
            raise NotAllowed(_("You may not erase the data of a person."))
        record = locked_row(Opportunity(pk=opportunity_id))
        block = Rewriting(record)
        with write_guard.guarded(record.pk), write_guard.guarded_every():
            yield block
            if block.rows:
                _add_event(block, by, max(at, record.modified_at))


def _add_event(block: Rewriting, by: User, at: datetime.datetime) -> None:
    record = block.record
    found_by.follow(None, record)
    record.version += 1
    record.modified_at = at
    event = Event(opportunity=record, kind=Event.Kind.ERASED, version=record.version, at=at, by=by)
    event.children = block.children or []
    event.save()
    record.save()


def rewrite(record: Opportunity, rewritten: Rewrite) -> int:
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
