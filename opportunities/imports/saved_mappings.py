"""Mappings that a person keeps: by itself that of the last file of a shape, and those with a name."""

import datetime
from collections.abc import Sequence

from opportunities.imports import refused_file
from opportunities.imports.mapping import BadMapping, Mapping, shape
from opportunities.imports.reading.reading import Reading
from opportunities.models import Import, SavedMapping
from salesflow.users.models import User


def _shape(headings: Sequence[str]) -> str:
    """The shape of the file, without the reasons that we added to its refused rows."""
    ours = refused_file.headings_of_ours()
    return shape(heading for heading in headings if heading not in ours)


def remember(run: Import, *, at: datetime.datetime, name: str = "") -> SavedMapping:
    """Stores the mapping of the import for files with these headings. The same name replaces the one before."""
    key = _shape(Reading.from_json(run.reading).headings)
    saved, _is_new = SavedMapping.objects.update_or_create(
        by=run.by, noun=run.noun, shape=key, name=name, defaults={"mapping": run.mapping, "saved_at": at}
    )
    return saved


def offered(by: User, noun: str, headings: Sequence[str]) -> list[SavedMapping]:
    """The mappings of this person for files with these headings, the last used first. One query."""
    return list(SavedMapping.objects.filter(by=by, noun=noun, shape=_shape(headings)))


def last(by: User, noun: str, headings: Sequence[str]) -> Mapping | None:
    """The mapping of this person that was used last for such files, if it can still be read. One query."""
    saved = SavedMapping.objects.filter(by=by, noun=noun, shape=_shape(headings)).first()
    try:
        return Mapping.from_json(saved.mapping) if saved else None
    except BadMapping:  # a field of it is gone since
        return None
