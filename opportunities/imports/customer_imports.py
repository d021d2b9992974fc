"""What an import does with a row about an account or a contact: creates it, changes it, or leaves it as it is.

A row that is there already gets what it lacks. Other values are overwritten only if an import wrote them, and nobody
has changed the row since.
"""

import datetime
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from opportunities.customers import changing, duplicates, entered
from opportunities.customers.models import Account
from opportunities.imports import customer_rows, fields, keys
from opportunities.imports.context import Context
from opportunities.imports.known_rows import LeftOut
from opportunities.imports.typed_rows import TypedRow
from opportunities.models import ImportRow

Fate, Outcome = ImportRow.Fate, ImportRow.Outcome

_COLUMNS = {fields.ACCOUNTS: "account", fields.CONTACTS: "contact"}
"""The column of a row of an import that has what it created, by noun."""

_OF_ACCOUNT = {fields.ACCOUNTS: "parent", fields.CONTACTS: "account"}
"""The column whose cell is the name of an account, by noun."""


def fate(context: Context, typed: TypedRow) -> str:
    """What will be done with the row. Writes nothing. Refusals: LeftOut, Ambiguous, NotThere, DataErased."""
    entries = _entries(context, typed, _account_found(context, typed))
    row = _known(context, typed) or _found(context, typed, entries)
    if row is None:
        return Fate.CREATE
    return Fate.UPDATE if _changes(context, typed, row, entries) else Fate.SAME


def do(context: Context, typed: TypedRow, at: datetime.datetime) -> dict[str, Any]:
    """Does the row. Returns the columns of its outcome.

    Refusals: LeftOut, Ambiguous, NotThere, DataErased, EntriesInvalid.
    """
    account, is_new_account = _account_saved(context, typed, at)
    entries = _entries(context, typed, account)
    model = _model(context)
    stamp: dict[str, Any] = {"by": context.by, "at": at}
    row, is_new = _known(context, typed), False
    if row is None:
        others = _others(context, typed, entries)
        row, is_new = customer_rows.found_or_created(model, entries, field="name", others=others, **stamp)
    new_account = _new_account(context, account if is_new_account else None)
    if is_new:
        if "external_id" in typed.values:
            context.made[row.pk] = keys.of_external_id(context.run.noun, typed.values["external_id"])
        return _outcome(context, row, Outcome.CREATED, new_account)
    changes = _changes(context, typed, row, entries)
    if not changes:
        return _outcome(context, row, Outcome.SAME, new_account)
    with customer_rows.valid_entries():
        changed = changing.change(model, row.pk, changes, version=row.version, despite=_alike(row), **stamp)
    return _outcome(context, changed, Outcome.UPDATED, new_account)


def _model(context: Context) -> type[Any]:
    return fields.NOUNS[context.run.noun]


def _new_account(context: Context, account: Account | None) -> dict[str, Any]:
    """The columns that say which account the row has created. That of a row about an account is its parent."""
    if account is None:
        return {}
    if _model(context) is Account:
        return {"also_created": {"account": [account.pk]}}
    return {"account": account}


def _outcome(context: Context, row: Any, outcome: str, more: dict[str, Any]) -> dict[str, Any]:
    version = row.version if outcome in (Outcome.CREATED, Outcome.UPDATED) else None
    return more | {"outcome": outcome, _COLUMNS[context.run.noun]: row, "written_version": version}


def _alike(row: Any) -> list[int]:
    """The rows that are like this one already, so that a change is not refused for them."""
    return [each.row.pk for each in customer_rows.alike(row)]


def _known(context: Context, typed: TypedRow) -> Any:
    """The row of this external id; None if there is no id, or no such row."""
    external_id = typed.values.get("external_id")
    return customer_rows.by_external_id(_model(context), external_id) if external_id else None


def _found(context: Context, typed: TypedRow, entries: dict[str, Any]) -> Any:
    """The row that is there, before an account is created that the row names."""
    others, known = _others(context, typed, entries), customer_rows.identity(entries)
    if typed.values.get("account") and "account" not in entries:
        known["account_id"] = customer_rows.NEW_ACCOUNT
    return customer_rows.found(_model(context), known, field="name", others=others)


def _others(context: Context, typed: TypedRow, entries: dict[str, Any]) -> set[int]:
    """The similar rows that this import has made of other external ids: they are others, however alike they are."""
    if "external_id" not in typed.values:
        return set()
    column = _COLUMNS[context.run.noun]
    similar = [each.row.pk for each in duplicates.like(_model(context), customer_rows.identity(entries))]
    made = (
        ImportRow.objects.filter(run=context.run, **{f"{column}__in": similar}) if similar else ImportRow.objects.none()
    )
    own = keys.of_external_id(context.run.noun, typed.values["external_id"])
    tried = {pk for pk in similar if context.made.get(pk, own) != own}
    return tried | set(made.exclude(key=own).values_list(column, flat=True))


def _entries(context: Context, typed: TypedRow, account: Account | None) -> dict[str, Any]:
    """The columns of the row by name, with rows for relations."""
    values, columns = typed.values, entered.columns(fields.NOUNS[context.run.noun])
    found = {name: values[name] for name in columns if name in values}
    if "owner" in found:
        found["owner"] = context.owner(values["owner"])
    name = _OF_ACCOUNT[context.run.noun]
    return {key: value for key, value in found.items() if key != name} | ({name: account} if account else {})


def _account_named(context: Context, typed: TypedRow) -> tuple[dict[str, Any], Any]:
    """The name of the account that the row names, and the account of its external id, if there is one."""
    field = _OF_ACCOUNT[context.run.noun]
    external_id, name = typed.values.get(f"{field}_id"), typed.values.get(field)
    account = customer_rows.by_external_id(Account, external_id) if external_id else None
    return ({"name": name} if name else {}), account


def _account_found(context: Context, typed: TypedRow) -> Account | None:
    known, account = _account_named(context, typed)
    if account is not None or not known:
        return account
    found: Account | None = customer_rows.found(Account, known, field=_OF_ACCOUNT[context.run.noun])
    return found


def _account_saved(context: Context, typed: TypedRow, at: datetime.datetime) -> tuple[Account | None, bool]:
    known, account = _account_named(context, typed)
    if account is not None or not known:
        return account, False
    field = _OF_ACCOUNT[context.run.noun]
    found: tuple[Account, bool] = customer_rows.found_or_created(Account, known, by=context.by, at=at, field=field)
    return found


def _changes(context: Context, typed: TypedRow, row: Any, entries: dict[str, Any]) -> dict[str, Any]:
    """What the row would change. Refusal: LeftOut, if it would overwrite what people wrote."""
    stored = entered.values(row)
    kept = {"name"} | ({"owner"} if typed.has_default_owner and stored["owner"] is not None else set())
    given = {name: getattr(value, "pk", value) for name, value in entries.items() if name not in kept}
    differing = {name: entries[name] for name, value in given.items() if _compared(value) != _compared(stored[name])}
    overwritten = [name for name in differing if stored[name] not in ("", None, False)]
    if overwritten and not _is_as_imported(context, typed, row):
        labels = get_text_list([f"“{entered.label(type(row), name)}”" for name in overwritten], _("and"))
        raise LeftOut(
            _("It is there with another value in %(fields)s. An import does not overwrite that.") % {"fields": labels}
        )
    return differing


def _compared(value: Any) -> Any:
    """A text without its case: one address is written in several ways."""
    return value.casefold() if isinstance(value, str) else value


def _is_as_imported(context: Context, typed: TypedRow, row: Any) -> bool:
    """Whether nobody has changed it since it was exported, or since an import wrote it."""
    if keys.own_id(context.run.noun, typed.values.get("external_id")) == row.pk:
        return bool(typed.values.get("row_version") == row.version)
    written = ImportRow.objects.filter(**{_COLUMNS[context.run.noun]: row.pk}, run__noun=context.run.noun)
    last = (
        written.filter(written_version__isnull=False).order_by("-pk").values_list("written_version", flat=True).first()
    )
    return last is not None and bool(last == row.version)
