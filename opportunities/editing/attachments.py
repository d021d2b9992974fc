"""Adds, changes and removes the rows of files.

with stored_files.stored(uploads) as files, editing(opportunity, by=user, at=now, closed="allow") as record:
for file in files:
attachments.add(record, file, name="Offer.pdf", kind=Attachment.Kind.PROPOSAL)
"""

import dataclasses
import secrets
from typing import Any

from django.utils.translation import gettext as _

from opportunities import previews
from opportunities.editing import file_types, rows, stamps, stored_files
from opportunities.editing.changes import ChildRows
from opportunities.editing.children import ATTACHMENT
from opportunities.editing.stored_files import StoredFile
from opportunities.models import Attachment, Opportunity
from opportunities.refusals import Gone, Refused
from salesflow import safe_text

MOST_ROWS = 500
"""The files of one opportunity, each version counted. A write of one reads all rows."""

NAME_LENGTH = 200
"""The characters of a name. The column has room for an ending, too."""


class TooManyFiles(Refused):
    """The opportunity has as many files as it may have."""

    code = "too_many_files"


def add(
    record: Opportunity,
    file: StoredFile,
    *,
    name: str,
    kind: str = Attachment.Kind.OTHER,
    version_of: Attachment | None = None,
) -> Attachment:
    """Adds a file, or a new version of the file that `version_of` is a version of.

    Refusals: InvalidEntry, TooManyFiles, Gone.
    """
    _refuse_too_many(record)
    last = _last_version(record, version_of) if version_of else None
    attachment = Attachment(opportunity=record, name=name, kind=kind, **dataclasses.asdict(file))
    attachment.series = last.series if last else secrets.token_hex(16)
    attachment.number = last.number + 1 if last else 1
    stamps.created(attachment)
    refuse_invalid(attachment)
    if last:
        _set_latest(last, is_latest=False)
    attachment.save()
    if file_types.TYPES[file.content_type].has_preview:
        previews.plan(attachment)
    return attachment


def _refuse_too_many(record: Opportunity) -> None:
    if record.attachments.count() >= MOST_ROWS:
        sentence = _("This opportunity has %(count)d files. Remove some before you upload more.")
        raise TooManyFiles(sentence % {"count": MOST_ROWS})


def _last_version(record: Opportunity, attachment: Attachment) -> Attachment:
    last = record.attachments.filter(series=attachment.series).order_by("number").last()
    if last is None:
        raise Gone(_("%(name)s is not on this opportunity any more.") % {"name": attachment})
    return last


def _set_latest(attachment: Attachment, *, is_latest: bool) -> None:
    attachment.is_latest = is_latest
    attachment.save()


def change(attachment: Attachment, **entries: Any) -> Attachment:
    """Sets the name or the kind of a file. Its ending stays one that fits the content. Refusal: InvalidEntry."""
    for name, value in entries.items():
        setattr(attachment, name, value)
    if safe_text.is_seen(attachment.name):  # an ending would make an invisible name one that can be seen
        attachment.name = file_types.with_ending(attachment.name.strip(), attachment.content_type)
    refuse_invalid(attachment)
    attachment.save()
    return attachment


def remove(attachment: Attachment, *, with_earlier: bool = False) -> None:
    """Removes a version of a file, or with it all earlier ones. The last version that is left is its latest one."""
    if with_earlier:
        earlier = attachment.opportunity.attachments.filter(series=attachment.series, number__lt=attachment.number)
        for each in earlier:
            each.delete()
    attachment.delete()


def refuse_invalid(attachment: Attachment) -> None:
    """Also for a file that was saved past these functions. Refusal: InvalidEntry."""
    rows.refuse_invalid(attachment, ATTACHMENT, ("kind", "name"))


# Rules for each write that touches files


def follow_versions(written: ChildRows) -> None:
    """The last version that is left of a file is its latest one."""
    last = {row.series: row for row in sorted(written.now(ATTACHMENT).values(), key=lambda row: row.number)}
    for row in last.values():
        if not row.is_latest:
            _set_latest(row, is_latest=True)


def delete_removed(written: ChildRows) -> None:
    """Deletes the files of removed rows after the commit."""
    before, now = written.before(ATTACHMENT), written.now(ATTACHMENT)
    stored_files.delete_after_commit(row.storage_name for pk, row in before.items() if pk not in now)
