"""Stores files, and adds, changes and removes their rows.

    with stored(uploads) as files, editing(opportunity, by=user, at=now, closed="allow") as record:
        for file in files:
            attachments.add(record, file, name="Offer.pdf", kind=Attachment.Kind.PROPOSAL)

A file is on the disk, whole, before the transaction of its row begins. So no row is without its file, whatever fails.
If the block is refused, its files are deleted. A process that is killed, or a commit whose outcome is unknown, may
leave a file without a row: `manage.py verify --sweep` deletes it. The file of a removed row is deleted after the
commit.
"""

import functools
import hashlib
import itertools
import logging
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from opportunities import previews
from opportunities.editing import answers, changes, file_types, stamps
from opportunities.editing.changes import ChildRows
from opportunities.editing.children import ATTACHMENT
from opportunities.editing.refusals import Gone, Refused
from opportunities.editing.rules import InvalidEntry
from opportunities.models import Attachment, Opportunity
from opportunities.models.attachments import PREVIEW
from salesflow import once, private_files, safe_text

MOST_ROWS = 500
"""The files of one opportunity, each version counted. A write of one reads all rows."""

NAME_LENGTH = 200
"""The characters of a name. The column has room for an ending, too."""

_NOT_IN_A_NAME = re.compile(r'[/\\:*?"<>|]')

_log = logging.getLogger(__name__)


class StorageFailed(Refused):
    """The file could not be stored: the disk is full, or the storage does not answer."""

    code = "storage_failed"


class TooManyFiles(Refused):
    """The opportunity has as many files as it may have."""

    code = "too_many_files"


# Files


@dataclass(frozen=True)
class StoredFile:
    """A file in the private storage that no row names yet."""

    storage_name: str
    size: int
    sha256: str
    content_type: str


@contextmanager
def stored(uploads: Iterable[tuple[File[bytes], str]]) -> Iterator[list[StoredFile]]:
    """Stores the files, each given with its content type. Deletes them if the block is refused.

    Refusal: StorageFailed.
    """
    files: list[StoredFile] = []
    try:
        for content, content_type in uploads:
            files.append(store(content, content_type))
        yield files
    except (Refused, once.Repeated):  # other errors may come from a commit that succeeded
        delete_files(file.storage_name for file in files)
        raise


@contextmanager
def copies(rows: Iterable[Attachment]) -> Iterator[list[tuple[Attachment, StoredFile]]]:
    """Stores a copy of the file of each row. Deletes the copies if the block is refused. Refusal: StorageFailed."""
    rows = list(rows)
    with stored(_contents(rows)) as files:
        yield list(zip(rows, files, strict=True))


def _contents(rows: Iterable[Attachment]) -> Iterator[tuple[File[bytes], str]]:
    for row in rows:
        try:
            content: File[bytes] = private_files.storage().open(row.storage_name)
        except Exception as fault:  # an object store has errors of its own
            _log.exception("The file %s cannot be read.", row.storage_name)
            raise StorageFailed(_("%(name)s cannot be read. Nothing was saved.") % {"name": row}) from fault
        with content:
            yield content, row.content_type


def store(content: File[bytes], content_type: str) -> StoredFile:
    """Writes the content to the private storage. Refusal: StorageFailed."""
    digest, size = hashlib.sha256(), 0
    for chunk in content.chunks():
        digest.update(chunk)
        size += len(chunk)
    try:
        name = private_files.storage().save(private_files.new_name(), content)
    except Exception as fault:  # an object store has errors of its own
        _log.exception("A file of %d bytes was not stored.", size)
        raise StorageFailed(_("The file could not be stored. Nothing was saved. Try again later.")) from fault
    return StoredFile(name, size, digest.hexdigest(), content_type)


def delete_files(names: Iterable[str]) -> None:
    """Deletes files that no row names, and their previews. `manage.py verify --sweep` deletes one that stays."""
    for name in itertools.chain.from_iterable((each, f"{each}{PREVIEW}") for each in names):
        try:
            private_files.storage().delete(name)
        except Exception:
            _log.exception("The file %s was not deleted.", name)


# Names


def clean_name(sent: str) -> str:
    """The name of a file as a page may show it: without its folders, and without characters that cannot be seen."""
    last = unicodedata.normalize("NFC", sent).replace("\\", "/").rstrip("/").rpartition("/")[2]
    spaced = "".join(" " if character.isspace() else character for character in last)
    seen = "".join(each for each in spaced if not unicodedata.category(each).startswith("C"))
    name = " ".join(seen.split()).strip(". ")
    return name if safe_text.is_seen(name) else str(_("file"))


def download_name(attachment: Attachment) -> str:
    """The name under which a browser saves the file: no system takes it for a folder, a drive or a hidden file."""
    name = _NOT_IN_A_NAME.sub("_", clean_name(attachment.name))
    return file_types.with_ending(name, attachment.content_type)


# Rows


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
    if record.attachments.count() >= MOST_ROWS:
        sentence = _("This opportunity has %(count)d files. Remove some before you upload more.")
        raise TooManyFiles(sentence % {"count": MOST_ROWS})
    last = _last_version(record, version_of) if version_of else None
    attachment = Attachment(
        opportunity=record,
        name=name,
        kind=kind,
        series=last.series if last else secrets.token_hex(16),
        number=last.number + 1 if last else 1,
        size=file.size,
        sha256=file.sha256,
        content_type=file.content_type,
        storage_name=file.storage_name,
    )
    stamps.created(attachment)
    _refuse_invalid(attachment)
    if last:
        _set_latest(last, is_latest=False)
    attachment.save()
    if file_types.TYPES[file.content_type].has_preview:
        previews.plan(attachment)
    return attachment


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
    if clean := attachment.name.strip():
        attachment.name = file_types.with_ending(clean, attachment.content_type)
    _refuse_invalid(attachment)
    attachment.save()
    return attachment


def remove(attachment: Attachment, *, with_earlier: bool = False) -> None:
    """Removes a version of a file, or with it all earlier ones. The last version that is left is its latest one."""
    if with_earlier:
        earlier = attachment.opportunity.attachments.filter(series=attachment.series, number__lt=attachment.number)
        for each in earlier:
            each.delete()
    attachment.delete()


def _refuse_invalid(attachment: Attachment) -> None:
    for name in ("kind", "name"):
        try:
            answers.of(name, ATTACHMENT.name).clean(attachment)
        except ValidationError as error:
            raise InvalidEntry(ValidationError({name: error}), table=ATTACHMENT.name) from error


# Rules for each write


def follow_versions(rows: ChildRows) -> None:
    """The last version that is left of a file is its latest one."""
    if not rows.is_touched(ATTACHMENT):
        return
    last = {row.series: row for row in sorted(rows.now(ATTACHMENT).values(), key=lambda row: row.number)}
    for row in last.values():
        if not row.is_latest:
            _set_latest(row, is_latest=True)


def refuse_invalid(rows: ChildRows) -> None:
    """Refuses a row that was saved past these functions and is not valid. Refusal: InvalidEntry."""
    if not rows.is_touched(ATTACHMENT):
        return
    before = rows.before(ATTACHMENT)
    for pk, row in rows.now(ATTACHMENT).items():
        if changes.of_row(ATTACHMENT, before.get(pk), row):
            _refuse_invalid(row)


def delete_removed(rows: ChildRows) -> None:
    """Deletes the files of removed rows after the commit."""
    if rows.is_touched(ATTACHMENT):
        now = rows.now(ATTACHMENT)
        delete_after_commit(row.storage_name for pk, row in rows.before(ATTACHMENT).items() if pk not in now)


def delete_after_commit(names: Iterable[str]) -> None:
    if found := list(names):
        transaction.on_commit(functools.partial(delete_files, found))
