"""Begins an import with its file, and stores how the file is read and what its columns and values mean.

    run = making.recognised(by=user, at=now, noun="opportunities", upload=file, name=file.name)
    run = making.begin(run, upload=file)
    run = making.read_again(run, encoding="cp1252")             # optional, as a person chose
    run = making.map_columns(run, columns={"Deal": "name"})     # finds the values that need a meaning
    run = making.explain(run, mapping=mapping, keeps="mapped", at=now)

Each step forgets what follows from the step before. An import that was started changes no more: `NotNow`.
"""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import IO, Any

from django.core.files import File
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from opportunities import access
from opportunities.editing import stored_files
from opportunities.imports import files, recognising, saved_mappings, scanning
from opportunities.imports.files import FileRefused
from opportunities.imports.history import reading as history_reading
from opportunities.imports.mapping import BadMapping
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.imports.reading.reading import Reading
from opportunities.imports.reading.rows import SourceRow, rows
from opportunities.models import Import, ImportRow
from opportunities.refusals import NotAllowed, Refused
from salesflow.users.models import User

__all__ = [
    "FileRefused",
    "NotNow",
    "begin",
    "discard",
    "explain",
    "map_columns",
    "read_again",
    "recognised",
    "visible_to",
]

KEPT = datetime.timedelta(days=1)
"""How long an import is kept that was not started."""


class NotNow(Refused):
    """The import is not at this step: it was started, or a step before is missing."""

    code = "not_now"
    is_stale = True


def visible_to(reader: User) -> QuerySet[Import]:
    """The imports that the reader may see: their own, and as a manager those of the people whose work they see."""
    people = access.people_whose_requests_may_be_answered(reader)
    return Import.objects.filter(Q(by=reader) | Q(by__in=people.values("pk")))


def reading_of(run: Import) -> Reading:
    """How the file is read: what `run.reading` says."""
    return Reading.from_json(run.reading)


def mapping_of(run: Import) -> FileMapping:
    """What the columns mean: what `run.mapping` says, guessed or chosen."""
    return FileMapping.from_json(run.mapping)


# The file


def recognised(*, by: User, at: datetime.datetime, noun: str, upload: File[bytes], name: str) -> Import:
    """An import that is not stored yet: recognises how the file is read, and guesses its columns. Writes nothing.

    Call it outside a transaction: a large file is read for seconds, and SQLite has one writer at a time. The mapping is
    that of the last file with these headings, if the person has one; else it is guessed, with its columns and the
    meanings of their values (`run.sources`). The import is not `is_mapped` yet.
    Refusals: NotAllowed, FileRefused.
    """
    if not access.may_import_files(by):
        raise NotAllowed(_("Only a person with the role Salesperson or Sales manager can import a file."))
    keeps = Import.Keeps.MAPPED if access.may_keep_stages(by) else Import.Keeps.EARLIEST
    run = Import(by=by, made_at=at, noun=noun, name=stored_files.clean_name(name)[:255], keeps=keeps)
    with files.readable():
        reading = recognising.recognise(binary(upload))
        _guess(run, reading, binary(upload))
    return run


def begin(run: Import, *, upload: File[bytes]) -> Import:
    """Stores an import that was `recognised`, and its file. Deletes what was begun long ago. Refusal: StorageFailed."""
    _delete_old(run.made_at)
    with stored_files.stored([(upload, files.CONTENT_TYPE)]) as [stored]:
        run.stored_name, run.sha256 = stored.storage_name, stored.sha256
        run.save()
    return run


def shown_rows(run: Import, most: int = 20) -> list[SourceRow]:
    """The first rows of the file as it is read now, with those above the header. Refusal: FileRefused."""
    with files.readable(), files.opened(run.stored_name) as file:
        return recognising.first_rows(file, reading_of(run), most)


def read_again(run: Import, **chosen: Any) -> Import:
    """Reads the file as a person chose: `encoding`, `delimiter`, `quote`, `sheet` or `header`. Guesses columns anew.

    Refusals: FileRefused, NotNow. Then the import reads the file as before.
    """
    with files.readable(), files.opened(run.stored_name) as file:
        _guess(run, recognising.read_anew(file, reading_of(run), **chosen), file)
    save(run)
    return run


def _guess(run: Import, reading: Reading, file: IO[bytes]) -> None:
    """Sets the reading and the mapping: that of the last such file, or a guess."""
    run.reading = reading.to_json()
    saved = saved_mappings.last(run.by, run.noun, reading.headings)
    if saved is None:
        with closing(rows(file, reading)) as found:
            columns = scanning.guessed_columns(found, reading.headings, run.noun)
        _set_mapping(run, FileMapping(run.noun, columns), file, is_chosen=False)
    else:
        _set_mapping(run, saved, file, is_chosen=True)


def _set_mapping(run: Import, mapping: FileMapping, file: IO[bytes], *, is_chosen: bool) -> None:
    """Sets the mapping with the meanings of the values that the file has in its columns."""
    reading = reading_of(run)
    with closing(rows(file, reading)) as found:
        scan = scanning.scanned(found, reading.headings, mapping)
    for name, counts in _sources_of_history(run).items():
        scan.sources.setdefault(name, Counter()).update(counts)
    mapping, run.day_examples = scanning.with_meanings(mapping, scan, is_chosen=is_chosen)
    run.mapping = mapping.to_json()
    run.sources = {name: dict(counts.most_common()) for name, counts in scan.sources.items()}


def _sources_of_history(run: Import) -> dict[str, Counter[str]]:
    """The values of the second file that need a meaning, by field."""
    if not run.history_stored_name:
        return {}
    with files.opened_history(run) as found:
        return history_reading.sources(found, files.history_headings(run), run.history_columns)


# What it means


def map_columns(run: Import, *, columns: Mapping[str, str]) -> Import:
    """Stores which field each heading fills, and guesses the meanings of the values of these columns.

    `run.sources` has those values by field (`stage`, `status`, `status_reason`, `owner`, `probability`), each with the
    number of its rows; `mapping_of(run)` the guessed meanings, date order and decimal mark; `run.day_examples` days
    that several orders fit. Keeps meanings that were there. Refusals: BadMapping, FileRefused, NotNow.
    """
    given = mapping_of(run).to_json() | {"columns": {heading: columns.get(heading, "") for heading in _headings(run)}}
    mapping = FileMapping.from_json(given)
    with files.readable(), files.opened(run.stored_name) as file:
        _set_mapping(run, mapping, file, is_chosen=True)
    save(run)
    return run


def explain(run: Import, *, mapping: FileMapping, keeps: str, at: datetime.datetime) -> Import:
    """Stores the whole mapping, remembers it for files with these headings, and forgets an earlier preview.

    Next, call `previewing.count`. Refusals: NotNow, BadMapping for an owner, a stage or a reason that there is not, for
    a file or a second file without the columns that it needs, NotAllowed for `keeps` "mapped" of a person who is no
    manager (`access.may_keep_stages`).
    """
    if keeps == Import.Keeps.MAPPED and not access.may_keep_stages(run.by):
        raise NotAllowed(_("Only managers may keep the stages of a file. You can ask one."), field="keeps")
    refuse_missing(mapping)
    _refuse_unknown(mapping)
    if run.history_stored_name:
        history_reading.refuse_bad_columns(run.history_columns)
    with changing(run):
        run.mapping, run.keeps, run.mapped_at = mapping.to_json(), Import.Keeps(keeps).value, at
        saved_mappings.remember(run, at=at)
    return run


def _headings(run: Import) -> tuple[str, ...]:
    return reading_of(run).headings


def refuse_missing(mapping: FileMapping) -> None:
    """Raises BadMapping if no column fills a field that every row needs: each row would be refused."""
    if mapping.missing:
        said = _("No column is “%(field)s”, which every row needs. Choose the one that is.")
        raise BadMapping(said % {"field": mapping.missing[0].label})


def _refuse_unknown(mapping: FileMapping) -> None:
    """Raises BadMapping for an id of the mapping that there is not, or not any more. Three queries."""
    owners = {*mapping.owners.values()} | ({mapping.default_owner} if mapping.default_owner is not None else set())
    if owners - {known.pk for known in scanning.known_people()}:
        raise BadMapping(_("An owner of the mapping cannot have opportunities. Choose another person."))
    meanings = mapping.stages.values()
    stages = {(known.process, known.stage) for known in scanning.known_stages()}
    if {(each.process, each.stage) for each in meanings if each.stage} - stages:
        raise BadMapping(_("A stage of the mapping is not there any more. Choose another one."))
    reasons = {*mapping.reasons.values()} | {each.reason for each in meanings if each.reason is not None}
    if reasons - {pk for pk, _names in scanning.known_reasons()}:
        raise BadMapping(_("A reason of the mapping is not there any more. Choose another one."))


def guess_again(run: Import) -> None:
    """Guesses the meanings of the values of both files, after the second one has changed. Refusal: FileRefused."""
    with files.readable("history"), files.opened(run.stored_name) as file:
        _set_mapping(run, mapping_of(run), file, is_chosen=True)


# Which changes are taken


@contextmanager
def changing(run: Import) -> Iterator[None]:
    """Locks an import that was not started; at the end of the block saves it, without the preview that it had.

    It is not mapped any more, unless the block says that it is. Refusal: NotNow.
    """
    with transaction.atomic():
        locked(run)
        run.mapped_at = None
        yield
        run.counted_at, run.refusal, run.blank_rows, run.repeated_headers = None, "", 0, 0
        run.save()
        forget_rows(run)


def save(run: Import) -> None:
    """Saves an import whose file was read before: a large one is read for seconds. Refusal: NotNow."""
    with changing(run):
        pass


def locked(run: Import) -> Import:
    """Locks an import that was not started, in a transaction. Refusal: NotNow."""
    found = Import.objects.select_for_update(no_key=True).filter(pk=run.pk, started_at=None).first()
    if found is None:
        raise NotNow(_("The import was started already, or deleted."))
    return found


def forget_rows(run: Import) -> None:
    """Deletes the rows of an import that was not started, in one statement: nothing refers to them yet."""
    ImportRow.objects.filter(run=run)._raw_delete(using=ImportRow.objects.db)


def discard(run: Import) -> None:
    """Deletes an import that was not started, with its files. Refusal: NotNow."""
    with transaction.atomic():
        found = locked(run)
        forget_rows(found)
        files.delete(found)
        found.delete()


def _delete_old(at: datetime.datetime) -> None:
    """Deletes the imports that were not started, each in its transaction."""
    for run in Import.objects.filter(started_at=None, made_at__lt=at - KEPT):
        with suppress(NotNow):  # another request has started or deleted it
            discard(run)


def binary(upload: Any) -> IO[bytes]:
    """The bytes of an upload, with all methods of a file."""
    content: IO[bytes] = getattr(upload, "file", upload)
    return content
