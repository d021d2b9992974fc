"""Creates and changes a competitor. Each change counts its version and keeps the state before it in the history.

    changing.create(entries, by=user, at=now)
    changing.change(pk, entries, version=posted_version, by=user, at=now)

`entries` are the posted values by column.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction

from opportunities.customers import duplicates, find_or_create
from opportunities.customers.models import Competitor
from salesflow import safe_text

PROFILE = ("description", "strengths", "weaknesses", "opportunities", "threats", "key_products")
"""The texts about a competitor, in the order of its page."""

COLUMNS = ("name", "website", *PROFILE)


def column(name: str) -> Any:
    return Competitor._meta.get_field(name)


@dataclass(frozen=True)
class FieldConflict:
    """A column that two people changed differently: both values, and who saved `theirs`, if known."""

    field: str
    mine: str
    theirs: str
    by: Any
    at: datetime.datetime | None


class StaleCustomer(Exception):
    """Other people changed the same columns since the page was opened. Nothing was written.

    `conflicts` lists the columns, `version` is the one to post next. `merged` has the columns that only others changed,
    with their values: what is posted next must carry them.
    """

    def __init__(self, conflicts: list[FieldConflict], version: int, merged: Mapping[str, str]) -> None:
        super().__init__(", ".join(conflict.field for conflict in conflicts))
        self.conflicts = conflicts
        self.version = version
        self.merged = merged


def create(entries: Mapping[str, str], *, by: Any, at: datetime.datetime, despite: Collection[int] = ()) -> Competitor:
    """Saves a new competitor, in the transaction that claims the form.

    `despite` has the ids of the likely duplicates that the user has seen. Raises LikelyDuplicate, ValidationError.
    """
    row = Competitor(**{name: entries[name] for name in COLUMNS})
    row.despite = despite
    _refuse_invalid(row)
    sign(row, by, at)
    saved: Competitor = find_or_create.saved(row)
    return saved


def change(
    pk: int,
    entries: Mapping[str, str],
    *,
    version: int,
    by: Any,
    at: datetime.datetime,
    despite: Collection[int] = (),
) -> Competitor:
    """Locks the competitor and saves what was changed on a page of that version.

    Merges what others changed since, column by column. If nothing differs, it writes nothing. `despite` as in `create`.
    Raises StaleCustomer, LikelyDuplicate, ValidationError, Competitor.DoesNotExist.
    """
    with transaction.atomic():
        row = Competitor.objects.select_for_update(no_key=True).get(pk=pk)
        mine = _mine(row, entries, version)
        if not mine:
            return row
        for name, value in mine.items():
            setattr(row, name, value)
        _refuse_likely_duplicate(row, mine, despite)
        _refuse_invalid(row)
        sign(row, by, at)
        save_changed(row)
        return row


def save_changed(row: models.Model) -> None:
    """Saves a changed account, contact or competitor, and counts the change. The row is locked."""
    row.version += 1  # type: ignore[attr-defined]
    row.save()


def _mine(row: Competitor, entries: Mapping[str, str], version: int) -> dict[str, str]:
    """The posted values that differ from the stored ones, without those that the page only showed.

    Raises StaleCustomer if another person changed one of them differently.
    """
    seen = row if version == row.version else row.history.filter(version=version).order_by("-history_id").first()
    stored = {name: getattr(row, name) for name in COLUMNS}
    before = {name: getattr(seen, name, None) for name in COLUMNS}
    mine = {name: entries[name] for name in COLUMNS if entries[name] not in (before[name], stored[name])}
    disputed = [name for name in mine if before[name] != stored[name]]
    if disputed:
        merged = {name: stored[name] for name in COLUMNS if name not in mine and stored[name] != entries[name]}
        raise StaleCustomer([_conflict(row, name, mine[name]) for name in disputed], row.version, merged)
    return mine


def _conflict(row: Competitor, name: str, mine: str) -> FieldConflict:
    """A conflict with the last change of the column."""
    by = at = None
    theirs = getattr(row, name)
    for stored in row.history.select_related("history_user").order_by("-history_id"):
        if getattr(stored, name) != theirs:
            break
        by, at = stored.history_user, stored.history_date
    return FieldConflict(name, mine, theirs, by, at)


def _refuse_likely_duplicate(row: Competitor, changed: Collection[str], seen: Collection[int]) -> None:
    """Raises LikelyDuplicate if what was changed makes the row like another one."""
    if "name" in changed:
        find_or_create.lock_name(row)
    duplicates.refuse(type(row), duplicates.entries_of(row, changed), seen=seen, but=row.pk)


def _refuse_invalid(row: Competitor) -> None:
    """Raises ValidationError for a text that cannot be stored or seen, and for a website that is not on the web."""
    errors: dict[str, Any] = {}
    for name in COLUMNS:
        try:
            _refuse_text(getattr(row, name), longest=column(name).max_length, multiline=name in PROFILE)
            if name == "name":
                safe_text.refuse_unseen(row.name)
        except ValidationError as error:
            errors[name] = error
    try:
        row.clean_fields(exclude=set(errors))
    except ValidationError as error:
        errors |= error.error_dict
    if errors:
        raise ValidationError(errors)


def _refuse_text(text: str, *, longest: int | None, multiline: bool) -> None:
    safe_text.refuse_unsafe(text, multiline=multiline)
    MaxLengthValidator(longest or len(text))(text)


def sign(row: Any, by: Any, at: datetime.datetime) -> None:
    """Names the person and the moment of the change for the history."""
    row._history_user, row._history_date = by, at
