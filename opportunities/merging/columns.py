"""The columns of an account, contact or competitor that a person chooses when two are merged."""

from typing import Any

from opportunities.customers import entered
from opportunities.customers.models import Customer


def of(model: type[Customer]) -> list[Any]:
    """The columns that people fill in, in the order of the table."""
    return [entered.column(model, name) for name in entered.columns(model)]


def differ(column: Any, survivor: Any, gone: Any) -> bool:
    return bool(getattr(survivor, column.attname) != getattr(gone, column.attname))


def is_filled(column: Any, row: Any) -> bool:
    return getattr(row, column.attname) not in (None, "", False)


def is_taken_by_default(column: Any, survivor: Any, gone: Any) -> bool:
    """The value of the row that stays counts, unless only the other one has any."""
    return is_filled(column, gone) and not is_filled(column, survivor)
