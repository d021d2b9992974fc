"""Mappings that a person keeps: by itself that of the last file of a shape, and those with a name."""

import dataclasses
import datetime
import hashlib
import json
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from opportunities.imports import refused_file
from opportunities.imports.mapping import BadMapping, Mapping, shape
from opportunities.imports.reading.reading import Reading
from opportunities.models import Import, SavedMapping
from opportunities.refusals import Gone, Refused
from salesflow import folding
from salesflow.users.models import User

BYTES_OF_A_VERSION = 7  # so that it is an id for both databases


class NameTaken(Refused):
    """The person has another mapping of this name for files with these headings."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        said = _("You have a mapping “%(name)s” for files with these headings already.")
        super().__init__(said % {"name": name}, field="name")


class MappingChanged(Refused):
    """The mapping was changed after its page was drawn."""

    code = "changed_meanwhile"
    is_stale = True

    def __init__(self) -> None:
        super().__init__(_("The mapping has changed since this page was opened. This is how it is now."))


def _shape(headings: Sequence[str]) -> str:
    """The shape of the file, without the reasons that we added to its refused rows."""
    ours = refused_file.headings_of_ours()
    return shape(heading for heading in headings if heading not in ours)


def _of_run(run: Import) -> QuerySet[SavedMapping]:
    """Those for files with the headings of this import."""
    key = _shape(Reading.from_json(run.reading).headings)
    return SavedMapping.objects.filter(by=run.by, noun=run.noun, shape=key)


# Written


def remember(run: Import, *, at: datetime.datetime, name: str = "") -> SavedMapping:
    """Stores the mapping of the import for files with these headings. The same name replaces the one before."""
    key = _shape(Reading.from_json(run.reading).headings)
    saved, _is_new = SavedMapping.objects.update_or_create(
        by=run.by, noun=run.noun, shape=key, name=name, defaults={"mapping": run.mapping, "saved_at": at}
    )
    return saved


def save(run: Import, *, name: str, replaces: bool, at: datetime.datetime) -> SavedMapping:
    """Stores the mapping of the import under a name. Refusal: NameTaken, unless it `replaces` the one of that name."""
    if not replaces and is_taken(run, name):
        raise NameTaken(name)
    return remember(run, at=at, name=name)


def is_taken(run: Import, name: str) -> bool:
    """Whether the person has a mapping of this name for files with these headings. One query."""
    return _of_run(run).filter(name=name).exists()


def rename(saved: SavedMapping, *, name: str, version: int) -> None:
    """Refusals: NameTaken, MappingChanged, Gone."""
    try:
        with transaction.atomic():
            locked = _locked(saved, version)
            locked.name = name
            locked.save()
    except IntegrityError as error:
        raise NameTaken(name) from error


def delete(saved: SavedMapping, *, version: int) -> None:
    """Refusals: MappingChanged, Gone."""
    with transaction.atomic():
        _locked(saved, version).delete()


def _locked(saved: SavedMapping, version: int) -> SavedMapping:
    found = SavedMapping.objects.select_for_update(of=("self",)).filter(pk=saved.pk).first()
    if found is None:
        raise Gone(_("The mapping is not there any more."))
    if version_of(found) != version:
        raise MappingChanged
    return found


def version_of(saved: SavedMapping) -> int:
    """A number that differs whenever the mapping or its name was changed."""
    drawn = json.dumps([saved.name, saved.saved_at, saved.mapping], default=str, sort_keys=True)
    return int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:BYTES_OF_A_VERSION])


# Read


def named(by: User) -> QuerySet[SavedMapping]:
    """The mappings of this person that have a name. No query."""
    return SavedMapping.objects.filter(by=by).exclude(name="")


def named_for(run: Import) -> list[SavedMapping]:
    """The mappings with a name for files with the headings of this import, the last saved first. One query."""
    return list(_of_run(run).exclude(name=""))


def offered(by: User, noun: str, headings: Sequence[str]) -> list[SavedMapping]:
    """The mappings of this person for files with these headings, the last used first. One query."""
    return list(SavedMapping.objects.filter(by=by, noun=noun, shape=_shape(headings)))


def last(by: User, noun: str, headings: Sequence[str]) -> Mapping | None:
    """The mapping of this person that was used last for such files, if it can still be read. One query."""
    saved = SavedMapping.objects.filter(by=by, noun=noun, shape=_shape(headings)).first()
    try:
        return for_headings(saved, headings) if saved else None
    except BadMapping:  # a field of it is gone since
        return None


def for_headings(saved: SavedMapping, headings: Sequence[str]) -> Mapping:
    """The mapping with its columns under the headings of a file, which may differ in their case. Raises BadMapping."""
    mapping = Mapping.from_json(saved.mapping)
    others = {folding.folded(each): name for each, name in mapping.columns.items() if each not in headings}
    named = {each: mapping.columns.get(each, others.get(folding.folded(each))) for each in headings}
    return dataclasses.replace(mapping, columns={each: name for each, name in named.items() if name is not None})
