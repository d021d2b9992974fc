"""Creates, changes, archives and restores accounts, contacts and competitors.

    changing.create(Account, entries, by=user, at=now)
    changing.change(Account, pk, entries, version=posted_version, by=user, at=now)
    changing.archive(Account, pk, version=posted_version, by=user, at=now)
    changing.restore(Account, pk, version=posted_version, by=user, at=now)
    changing.give(pk, giver=user, taker=user, by=user, at=now)

`entries` are the posted values by column; that of a relation is a row, or None. Each change counts the version of the
row and keeps the state before it in the history.
"""

import datetime
from collections.abc import Collection, Mapping
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from opportunities.customers import duplicates, entered, find_or_create, saving
from opportunities.customers.models import Account, Contact, Customer
from opportunities.refusals import Conflict, OwnerChanged, Refused, StaleVersion


class ChangedMeanwhile(Refused):
    """The row was changed since the page was opened."""

    code = "changed_meanwhile"
    is_stale = True


def create(
    model: type[Any],
    entries: Mapping[str, Any],
    *,
    by: Any,
    at: datetime.datetime,
    page: str = "",
    despite: Collection[int] = (),
) -> Any:
    """Saves a new row, in the transaction that claims the form. Raises LikelyDuplicate, ValidationError.

    A new account among the entries is saved first. `page` is the token of the page on which its name was typed.
    `despite` has the ids of the likely duplicates of the row that the user has seen.
    """
    row = model()
    row.despite = despite
    given = entered.read(model, _stored(entries, page), before={})
    for name, value in given.items():
        entered.put(row, name, value)
    entered.refuse_invalid(row, set(given))
    saving.sign(row, by=by, at=at)
    return find_or_create.saved(row, account_id=getattr(row, "account_id", None))


def change(
    model: type[Any],
    pk: int,
    entries: Mapping[str, Any],
    *,
    version: int,
    by: Any,
    at: datetime.datetime,
    page: str = "",
    despite: Collection[int] = (),
) -> Any:
    """Locks the row and saves what was changed on a page of that version.

    Merges what others changed since, column by column. If nothing differs, it writes nothing. Only what is changed is
    validated, so that a value from before a rule stays. `page` and `despite` are those of `create`.
    Raises StaleVersion, LikelyDuplicate, ValidationError, DoesNotExist.
    """
    with transaction.atomic():
        row = _locked(model, pk)
        mine = _mine(row, _stored(entries, page), version, by=by, at=at)
        if not mine:
            return row
        for name, value in mine.items():
            entered.put(row, name, value)
        entered.refuse_invalid(row, set(mine))
        _refuse_likely_duplicate(row, mine, despite)
        saving.save(row, by=by, at=at)
        return row


def archive(model: type[Any], pk: int, *, version: int, by: Any, at: datetime.datetime) -> Any:
    """Archives the row: it stays where it is used. Raises ChangedMeanwhile, DoesNotExist."""
    return _set_archived(model, pk, is_archived=True, version=version, by=by, at=at)


def restore(model: type[Any], pk: int, *, version: int, by: Any, at: datetime.datetime) -> Any:
    """Makes an archived row one that can be chosen. Raises ChangedMeanwhile, DoesNotExist."""
    return _set_archived(model, pk, is_archived=False, version=version, by=by, at=at)


def _set_archived(model: type[Any], pk: int, *, is_archived: bool, version: int, by: Any, at: datetime.datetime) -> Any:
    with transaction.atomic():
        row = _locked(model, pk)
        if row.is_archived == is_archived:
            return row
        if row.version != version:
            raise ChangedMeanwhile(_who_changed(row, by))
        row.is_archived = is_archived
        saving.save(row, by=by, at=at)
        return row


def give(pk: int, *, giver: Any, taker: Any, by: Any, at: datetime.datetime) -> None:
    """Makes `taker` the owner of an account of `giver`. Raises OwnerChanged.

    An account that belongs to `taker` already stays as it is.
    """
    with transaction.atomic():
        row = saving.locked(Account, pk)
        if row is None or row.owner_id not in (giver.pk, taker.pk):
            raise OwnerChanged(_("The account has another owner now."))
        if row.owner_id == giver.pk:
            row.owner = taker
            saving.save(row, by=by, at=at)


def fill_in_email(contact: Contact, address: str, *, by: Any, at: datetime.datetime) -> None:
    """Saves the mail address of a locked contact who has none."""
    contact.email = address
    saving.save(contact, by=by, at=at)


def as_of(row: Any, version: int) -> Any:
    """The row as a page of that version showed it: itself, or its entry in the history. None if there is none."""
    return row if version == row.version else row.history.filter(version=version).order_by("-history_id").first()


def _locked(model: type[Any], pk: int) -> Any:
    row = saving.locked(model, pk)
    if row is None:
        raise model.DoesNotExist
    return row


def _stored(entries: Mapping[str, Any], page: str) -> dict[str, Any]:
    """The entries as they are stored: of a relation the id. Saves a new account that is one of them."""
    saved = {
        name: find_or_create.saved(value, page=page) if isinstance(value, models.Model) else value
        for name, value in entries.items()
    }
    return {name: value.pk if isinstance(value, models.Model) else value for name, value in saved.items()}


def _mine(row: Customer, given: Mapping[str, Any], version: int, *, by: Any, at: datetime.datetime) -> dict[str, Any]:
    """The posted values that differ from the stored ones as they are read, without those that the page only showed.

    Raises StaleVersion if another person changed one of them differently, ValidationError for numbers that are none.
    """
    seen = as_of(row, version)
    stored = entered.values(row)
    before = entered.values(seen) if seen else dict.fromkeys(stored)
    is_seen = {name: seen is not None and value == before[name] for name, value in given.items()}
    posted = {name: value for name, value in given.items() if not is_seen[name]}
    read = entered.read(type(row), posted, before=stored)
    mine = {name: value for name, value in read.items() if value != stored[name]}
    disputed = [name for name in mine if name in given and (seen is None or before[name] != stored[name])]
    if disputed:
        merged = {name: stored[name] for name in given if name not in mine and stored[name] != given[name]}
        raise StaleVersion([_conflict(row, name, mine[name], by, at) for name in disputed], row.version, merged)
    return mine


def _conflict(row: Customer, name: str, mine: Any, by: Any, at: datetime.datetime) -> Conflict:
    person, changed_at = _last_changed(row, name)
    return Conflict(
        field=name,
        label=entered.label(type(row), name),
        mine=mine,
        theirs=entered.value(row, name),
        by=person or _("Another person"),
        at=changed_at or at,
        is_own=person is not None and person == by,
    )


def _last_changed(row: Any, name: str = "") -> tuple[Any, datetime.datetime | None]:
    """Who changed the row, or this column of it, last, and when. None if that is not known."""
    by = at = None
    for stored in row.history.select_related("history_user").order_by("-history_id"):
        if name and entered.value(stored, name) != entered.value(row, name):
            break
        by, at = stored.history_user, stored.history_date
        if not name:
            break
    return by, at


def _who_changed(row: Customer, by: Any) -> str:
    person = _last_changed(row)[0]
    if person == by:
        return _("You changed it in another window. Look at it and decide again.")
    sentence = _("%(person)s changed it after this page was opened. Look at it and decide again.")
    return sentence % {"person": person or _("Another person")}


def _refuse_likely_duplicate(row: Any, changed: Collection[str], seen: Collection[int]) -> None:
    """Raises LikelyDuplicate if what was changed makes the row like another one."""
    if "name" in changed:
        find_or_create.lock_name(row)
    duplicates.refuse(type(row), duplicates.entries_of(row, changed), seen=seen, but=row.pk)
