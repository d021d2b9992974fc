"""Finds the account, contact or competitor that a row of a file means, by the check for duplicates, or creates it."""

import datetime
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from opportunities.customers import changing, duplicates
from opportunities.customers.duplicates import LikelyDuplicate, LikelyReason, LikelyRow
from opportunities.customers.models import Contact
from opportunities.imports import fields, keys
from opportunities.models import ImportRow
from opportunities.refusals import Refused
from salesflow.users.models import User


class Ambiguous(Refused):
    """Several rows are probably the one that the file means."""

    code = "ambiguous"


class EntriesInvalid(Refused):
    """A column of an account or a contact cannot have the value of the file."""

    code = "invalid"


class DataErased(Refused):
    """The data of the contact was erased. An import does not bring it back."""

    code = "erased"

    def __init__(self) -> None:
        super().__init__(_("The data of this contact was erased here. An import does not bring it back."))


_NOUNS = {model: noun for noun, model in fields.NOUNS.items()}


def by_external_id(model: type[Any], external_id: str) -> Any:
    """The account or contact of this external id, or None: exported from here, or imported before. One query.

    Refusal: DataErased.
    """
    row = _of_external_id(model, external_id)
    if row is not None and row.is_erased:
        raise DataErased
    return row


def _of_external_id(model: type[Any], external_id: str) -> Any:
    noun = _NOUNS[model]
    own = keys.own_id(noun, external_id)
    if own is not None:
        return model._default_manager.filter(pk=own).first()
    column = str(model._meta.model_name)
    rows = ImportRow.objects.filter(key=keys.of_external_id(noun, external_id), **{f"{column}__isnull": False})
    row = rows.select_related(column).order_by("-pk").first()
    return getattr(row, column) if row else None


NEW_ACCOUNT = 0
"""As the id of the account of a contact: one that a row names and that is not there yet. No contact has it."""


def found(model: type[Any], entries: Mapping[str, Any], *, field: str, others: Collection[int] = ()) -> Any:
    """The row that the file means, or None. Of similar names only those count that differ in their signs.

    `others` are ids of rows that are known to be others. Refusal: Ambiguous, about the field of that name.
    """
    meant = _meant(model, duplicates.like(model, entries), entries, others)
    if len(meant) > 1:
        raise Ambiguous(_several(model) % {"name": entries.get("name") or entries.get("email", "")}, field=field)
    return meant[0] if meant else None


def _several(model: type[Any]) -> str:
    if model is Contact:
        return _(
            "Several people are called “%(name)s”, or nearly so. Say which one by e-mail address or account, or import "
            "this row by hand."
        )
    return _(
        "Several are called “%(name)s”, or nearly so. If they are the same, merge them first. If not, import this row "
        "by hand."
    )


def _meant(model: type[Any], likely: list[LikelyRow], entries: Mapping[str, Any], others: Collection[int]) -> list[Any]:
    """Those of the likely rows that may be the one of the file: several if it does not say which."""
    alike = [each for each in likely if each.row.pk not in others and _is_sure(model, each, entries)]
    best = [each.row for each in alike if each.why[0] == alike[0].why[0]]
    if len(best) < 2 or model is not Contact or alike[0].why[0] is LikelyReason.EMAIL:
        return best
    return _at_the_account(best, entries)


def _at_the_account(people: list[Contact], entries: Mapping[str, Any]) -> list[Contact]:
    """Of people of one name, none of whom has the address of the row: those of its account.

    Nobody, if none has the account either: then the row is about another person.
    """
    account = entries.get("account_id")
    if account is None:
        return people
    there = [person for person in people if person.account_id == account]
    return there or ([] if entries.get("email") else people)


def _is_sure(model: type[Any], likely: LikelyRow, entries: Mapping[str, Any]) -> bool:
    """Whether it is the same row without a doubt. PostgreSQL also finds names that share most of their letters."""
    if likely.why[0] is not LikelyReason.NEARLY:
        return True
    return bool(likely.row.name_key == model._meta.get_field("name_key").key(entries["name"]))


def found_or_created(
    model: type[Any],
    entries: Mapping[str, Any],
    *,
    by: User,
    at: datetime.datetime,
    field: str,
    others: Collection[int] = (),
) -> tuple[Any, bool]:
    """The row that the file means, and whether it was created. Refusals: Ambiguous, EntriesInvalid."""
    known = identity(entries)
    row = found(model, known, field=field, others=others)
    if row is not None:
        return row, False
    try:
        return _created(model, entries, known, by=by, at=at, others=others), True
    except LikelyDuplicate:  # another transaction has created it meanwhile
        row = found(model, known, field=field, others=others)
        if row is None:
            raise
        return row, False


def identity(entries: Mapping[str, Any]) -> dict[str, Any]:
    """What of the entries says which row is meant."""
    known = {name: entries[name] for name in ("name", *duplicates.IDENTIFIERS) if entries.get(name)}
    account = entries.get("account")
    return known | ({"account_id": account.pk} if account is not None else {})


def alike(row: Any) -> list[LikelyRow]:
    """The other rows that probably are the same as this one."""
    return duplicates.like(type(row), duplicates.entries_of(row), but=row.pk)


def _created(
    model: type[Any],
    entries: Mapping[str, Any],
    known: Mapping[str, Any],
    *,
    by: User,
    at: datetime.datetime,
    others: Collection[int],
) -> Any:
    """Creates the row despite all that it does not mean. Refusals: EntriesInvalid, LikelyDuplicate."""
    likely = duplicates.like(model, known)
    meant = {row.pk for row in _meant(model, likely, known, others)}
    with valid_entries():
        despite = {each.row.pk for each in likely} - meant | set(others)
        return changing.create(model, entries, by=by, at=at, despite=despite)


@contextmanager
def valid_entries() -> Iterator[None]:
    """Turns a ValidationError of the block into EntriesInvalid, about its first field."""
    try:
        yield
    except ValidationError as error:
        named = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        field, messages = next(iter(named.items()))
        raise EntriesInvalid(" ".join(messages), field=field or None) from error
