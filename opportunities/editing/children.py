"""The registry of child tables: every table whose rows belong to one opportunity.

The log, the stored counts, the sentences of constraints, tabs, pages, admin inlines, `manage.py verify` and the demo
read this registry. To add a child table, add its model and an entry here.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from opportunities.editing.child_tables import ChildTable, ChildTexts, StoredCount
from opportunities.models import (
    CloseRequest,
    Closing,
    Event,
    Hold,
    Note,
    OpportunityCompetitor,
    OpportunityMail,
    ProcessInstance,
    StageVisit,
    Stakeholder,
    Task,
    TeamMember,
    Waiver,
    WaiverRequest,
)

STAKEHOLDER = ChildTable(
    model=Stakeholder,
    relation="stakeholders",
    name="stakeholder",
    subject="contact",
    logged=("role", "note"),
    counts=(
        StoredCount(
            evidence="stakeholder",
            column="stakeholder_count",
            text=ngettext_lazy("%(count)d stakeholder", "%(count)d stakeholders", "count"),
        ),
        StoredCount(
            evidence="decision_maker",
            column="decision_maker_count",
            text=ngettext_lazy("%(count)d decision maker", "%(count)d decision makers", "count"),
            where={"role": Stakeholder.Role.DECISION_MAKER},
        ),
    ),
    listed_with="contact__account",
    tab="stakeholders",
    is_edited=True,
    says=ChildTexts(
        title=_("Stakeholders"),
        added=_("Added the stakeholder %(name)s"),
        removed=_("Removed the stakeholder %(name)s"),
        add_title=_("Add a stakeholder"),
        add_button=_("Add stakeholder"),
        removal=_("%(name)s (%(role)s) will no longer be a stakeholder of this opportunity. The contact stays."),
        none_yet=_("Nobody yet. Who has a say in the customer’s decision?"),
    ),
)

COMPETITOR = ChildTable(
    model=OpportunityCompetitor,
    relation="competitor_links",
    name="competitor",
    subject="competitor",
    logged=("threat", "note"),
    counts=(
        StoredCount(
            evidence="competitor",
            column="competitor_count",
            text=ngettext_lazy("%(count)d competitor", "%(count)d competitors", "count"),
            denied_by="no_known_competitors",
        ),
    ),
    listed_with="competitor",
    tab="competitors",
    is_edited=True,
    says=ChildTexts(
        title=_("Competitors"),
        added=_("Added the competitor %(name)s"),
        removed=_("Removed the competitor %(name)s"),
        add_title=_("Add a competitor"),
        add_button=_("Add competitor"),
        removal=_(
            "%(name)s will no longer be a competitor on this opportunity. The note goes with it, the competitor stays."
        ),
        none_yet=_("None yet. Who else is the customer talking to?"),
    ),
)

TEAM_MEMBER = ChildTable(
    model=TeamMember,
    relation="team_members",
    name="team_member",
    subject="user",
    logged=("role",),
    counts=(
        StoredCount(
            evidence="team_member",
            column="team_count",
            text=ngettext_lazy("%(count)d team member", "%(count)d team members", "count"),
        ),
    ),
    listed_with="user",
    tab="team",
    is_edited=True,
    says=ChildTexts(
        title=_("Sales team"),
        added=_("Added %(name)s to the sales team"),
        removed=_("Removed %(name)s from the sales team"),
        add_title=_("Add to the sales team"),
        add_button=_("Add to the team"),
        removal=_("%(name)s (%(role)s) will leave the sales team of this opportunity."),
        none_yet=_("Nobody yet. Who works on this with you?"),
        add_hint=_("Everyone on the sales team can see and change the opportunity."),
        led_by=_("The owner, %(owner)s, and managers change the sales team."),
    ),
    is_led=True,
)

NOTE = ChildTable(
    model=Note,
    relation="notes",
    name="note",
    logged=("kind", "text", "is_pinned", "created_at", "created_by"),
    filled=("created_at", "created_by"),
    listed_with="created_by",
    tab="notes",
    is_edited=True,
    is_open_when_closed=True,
    says=ChildTexts(
        title=_("Notes"),
        added=_("Added a note (%(kind)s)"),
        removed=_("Removed a note (%(kind)s)"),
        add_title=_("Write a note"),
        add_button=_("Add note"),
        removal=_("The note will no longer be listed. The timeline keeps its text."),
        none_yet=_("None yet. What should others know about this opportunity?"),
        add_hint=_("Everyone who can see the opportunity can read its notes."),
        was_added=_("Note added."),
        was_removed=_("Note removed."),
        body="text",
        referred_to=_("the note “%(name)s”"),
        rewritten=_("Changed the note “%(name)s”"),
        ticked={"is_pinned": (_("Pinned the note “%(name)s”"), _("Unpinned the note “%(name)s”"))},
    ),
)

TASK = ChildTable(
    model=Task,
    relation="tasks",
    name="task",
    logged=("text", "due", "time", "owner", "created_at", "created_by", "done_at", "done_by", "dropped_at"),
    filled=("created_at", "created_by", "done_at", "done_by", "dropped_at"),
    autocompleted=("owner",),
    listed_with="owner",
    tab="tasks",
    is_edited=True,
    says=ChildTexts(
        title=_("Tasks"),
        added=_("Set the next step to “%(name)s”"),
        removed=_("Removed the task “%(name)s”"),
        add_title=_("Add a task"),
        add_button=_("Add task"),
        removal=_("“%(name)s” will no longer be planned. If it is done, mark it as done instead."),
        none_yet=_("Nothing planned. What happens next?"),
        add_hint=_("The first open task is the next step."),
        ended={
            "done_at": _("Completed “%(name)s”"),
            "dropped_at": _("Dropped “%(name)s” with the deal"),
        },
    ),
)

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
