"""The kinds of entries of the second file, the columns that they have, and what each column is called."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.customers.models import Competitor, Contact
from opportunities.imports import fields
from opportunities.imports.fields import ImportField
from opportunities.models import Closing, Hold, Note, OpportunityCompetitor, Stakeholder, Task, TeamMember


class EntryKind(models.TextChoices):
    """What an entry says."""

    STAGE = "stage", pgettext_lazy("history file", "Stage")
    ESTIMATE = "estimate", pgettext_lazy("history file", "Estimate")
    FINISHED = "finished", pgettext_lazy("history file", "Finished")
    WON = "won", pgettext_lazy("history file", "Won")
    LOST = "lost", pgettext_lazy("history file", "Lost")
    REOPENED = "reopened", pgettext_lazy("history file", "Reopened")
    ON_HOLD = "on_hold", pgettext_lazy("history file", "On hold")
    NOTE = "note", pgettext_lazy("history file", "Note")
    TASK = "task", pgettext_lazy("history file", "Task")
    STAKEHOLDER = "stakeholder", pgettext_lazy("history file", "Stakeholder")
    TEAM_MEMBER = "team_member", pgettext_lazy("history file", "Sales team")
    COMPETITOR = "competitor", pgettext_lazy("history file", "Competitor")


COSTLY = frozenset(
    {
        *(EntryKind.STAGE, EntryKind.FINISHED, EntryKind.WON, EntryKind.LOST),
        *(EntryKind.REOPENED, EntryKind.ON_HOLD, EntryKind.TASK),
    }
)
"""Moves and tasks: what takes longest to do again."""


def _column(model: type[models.Model], name: str) -> "models.Field[object, object]":
    found: models.Field[object, object] = model._meta.get_field(name)  # type: ignore[assignment]
    return found


_DEAL = fields.of(fields.OPPORTUNITIES)
_KIND = ImportField("kind", "choice", _("What"), models.CharField(choices=EntryKind))

FIELDS: Mapping[str, ImportField] = {
    each.name: each
    for each in (
        _DEAL["external_id"],
        _KIND,
        ImportField("happened_on", "moment", _("When"), is_required=True),
        _DEAL["stage"],
        _DEAL["estimated_revenue"],
        _DEAL["estimated_close_date"],
        _DEAL["probability"],
        ImportField("until", "moment", pgettext_lazy("history file", "Until")),
        ImportField("person", "line", _("Person or company"), _column(Contact, "name")),
        ImportField("person_id", "line", _("External id of the contact")),
        ImportField("email", "email", _("E-mail of the contact"), _column(Contact, "email")),
        ImportField("role", "line", _("Role, kind or threat")),
        ImportField("attitude", "choice", column=_column(Stakeholder, "attitude")),
        ImportField("influence", "choice", column=_column(Stakeholder, "influence")),
        ImportField("text", "text", _("Text"), _column(Note, "text")),
        _DEAL["status_reason"],
        _DEAL["closed_on"],
        _DEAL["actual_revenue"],
        ImportField("due", "date", column=_column(Task, "due")),
        ImportField("time", "time", column=_column(Task, "time")),
        ImportField("is_pinned", "tick", _("Pinned"), _column(Note, "is_pinned")),
    )
}
"""The columns of the second file by name."""

REQUIRED = ("external_id", "happened_on")
"""The columns that every such file has. Without `kind` it needs `stage`, too."""

ESTIMATES = ("estimated_revenue", "estimated_close_date", "probability")
"""The columns of the estimates that an entry may change."""

_ANSWERS = ("status_reason", "closed_on", "actual_revenue")
_OWNER = ImportField("person", "owner", _("Person"))


def _of(*named: str, **other: ImportField) -> dict[str, ImportField]:
    return {name: FIELDS[name] for name in ("happened_on", *named)} | other


COLUMNS: Mapping[EntryKind, Mapping[str, ImportField]] = {
    EntryKind.STAGE: _of("stage", *ESTIMATES),
    EntryKind.ESTIMATE: _of(*ESTIMATES),
    EntryKind.FINISHED: _of(),
    EntryKind.WON: _of(*_ANSWERS, text=ImportField("text", "text", column=_column(Closing, "description"))),
    EntryKind.LOST: _of(
        *_ANSWERS,
        person=ImportField("person", "line", _("Competitor"), _column(Competitor, "name")),
        text=ImportField("text", "text", column=_column(Closing, "description")),
    ),
    EntryKind.REOPENED: _of("stage", text=ImportField("text", "text", _("Text"), _column(Closing, "reopen_reason"))),
    EntryKind.ON_HOLD: _of("until", text=ImportField("text", "text", _("Text"), _column(Hold, "reason"))),
    EntryKind.NOTE: _of(
        *("person", "text", "is_pinned"), role=ImportField("role", "choice", column=_column(Note, "kind"))
    ),
    EntryKind.TASK: _of(
        *("until", "due", "time"),
        person=_OWNER,
        text=ImportField("text", "line", _("Text"), _column(Task, "text")),
    ),
    EntryKind.STAKEHOLDER: _of(
        *("person", "person_id", "email", "attitude", "influence"),
        role=ImportField("role", "choices", column=_column(Stakeholder, "roles")),
        text=ImportField("text", "line", column=_column(Stakeholder, "note")),
    ),
    EntryKind.TEAM_MEMBER: _of(
        person=ImportField("person", "member", _("Person")),
        role=ImportField("role", "choice", column=_column(TeamMember, "role")),
    ),
    EntryKind.COMPETITOR: _of(
        person=ImportField("person", "line", _("Competitor"), _column(Competitor, "name")),
        role=ImportField("role", "choice", column=_column(OpportunityCompetitor, "threat")),
        text=ImportField("text", "line", column=_column(OpportunityCompetitor, "note")),
    ),
}
"""The columns that an entry of each kind has, each with how it is read. Cells in others mean nothing."""

NEEDED: Mapping[EntryKind, tuple[str, ...]] = {
    EntryKind.STAGE: ("happened_on", "stage"),
    EntryKind.ESTIMATE: ("happened_on",),
    EntryKind.FINISHED: ("happened_on",),
    EntryKind.WON: ("happened_on", "actual_revenue"),
    EntryKind.LOST: ("happened_on", "status_reason"),
    EntryKind.REOPENED: ("happened_on", "text"),
    EntryKind.ON_HOLD: ("happened_on", "text"),
    EntryKind.NOTE: ("happened_on", "text"),
    EntryKind.TASK: ("happened_on", "text"),
    EntryKind.STAKEHOLDER: ("person",),
    EntryKind.TEAM_MEMBER: ("person",),
    EntryKind.COMPETITOR: ("person",),
}
"""What an entry of each kind must have."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("deal", "deal id", "opportunity", "opportunity id", "id", "record id", "salgsmulighet", "mulighet"),
    "kind": ("type", "event", "activity type", "hva", "hendelse", "aktivitetstype"),
    "stage": ("stage name", "deal stage", "to stage", "phase", "fase", "steg", "trinn"),
    "happened_on": (
        *("entered", "entered at", "entered on", "entered the stage", "date", "since", "from", "at"),
        *("dato", "fra", "fra dato", "tidspunkt", "gikk inn i fasen", "nar"),
    ),
    "until": ("to", "done", "til", "utfort"),
    "person": ("name", "contact", "user", "navn", "kontakt", "bruker"),
    "role": ("roles", "rolle", "roller"),
    "text": ("note", "comment", "notat", "kommentar"),
    "estimated_revenue": ("amount", "value", "deal value", "revenue", "belop", "verdi", "sum"),
    "estimated_close_date": ("close date", "expected close date", "closing date", "lukkedato", "forventet lukkedato"),
}
"""What other systems call these columns, folded."""
