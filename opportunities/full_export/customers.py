"""The accounts and contacts of the export."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError

from opportunities.customers import entered
from opportunities.customers.models import Account, Contact
from opportunities.full_export import cells
from opportunities.full_export.table import ExportTable
from opportunities.imports import fields, keys


def accounts() -> ExportTable:
    """Those that are not archived, each after its parent."""
    names = ["external_id", "row_version", "parent_id", *entered.columns(Account)]
    return ExportTable(fields.of(fields.ACCOUNTS), names, _account_rows(names))


def contacts() -> ExportTable:
    """Those that are neither archived nor erased."""
    names = ["external_id", "row_version", "account_id", *entered.columns(Contact)]
    return ExportTable(fields.of(fields.CONTACTS), names, _rows_of_contacts(names))


def _account_rows(names: list[str]) -> Iterator[list[Any]]:
    waiting = {row.pk: row for row in Account.objects.filter(is_archived=False).select_related("parent", "owner")}
    while waiting:
        ready = [row for row in waiting.values() if row.parent_id not in waiting]
        for row in ready or list(waiting.values()):  # accounts that are their own parents
            del waiting[row.pk]
            yield _cells(fields.ACCOUNTS, row, names)


def _rows_of_contacts(names: list[str]) -> Iterator[list[Any]]:
    rows = Contact.objects.filter(is_archived=False).select_related("account").order_by("pk")
    for row in rows.iterator(chunk_size=1000):
        if not row.is_erased:
            yield _cells(fields.CONTACTS, row, names)


def _cells(noun: str, row: Any, names: list[str]) -> list[Any]:
    found = {name: _cell(noun, row, name) for name in names}
    for name in _unreadable(row):  # from before the rule: the import would refuse the row
        found["description"] = f"{found['description']}\n{entered.label(type(row), name)}: {found[name]}".strip()
        found[name] = None
    return list(found.values())


def _unreadable(row: Any) -> list[str]:
    """The numbers that are none."""
    given = {name: value for name, value in entered.values(row).items() if name in entered.NUMBERS}
    try:
        entered.read(type(row), given, before={})
    except ValidationError as error:
        return list(error.message_dict)
    return []


def _cell(noun: str, row: Any, name: str) -> Any:
    if name == "external_id":
        return keys.external_id_of(noun, row.pk)
    if name == "row_version":
        return row.version
    if name in ("parent_id", "account_id"):
        pk = getattr(row, name)
        return keys.external_id_of(fields.ACCOUNTS, pk) if pk else None
    return cells.of_column(row, name)
