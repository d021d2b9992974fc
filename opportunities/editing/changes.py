"""Compares an opportunity and its child rows before and after a write."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models

from opportunities.customers import erased
from opportunities.editing import answers, children
from opportunities.editing.answers import Answer
from opportunities.editing.child_table import ChildRow, ChildTable
from opportunities.models import Opportunity

Change = dict[str, Any]
Rows = dict[int, ChildRow]


class ChildRows:
    """The child rows of one opportunity before a write and now. Reads only the tables that the write changes.

    The write guard calls `before_write` before each row is saved or deleted.
    """

    def __init__(self, record: Opportunity, *, is_new: bool = False, earlier: "ChildRows | None" = None) -> None:
        """`earlier`: those of the write before in the same transaction, which are not read again."""
        self._record = record
        self._is_new = is_new
        self._known: dict[str, Rows] = {**earlier._known, **earlier._now} if earlier else {}
        self._before: dict[str, Rows] = {}
        self._now: dict[str, Rows] = {}

    @property
    def record(self) -> Opportunity:
        """The record of the write."""
        return self._record

    def before_write(self, model: type[models.Model]) -> None:
        """Reads the rows of a table before the first write to it."""
        table = children.BY_MODEL.get(model)
        if table is None:
            return
        if table.name not in self._before:
            self._before[table.name] = self._of_before(table)
        self._now.pop(table.name, None)

    def _of_before(self, table: ChildTable) -> Rows:
        if self._is_new:
            return {}
        return self._known[table.name] if table.name in self._known else table.rows_of(self._record)

    @property
    def touched(self) -> list[ChildTable]:
        """The tables that were written to, in the order of the registry."""
        return [table for table in children.CHILDREN.values() if table.name in self._before]

    def is_touched(self, table: ChildTable) -> bool:
        return table.name in self._before

    def before(self, table: ChildTable) -> Rows:
        """The rows of a touched table before the write, by id."""
        return self._before[table.name]

    def now(self, table: ChildTable) -> Rows:
        """The rows of a table as they are now, by id. One query, until the table is written to again."""
        if table.name not in self._now:
            self._now[table.name] = table.rows_of(self._record)
        return self._now[table.name]

    def present(self, table: ChildTable) -> Rows:
        """The rows of a table as they are now, whether the write touched it or not. At most one query."""
        if self.is_touched(table):
            return self.now(table)
        self.before_write(table.model)
        return self.before(table)

    def newcomers(self, table: ChildTable) -> list[Any]:
        """The subjects of the rows that the write added to a table."""
        if not self.is_touched(table):
            return []
        subject = f"{table.subject}_id"
        already = {getattr(row, subject) for row in self.before(table).values()}
        new = [row for row in self.now(table).values() if getattr(row, subject) not in already]
        return [getattr(row, table.subject) for row in new]


def names_of_changed(before: models.Model | None, after: models.Model, fields: Iterable[Answer]) -> list[str]:
    """The names of the fields whose values differ, valid or not. No query."""
    return [answer.name for answer in fields if answer.differs(before, after)]


def of_fields(before: models.Model | None, after: models.Model, fields: Iterable[Answer]) -> list[Change]:
    """The changes of the fields whose values differ; of a new record (`before` is None), of the given ones."""
    return [
        {"field": answer.name, "old": answer.log(before), "new": answer.log(after)}
        for answer in fields
        if answer.differs(before, after)
    ]


def of_children(rows: ChildRows) -> list[Change]:
    """The changes of the child rows that were added, changed or removed."""
    return [change for table in rows.touched for change in _of_table(table, rows.before(table), rows.now(table))]


def _of_table(table: ChildTable, before: Rows, after: Rows) -> Iterator[Change]:
    for pk in sorted(before.keys() | after.keys()):
        yield from of_row(table, before.get(pk), after.get(pk))


def of_row(table: ChildTable, old: ChildRow | None, new: ChildRow | None) -> list[Change]:
    """The change of one row. A row with another subject counts as one removed and one added."""
    subject = f"{table.subject}_id"
    if table.subject and old and new and getattr(old, subject) != getattr(new, subject):
        return of_row(table, old, None) + of_row(table, None, new)
    columns = _of_columns(table, old, new)
    if old and new and not columns:
        return []
    row, what = new or old, "added" if old is None else "removed" if new is None else "changed"
    named = {"table": table.name, "id": row.pk, "name": erased.logged(row)}  # type: ignore[union-attr]
    about = {"subject": getattr(row, subject)} if table.subject else {}
    return [{**named, **about, "what": what, "changes": columns}]


def _of_columns(table: ChildTable, old: ChildRow | None, new: ChildRow | None) -> list[Change]:
    logged = [each for each in (answers.of(name, table.name) for name in table.logged) if _may_differ(each, old, new)]
    changes = [{"field": answer.name, "old": answer.log(old), "new": answer.log(new)} for answer in logged]
    return [change for change in changes if change["old"] != change["new"]]


def _may_differ(answer: Answer, old: ChildRow | None, new: ChildRow | None) -> bool:
    """False for the same value in the database: most columns of most rows, whose log need not be made."""
    attribute = answer.column.attname
    return old is None or new is None or getattr(old, attribute) != getattr(new, attribute)
