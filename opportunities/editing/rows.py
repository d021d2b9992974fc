"""Checks the entries of child rows, those that were saved past the functions of their tables, too."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError

from opportunities.editing import answers, changes
from opportunities.editing.changes import ChildRows
from opportunities.editing.child_table import ChildRow, ChildTable
from opportunities.editing.rules import InvalidEntry


def refuse_invalid(row: ChildRow, table: ChildTable, names: Iterable[str]) -> None:
    """Converts these columns to their types. Refusal: InvalidEntry."""
    for name in names:
        try:
            answers.of(name, table.name).clean(row)
        except ValidationError as error:
            raise invalid(table, name, error) from error


def invalid(table: ChildTable, name: str, why: Any) -> InvalidEntry:
    """The refusal of the value of one column."""
    return InvalidEntry(ValidationError({name: why}), table=table.name)


def check_written(rows: ChildRows, table: ChildTable, check: Callable[[ChildRow], None]) -> None:
    """Calls `check` for each row of the table that the write adds or changes. The table is touched."""
    before = rows.before(table)
    for pk, row in rows.now(table).items():
        if changes.of_row(table, before.get(pk), row):
            row.opportunity = rows.record
            check(row)
