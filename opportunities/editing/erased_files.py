"""Erases a file: its content, and its name wherever the opportunity and its history have it."""

import copy
import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import models

from opportunities.editing import changes, file_types, rewriting, stored_files
from opportunities.editing.children import ATTACHMENT
from opportunities.models import Attachment, AttachmentPreview
from opportunities.models.erasures import ERASED
from salesflow import json_values
from salesflow.users.models import User

PLACEHOLDER = b"This file was erased.\n"
"""The content of an erased file. Its row stays, because steps and presentations may rest on it."""


def erase_file(attachment: Attachment, *, by: User, at: datetime.datetime) -> int:
    """Replaces the content and the name of a file. The row stays, as what steps and presentations rest on.

    Refusals: NotAllowed, Gone, Busy, StorageFailed.
    """
    with (
        stored_files.stored([(ContentFile(PLACEHOLDER), file_types.TEXT.content_type)]) as files,
        rewriting.rewriting(attachment.opportunity_id, by, at) as block,
    ):
        row = block.record.attachments.filter(pk=attachment.pk).first()
        if row is None or row.sha256 == files[0].sha256:
            stored_files.delete_files([files[0].storage_name])
            return 0
        name = file_types.with_ending(ERASED, file_types.TEXT.content_type)

        def rewritten(each: models.Model, column: str, value: Any) -> Any:
            return json_values.changed(value, lambda part: _renamed_file(part, attachment.pk, name))

        block.rows += rewriting.rewrite(block.record, rewritten)
        row.name = name
        before = copy.copy(row)
        for column in ("storage_name", "size", "sha256", "content_type"):
            setattr(row, column, getattr(files[0], column))
        row.save()
        AttachmentPreview.objects.filter(attachment=row.pk).delete()
        stored_files.delete_after_commit([before.storage_name])
        block.children = changes.of_row(ATTACHMENT, before, row)
        block.rows += 1
    return block.rows


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
