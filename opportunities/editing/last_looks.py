"""The one way to write which version of an opportunity a person has seen last: see `LastLook`."""

import datetime
from collections.abc import Mapping

from django.db.models import Case, DateTimeField, F, Value, When
from django.db.models.functions import Coalesce, Greatest

from opportunities.editing.changes import ChildRows
from opportunities.editing.children import TEAM_MEMBER
from opportunities.editing.database import written_or_refused
from opportunities.editing.locks import locked_row
from opportunities.models import LastLook, Opportunity
from opportunities.models.last_looks import LOOKING
from opportunities.models.stamp import Stamp
from salesflow.users.models import User
from salesflow.write_guard import EVERY

RENEWED_AFTER = datetime.timedelta(minutes=10)
"""A look at the same version is written again after this time, so that leaving a page seldom writes."""


def see(*, opportunity: Opportunity, by: User, at: datetime.datetime, version: int) -> None:
    """Remembers that the person has seen the opportunity as it was at this version. Never goes back to an older one.

    The opportunity has had the version. Refusals: Gone, Busy.
    """
    before = LastLook.objects.filter(user=by, opportunity=opportunity.pk).first()
    if before and before.version >= version and before.seen_at and at - before.seen_at < RENEWED_AFTER:
        return
    with written_or_refused():
        # Inserting a row waits for the lock of the opportunity, which a write of the same person may hold.
        pk = opportunity.pk if before else locked_row(opportunity).pk
        _remember(pk, by, version=version, at=at)


def see_all(versions: Mapping[int, int], *, by: User, at: datetime.datetime) -> None:
    """Remembers that the person has seen these versions, by the id of the opportunity. Skips those without a row.

    The caller names only opportunities that the person may see. One statement. Refusal: Busy.
    """
    seen = Case(*(When(opportunity=pk, then=Value(version)) for pk, version in versions.items()))
    looks = LastLook.objects.filter(user=by, opportunity__in=versions)
    with written_or_refused(), LOOKING.allow(EVERY, True):
        if versions:
            looks.update(version=Greatest(F("version"), seen), seen_at=_not_before(at))


def after_write(
    before: Opportunity | None, record: Opportunity, stamp: Stamp, rows: ChildRows, seen: int | None
) -> None:
    """After a write: its author has seen the page that it came from. `seen` is the version of that page, if any.

    People who now own the opportunity, or are on its team, have not seen this write yet.
    """
    is_current = before is None or seen is None or seen >= before.version
    _remember(record.pk, stamp.by, version=record.version if is_current else seen or 0, at=stamp.at)
    people = rows.newcomers(TEAM_MEMBER)
    if before is None or before.owner_id != record.owner_id:
        people.append(record.owner)
    for person in people:
        if person.pk != stamp.by.pk:
            _give(record.pk, person, version=before.version if before else 0)


def _remember(pk: int, person: User, *, version: int, at: datetime.datetime) -> None:
    looks = LastLook.objects.filter(user=person, opportunity=pk)
    with LOOKING.allow(EVERY, True):
        if not looks.update(version=Greatest(F("version"), Value(version)), seen_at=_not_before(at)):
            _insert(LastLook(opportunity_id=pk, user=person, version=version, seen_at=at))


def _not_before(at: datetime.datetime) -> Coalesce:
    """The later of the stored time and this one: another look of the person may have been written meanwhile."""
    now = Value(at, output_field=DateTimeField())
    return Coalesce(Greatest(F("seen_at"), now), now)  # on SQLite the greatest of nothing and a time is nothing


def _give(pk: int, person: User, *, version: int) -> None:
    with LOOKING.allow(EVERY, True):
        _insert(LastLook(opportunity_id=pk, user=person, version=version))


def _insert(look: LastLook) -> None:
    """Leaves the row that is there already, if one is."""
    LastLook.objects.bulk_create([look], ignore_conflicts=True)
