"""The templates to download: a spreadsheet with the headings of a noun, empty or with examples.

A heading is the label of the field in the reader's language, by which it is recognised again.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from opportunities.imports import fields
from opportunities.imports.history import kinds
from opportunities.imports.history.kinds import EntryKind
from opportunities.models import Import, Opportunity, Stakeholder
from opportunities.pipeline.export import files
from opportunities.views.request import refuse_reader, role_required
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest
from stages.models import Stage

EMPTY, EXAMPLES = "empty", "examples"

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

HISTORY = "history"
"""The second file of an import of opportunities."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    fields.OPPORTUNITIES: (
        *("external_id", "name", "account", "contact", "contact_email", "owner", "stage", "status", "status_reason"),
        *("estimated_revenue", "estimated_close_date", "created_on", "stage_entered_on", "closed_on", "actual_revenue"),
        *("customer_need", "next_step", "next_step_due", "note"),
    ),
    fields.ACCOUNTS: ("external_id", "name", "organisation_number", "industry", "website", "phone", "city", "country"),
    fields.CONTACTS: ("external_id", "name", "job_title", "account", "email", "phone"),
    HISTORY: (
        *("external_id", "kind", "happened_on", "stage", "estimated_revenue", "estimated_close_date", "person", "role"),
        *("text", "due", "until"),
    ),
}
"""The fields of a template. A file may have others, too."""

FIGURES = {"money", "percent"}


@dataclass(frozen=True)
class _TemplateHead:
    label: str
    is_figure: bool


def offered() -> list[tuple[str, str]]:
    """The nouns of the templates, with what the reader calls them."""
    nouns = [(noun.value, str(noun.label)) for noun in Import.Noun]
    return [*nouns, (HISTORY, _("History of the opportunities: the second file"))]


@require_safe
@role_required
def import_template(request: SignedInRequest, noun: str, content: str) -> Any:
    """The template of a noun as XLSX: `empty`, or with `examples`."""
    refuse_reader(request)
    if noun not in COLUMNS or content not in (EMPTY, EXAMPLES):
        raise Http404
    known = kinds.FIELDS if noun == HISTORY else fields.of(noun)
    heads: list[Any] = [_TemplateHead(known[name].label, known[name].kind in FIGURES) for name in COLUMNS[noun]]
    examples = _examples(noun, request.user) if content == EXAMPLES else []
    table = [[row.get(name) for name in COLUMNS[noun]] for row in examples]
    file = files.xlsx_file(heads, table)
    return _sent(file, filename=_file_name(noun, content))


def _sent(file: IO[bytes], *, filename: str) -> Any:
    return FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX)


def _file_name(noun: str, content: str) -> str:
    names = {
        fields.OPPORTUNITIES: _("opportunities"),
        fields.ACCOUNTS: _("accounts"),
        fields.CONTACTS: _("contacts"),
        HISTORY: _("history"),
    }
    if content == EXAMPLES:
        return _("%(what)s, with examples.xlsx") % {"what": names[noun]}
    return f"{names[noun]}.xlsx"


def _examples(noun: str, reader: User) -> list[dict[str, Any]]:
    made = {
        fields.OPPORTUNITIES: _opportunities,
        fields.ACCOUNTS: _accounts,
        fields.CONTACTS: _contacts,
        HISTORY: _history,
    }
    return made[noun](reader)


def _opportunities(reader: User) -> list[dict[str, Any]]:
    """One that is open, one that was won."""
    today, status = timezone.localdate(), Opportunity.Status
    stages = list(Stage.objects.filter(process__is_default=True, is_archived=False).order_by("order", "pk")[:2])
    both = {"owner": reader.username, "created_on": _days(today, -60)}
    return [
        both
        | {
            "external_id": "A-1",
            "name": _("Heat pumps for the harbour hotel"),
            "account": "Havgløtt Hotell AS",
            "contact": "Kari Nordmann",
            "contact_email": "kari@example.com",
            "stage": str(stages[-1].name) if stages else None,
            "status": str(status.OPEN.label),
            "estimated_revenue": Decimal("480000.00"),
            "estimated_close_date": _days(today, 45),
            "stage_entered_on": _days(today, -10),
            "customer_need": _("Lower costs of heating"),
            "next_step": _("Visit the hotel"),
            "next_step_due": _days(today, 7),
        },
        both
        | {
            "external_id": "A-2",
            "name": _("Service of two ferries"),
            "account": "Fjordferge AS",
            "status": str(status.WON.label),
            "estimated_revenue": Decimal("250000.00"),
            "closed_on": _days(today, -5),
            "actual_revenue": Decimal("262500.00"),
        },
    ]


def _history(reader: User) -> list[dict[str, Any]]:
    """Of the open opportunity of the examples: a stage, a note, a task and a stakeholder."""
    today, kind = timezone.localdate(), EntryKind
    stages = list(Stage.objects.filter(process__is_default=True, is_archived=False).order_by("order", "pk")[:2])
    contact = {"person": "Kari Nordmann", "role": str(Stakeholder.Role.DECISION_MAKER.label)}
    entries: list[dict[str, Any]] = [
        {
            "kind": kind.STAGE,
            "happened_on": _days(today, -10),
            "stage": str(stages[-1].name) if stages else None,
            "estimated_revenue": Decimal("480000.00"),
            "estimated_close_date": _days(today, 45),
        },
        {
            "kind": kind.NOTE,
            "happened_on": _days(today, -8),
            "person": reader.username,
            "text": _("They want to see it."),
        },
        {"kind": kind.TASK, "happened_on": _days(today, -8), "text": _("Visit the hotel"), "due": _days(today, 7)},
        {"kind": kind.STAKEHOLDER, "happened_on": _days(today, -10)} | contact,
    ]
    return [{"external_id": "A-1"} | entry | {"kind": str(entry["kind"].label)} for entry in entries]


def _days(day: datetime.date, days: int) -> datetime.date:
    return day + datetime.timedelta(days=days)


def _accounts(_reader: User) -> list[dict[str, Any]]:
    return [
        {
            "external_id": "K-1",
            "name": "Havgløtt Hotell AS",
            "city": "Halden",
            "country": "NO",
            "industry": _("Hotels"),
        },
        {
            "external_id": "K-2",
            "name": "Fjordferge AS",
            "website": "https://example.com",
            "city": "Bergen",
            "country": "NO",
        },
    ]


def _contacts(_reader: User) -> list[dict[str, Any]]:
    first = {"name": "Kari Nordmann", "account": "Havgløtt Hotell AS", "email": "kari@example.com"}
    return [{"external_id": "P-1", "job_title": _("Manager"), **first}]
