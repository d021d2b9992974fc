"""Stores private files before their rows, and deletes them after their rows.

A file is on the disk, whole, before the transaction of its row begins. So every row has its file, even after a failure.
If the block is refused or its transaction fails, its files are deleted. A process that is killed, or a commit whose
outcome is unknown, may leave a file without a row: `manage.py verify --sweep` deletes it. The file of a removed row is
deleted after the commit.
"""

import functools
import hashlib
import itertools
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files import File
from django.db import connection, transaction
from django.utils.translation import gettext as _

from opportunities.editing import file_types
from opportunities.models import Attachment, Import
from opportunities.models.attachments import PREVIEW
from opportunities.refusals import Refused
from salesflow import once, private_files, safe_text

_NOT_IN_A_NAME = re.compile(r'[/\\:*?"<>|]')

_log = logging.getLogger(__name__)


class StorageFailed(Refused):
    """The file could not be stored: the disk is full, or the storage does not answer."""

    code = "storage_failed"
    may_pass = True


@dataclass(frozen=True)
class StoredFile:
    """A file in the private storage that no row names yet."""

    storage_name: str
    size: int
    sha256: str
    content_type: str


@contextmanager
def stored(uploads: Iterable[tuple[File[bytes], str]]) -> Iterator[list[StoredFile]]:
    """Stores the files, each given with its content type. Deletes them if the block is refused or fails.

    Refusal: StorageFailed.
    """
    files: list[StoredFile] = []
    session = connection.connection
    try:
        for content, content_type in uploads:
            files.append(store(content, content_type))
        yield files
    except (Refused, once.Repeated):
        delete_files(file.storage_name for file in files)
        raise
    except Exception:  # it may come after a commit that succeeded
        if not connection.in_atomic_block and connection.connection is session and connection.is_usable():
            delete_files(_without_row(files))  # in another session it is unknown whether this one commits
        raise


def _without_row(files: list[StoredFile]) -> list[str]:
    """The names that no row has."""
    names = [file.storage_name for file in files]
    found = (rows.filter(**{f"{column}__in": names}).values_list(column, flat=True) for rows, column in named_in())
    kept = set(itertools.chain.from_iterable(found))
    return [name for name in names if name not in kept]


def named_in() -> list[tuple[Any, str]]:
    """Where rows name files: each table with the column that has the name in the storage."""
    return [
        (Attachment.objects.all(), "storage_name"),
        (Import.objects.all(), "stored_name"),
        (Import.objects.all(), "history_stored_name"),
    ]


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


def delete_after_commit(names: Iterable[str]) -> None:
    if found := list(names):
        transaction.on_commit(functools.partial(delete_files, found))
