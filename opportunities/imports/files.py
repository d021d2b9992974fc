"""The files of imports in the private storage, and how they are read."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import IO, Any

from django.utils.translation import gettext as _

from opportunities.editing import stored_files
from opportunities.imports.reading.reading import Reading
from opportunities.imports.reading.refusing import CannotBeRead
from opportunities.imports.reading.rows import Rows, rows
from opportunities.models import Import
from opportunities.refusals import Refused
from salesflow import private_files

CONTENT_TYPE = "application/octet-stream"

_log = logging.getLogger(__name__)


class FileRefused(Refused):
    """The file cannot be read. The sentence is that of `CannotBeRead`. `field` is `file`, or `history`."""

    code = "cannot_be_read"


@contextmanager
def readable(field: str = "file") -> Iterator[None]:
    """Turns CannotBeRead into FileRefused."""
    try:
        yield
    except CannotBeRead as error:
        raise FileRefused(str(error), field=field) from error


@contextmanager
def opened(stored_name: str) -> Iterator[IO[bytes]]:
    """The file. Raises CannotBeRead if the storage does not have it any more."""
    try:
        content: Any = private_files.storage().open(stored_name)
    except Exception as fault:  # an object store has errors of its own
        _log.exception("The file %s cannot be read.", stored_name)
        raise CannotBeRead(_("The file is not there any more. Upload it again.")) from fault
    with content:
        yield content.file


@contextmanager
def opened_rows(run: Import) -> Iterator[Rows]:
    """The rows of the file of the import, as it is read now. Raises CannotBeRead, also in the middle."""
    with opened(run.stored_name) as file, closing(rows(file, Reading.from_json(run.reading))) as found:
        yield found


@contextmanager
def opened_history(run: Import) -> Iterator[Rows]:
    """The rows of the second file."""
    reading = Reading.from_json(run.history_reading or {})
    with opened(run.history_stored_name) as file, closing(rows(file, reading)) as found:
        yield found


def history_headings(run: Import) -> tuple[str, ...]:
    return Reading.from_json(run.history_reading or {}).headings


def delete(*runs: Import) -> None:
    """Deletes the files of these imports after the commit. The rows still have their names."""
    names = [name for run in runs for name in (run.stored_name, run.history_stored_name) if name]
    stored_files.delete_after_commit(names)


def delete_of_finished(run: Import) -> None:
    """Deletes the files, and forgets their names. The rows have what is still needed."""
    delete(run)
    Import.objects.filter(pk=run.pk).update(stored_name="", history_stored_name="")
