"""The second file of an import, that of the history: which file it is, and what its columns are.

It is optional. `imports.history` reads it.
"""

from collections.abc import Mapping

from django.core.files import File

from opportunities.editing import stored_files
from opportunities.imports import files, making, recognising
from opportunities.imports.history import reading
from opportunities.models import Import


def add(run: Import, *, upload: File[bytes], name: str) -> Import:
    """Stores the second file, and guesses its columns. It replaces an earlier one.

    `run.history_columns` has the field of each heading, of `history.kinds.FIELDS`.
    Refusals: FileRefused (field `history`), NotNow, StorageFailed.
    """
    with files.readable("history"):
        recognised = recognising.recognise(making.binary(upload))
    with stored_files.stored([(upload, files.CONTENT_TYPE)]) as [stored]:
        replaced = [run.history_stored_name] if run.history_stored_name else []
        run.history_name, run.history_stored_name = stored_files.clean_name(name)[:255], stored.storage_name
        run.history_reading, run.history_columns = recognised.to_json(), reading.guessed(recognised.headings)
        making.guess_again(run)
        with making.changing(run):
            stored_files.delete_after_commit(replaced)
    return run


def map_columns(run: Import, *, columns: Mapping[str, str]) -> Import:
    """Stores which field each heading fills. Refusals: NotNow, BadMapping, FileRefused."""
    reading.refuse_bad_columns(columns)
    run.history_columns = dict(columns)
    making.guess_again(run)
    making.save(run)
    return run


def remove(run: Import) -> Import:
    """Deletes the second file. Refusal: NotNow."""
    with making.changing(run):
        stored_files.delete_after_commit([run.history_stored_name] if run.history_stored_name else [])
        run.history_name = run.history_stored_name = ""
        run.history_reading, run.history_columns = None, {}
    return run
