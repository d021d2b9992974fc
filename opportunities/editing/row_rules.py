"""The rules of the child rows that a write touched. Each is in the module of its table."""

from collections.abc import Callable
from typing import Any

from opportunities.editing import attachments, children, debriefs, notes, presentations, rows, tasks
from opportunities.editing.changes import ChildRows
from opportunities.editing.child_table import ChildTable
from opportunities.models import Opportunity

CHECKED: tuple[tuple[ChildTable, Callable[[Any], None]], ...] = (
    (children.ATTACHMENT, attachments.refuse_invalid),
    (children.NOTE, notes.refuse_invalid),
    (children.DEBRIEF, debriefs.refuse_invalid),
    (children.PRESENTATION, presentations.refuse_invalid),
)
"""What refuses a row that a write adds or changes, by its table."""


def follow(written: ChildRows) -> None:
    """Sets what follows from other rows of the same table."""
    if written.is_touched(children.ATTACHMENT):
        attachments.follow_versions(written)


def apply(record: Opportunity, written: ChildRows) -> None:
    """Refuses rows that are not valid, and deletes the files of removed rows after the commit."""
    if written.is_touched(children.TASK):
        tasks.refuse_forbidden(record, written)
    for table, refuse_invalid in CHECKED:
        if written.is_touched(table):
            rows.check_written(written, table, refuse_invalid)
    if written.is_touched(children.ATTACHMENT):
        attachments.delete_removed(written)
