"""Texts about a person that nobody reviews: of the outbox, queued work, the log of the admin, bulk runs and imports."""

import functools
from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import QuerySet
from django_tasks_db.models import DBTaskResult

from opportunities.customers.models import Contact
from opportunities.models import BulkRun, Import, ImportActRow, ImportRow, SavedMapping
from opportunities.models.erasures import ERASED
from opportunities.privacy import text_columns
from opportunities.privacy.person import Person
from opportunities.privacy.text_columns import TextTable
from salesflow import json_values
from salesflow.mail.models import OutboxMail
from salesflow.users.models import User

IMPORTS: tuple[type[models.Model], ...] = (Import, ImportRow, ImportActRow, SavedMapping)
MODELS: tuple[type[models.Model], ...] = (OutboxMail, DBTaskResult, LogEntry, BulkRun, *IMPORTS)
NAMED = {
    *("message_id", "kind", "object_id", "task_path", "queue_name", "backend_name"),
    *("stored_name", "history_stored_name", "sha256", "key", "shape"),
}
"""The columns with names of things, not of people."""


def rows_about(person: Person) -> Iterator[tuple[models.Model, dict[str, Any]]]:
    """Each row that names the person, with the values of its columns that do. One query for each table."""
    for model in MODELS:
        columns = [column.name for column in model._meta.concrete_fields if text_columns.is_text(column)]
        table = TextTable(model, "pk", tuple(name for name in columns if name not in NAMED))
        condition = text_columns.matches(table, person.everywhere)
        if not condition:
            continue
        rows: QuerySet[Any] = QuerySet(model)
        if model is LogEntry:  # the log about users is about others, who may have the same name
            rows = rows.exclude(content_type__app_label=User._meta.app_label)
        for row in rows.filter(condition).iterator(chunk_size=500):
            found = {name: getattr(row, name) for name in table.columns}
            named = {name: value for name, value in found.items() if _names(value, person)}
            if named:
                yield row, named


def _names(value: Any, person: Person) -> bool:
    return any(person.names_in(text, is_involved=False) for text in text_columns.strings(value))


def erase(person: Person) -> int:
    """Replaces the words that name the person. Returns how many rows were changed."""
    changed = 0
    without = functools.partial(person.without, is_involved=False)
    for row, values in rows_about(person):
        new = {name: json_values.with_texts_changed(value, without) for name, value in values.items()}
        changed += QuerySet(type(row)).filter(pk=row.pk).update(**new)
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Contact), object_id=str(person.contact_id)
    )
    return changed + about.exclude(object_repr=ERASED).update(object_repr=ERASED)
