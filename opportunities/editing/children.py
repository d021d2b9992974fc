"""The registry of child tables: every table whose rows belong to one opportunity.

The log, the stored counts, the sentences of constraints, tabs, pages, admin inlines, `manage.py verify` and the demo
read this registry. To add a child table, add its model, and an entry in `people_tables` or `activity_tables`.
"""

from django.db import models

from opportunities.editing.activity_tables import ATTACHMENT, DEBRIEF, NOTE, PRESENTATION, TASK
from opportunities.editing.child_table import ChildTable
from opportunities.editing.people_tables import COMPETITOR, STAKEHOLDER, TEAM_MEMBER
from opportunities.models import (
    CloseRequest,
    Closing,
    Event,
    Hold,
    OpportunityMail,
    ProcessInstance,
    StageVisit,
    Waiver,
    WaiverRequest,
)

__all__ = [
    "ATTACHMENT",
    "BY_MODEL",
    "CHILDREN",
    "COMPETITOR",
    "COUNTS",
    "DEBRIEF",
    "NOTE",
    "PRESENTATION",
    "STAKEHOLDER",
    "TABLES",
    "TASK",
    "TEAM_MEMBER",
    "editable_models",
]

TABLES = (
    ChildTable(ProcessInstance, "instances"),
    ChildTable(StageVisit, "visits"),
    ChildTable(Hold, "holds"),
    ChildTable(CloseRequest, "close_requests"),
    ChildTable(Closing, "closings"),
    ChildTable(Waiver, "waivers"),
    ChildTable(WaiverRequest, "waiver_requests"),
    ChildTable(OpportunityMail, "mails"),
    STAKEHOLDER,
    COMPETITOR,
    TEAM_MEMBER,
    NOTE,
    TASK,
    ATTACHMENT,
    DEBRIEF,
    PRESENTATION,
    ChildTable(Event, "events"),
)
"""Every child table, each after those that its rows point to."""

CHILDREN = {table.name: table for table in TABLES if table.is_edited}
"""The tables that people edit, by their name in the log."""

BY_MODEL = {table.model: table for table in CHILDREN.values()}

COUNTS = {count.evidence: (table, count) for table in CHILDREN.values() for count in table.counts}
"""The stored counts, each with its table, by the evidence that reads them."""


def editable_models(*, is_open: bool) -> frozenset[type[models.Model]]:
    """The models that an `editing` block may write. A mail makes no event: `editing.mails` writes it."""
    edited = {table.model for table in CHILDREN.values() if is_open or table.is_open_when_closed}
    return frozenset(edited | {OpportunityMail})
