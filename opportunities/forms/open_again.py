"""Why a step that was marked complete is open again: the row that it rested on was removed, by whom and when."""

from typing import Any

from django.utils.translation import gettext as _

from opportunities.editing import answer_kinds
from opportunities.editing.changes import Change
from opportunities.editing.child_table import ChildTable, StoredCount
from opportunities.editing.children import COUNTS
from opportunities.models import Opportunity
from stages.models import Step

MOST_EVENTS = 50
"""How many of the last changes of child rows are read."""


def why(step: Step, record: Opportunity) -> str:
    """The sentence below the step. One query."""
    table, count = COUNTS.get(step.evidence, (None, None))
    events = record.events.exclude(children=[]).select_related("by").order_by("-version")[:MOST_EVENTS]
    for event in events:
        for row in event.children:
            if _was_counted(row, table, count):
                when = answer_kinds.KINDS["moment"].display(None, event.at)
                values = {"name": row["name"], "person": event.by, "when": when}
                return _("Open again: %(name)s was removed by %(person)s, %(when)s.") % values
    return _("Open again: its evidence is missing.")


def _was_counted(row: Change, table: ChildTable | None, count: StoredCount | None) -> bool:
    """Whether the change removed a row that the evidence counts."""
    if not table or not count or row["table"] != table.name or row["what"] != "removed":
        return False
    old = {change["field"]: change["old"] for change in row["changes"]}
    return all(_has(old[column], wanted) for column, wanted in count.where.items() if column in old)


def _has(logged: Any, wanted: Any) -> bool:
    return wanted in logged if isinstance(logged, list) else bool(logged == wanted)
