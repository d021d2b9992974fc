"""Begins an import with its file, and stores how the file is read and what its columns and values mean.

    run = making.begin(by=user, at=now, noun="opportunities", upload=file, name=file.name)
    run = making.read_again(run, encoding="cp1252")             # optional, as a person chose
    run = making.map_columns(run, columns={"Deal": "name"})     # finds the values that need a meaning
    run = making.explain(run, mapping=mapping, keeps="mapped", at=now)

Each step forgets what follows from the step before. An import that was started changes no more: `NotNow`.
"""

import datetime
from collections.abc import Mapping
from typing import IO, Any

from django.core.files import File
from django.db.models import QuerySet

from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.imports.reading.reading import Reading
from opportunities.imports.reading.rows import SourceRow
from opportunities.models import Import
from opportunities.refusals import Refused
from salesflow.users.models import User

KEPT = datetime.timedelta(days=1)
"""How long an import is kept that was not started."""


class NotNow(Refused):
    """The import is not at this step: it was started, or a step before is missing."""

    code = "not_now"
    is_stale = True


class FileRefused(Refused):
    """The file cannot be read. The sentence is that of `CannotBeRead`. `field` is `file`, or `history`."""

    code = "cannot_be_read"


def visible_to(reader: User) -> QuerySet[Import]:
    """The imports that the reader may see: their own, and as a manager those of the people whose work they see."""
    raise NotImplementedError


def begin(*, by: User, at: datetime.datetime, noun: str, upload: File[bytes], name: str) -> Import:
    """Stores the file, recognises how it is read, and guesses its columns. Deletes what was begun long ago.

    The mapping is that of the last file with these headings, if the person has one; else it is guessed, with its
    columns and the meanings of their values (`run.sources`). The import is not `is_mapped` yet.
    Refusals: NotAllowed, FileRefused, StorageFailed.
    """
    raise NotImplementedError


def reading_of(run: Import) -> Reading:
    """How the file is read: what `run.reading` says."""
    raise NotImplementedError


def mapping_of(run: Import) -> FileMapping:
    """What the columns mean: what `run.mapping` says, guessed or chosen."""
    raise NotImplementedError


def opened(run: Import) -> IO[bytes]:
    """The file of the import. Use it in a `with` statement. Refusal: FileRefused, if it is gone."""
    raise NotImplementedError


def shown_rows(run: Import, most: int = 20) -> list[SourceRow]:
    """The first rows of the file as it is read now, with those above the header. Refusal: FileRefused."""
    raise NotImplementedError


def read_again(run: Import, **chosen: Any) -> Import:
    """Reads the file as a person chose: `encoding`, `delimiter`, `quote`, `sheet` or `header`. Guesses columns anew.

    Refusals: FileRefused, NotNow. Then the import reads the file as before.
    """
    raise NotImplementedError


def map_columns(run: Import, *, columns: Mapping[str, str]) -> Import:
    """Stores which field each heading fills, and guesses the meanings of the values of these columns.

    `run.sources` has those values by field (`stage`, `status`, `status_reason`, `owner`, `probability`), each with the
    number of its rows; `mapping_of(run)` the guessed meanings, date order and decimal mark. Keeps meanings that were
    there. Refusals: BadMapping (a ValueError), FileRefused, NotNow.
    """
    raise NotImplementedError


def explain(run: Import, *, mapping: FileMapping, keeps: str, at: datetime.datetime) -> Import:
    """Stores the whole mapping, remembers it for files with these headings, and forgets an earlier preview.

    Next, call `previewing.count`. Refusals: NotNow, BadMapping for an owner, a stage or a reason that there is not,
    NotAllowed for `keeps` "mapped" of a person who is no manager (`access.may_keep_stages`).
    """
    raise NotImplementedError


def add_history(run: Import, *, upload: File[bytes], name: str) -> Import:
    """Stores the second file, of stages: deal, stage, entered at; amount and close date of then. Guesses its columns.

    Replaces an earlier one. `run.history_columns` has the field of each heading, of `past_stages.FIELDS`.
    Refusals: FileRefused (field `history`), NotNow, StorageFailed.
    """
    raise NotImplementedError


def map_history(run: Import, *, columns: Mapping[str, str]) -> Import:
    """Stores which field of `past_stages.FIELDS` each heading of the second file fills. Refusals: NotNow, BadMapping."""
    raise NotImplementedError


def remove_history(run: Import) -> Import:
    """Deletes the second file. Refusal: NotNow."""
    raise NotImplementedError


def discard(run: Import) -> None:
    """Deletes an import that was not started, with its files. Refusal: NotNow."""
    raise NotImplementedError
