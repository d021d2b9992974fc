"""The history of the opportunities of the export: moves, estimates, notes, tasks and people, an entry each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from opportunities.full_export import cells, moves
from opportunities.full_export.opportunities import Versions
from opportunities.full_export.table import TOGETHER, ExportTable
from opportunities.imports import fields, keys
from opportunities.imports.history.kinds import FIELDS, EntryKind
from opportunities.models import Hold, Note, Opportunity, OpportunityCompetitor, Stakeholder, Task, TeamMember

NAMES = tuple(FIELDS)

Cells = dict[str, Any]
"""An entry: its cells by the names of their columns, and `at`, its moment."""


def history(written: Versions) -> ExportTable:
    """The history of the opportunities that were written, up to their versions of then."""
    return ExportTable(FIELDS, NAMES, _rows(written))


def _rows(written: Versions) -> Iterator[list[Any]]:
    pks = list(written)
    for start in range(0, len(pks), TOGETHER):
        some = Opportunity.objects.in_bulk(pks[start : start + TOGETHER])
        entries = _entries(some, written)
        for pk in some:
            external_id = keys.external_id_of(fields.OPPORTUNITIES, pk)
            for entry in sorted(entries[pk], key=lambda each: each["at"]):
                yield [_cell(entry, name, external_id) for name in NAMES]


def _cell(entry: Cells, name: str, external_id: str) -> Any:
    if name == "external_id":
        return external_id
    if name == "kind":
        return str(EntryKind(entry["kind"]).label)
    return cells.moment(entry["at"]) if name == "happened_on" else entry.get(name)


def _entries(opportunities: dict[int, Opportunity], written: Versions) -> dict[int, list[Cells]]:
    """The entries by opportunity: moves in the order in which they were made, then the others. Ten queries."""
    found = defaultdict[int, list[Cells]](list)
    for pk, entry in moves.entries(opportunities, written):
        found[pk].append(entry)
    for model, along, entry_of in _ROWS:
        rows: Iterable[Any] = model._default_manager.filter(opportunity__in=opportunities).select_related(*along)
        for row in rows:
            if entry := entry_of(row, opportunities[row.opportunity_id]):
                found[row.opportunity_id].append(entry)
    return found


def _hold(row: Hold, _opportunity: Opportunity) -> Cells:
    return {"kind": EntryKind.ON_HOLD, "at": row.from_at, "until": cells.moment(row.until_at), "text": row.reason}


def _note(row: Note, _opportunity: Opportunity) -> Cells:
    return {
        "kind": EntryKind.NOTE,
        "at": row.created_at,
        "person": cells.of_row(row.created_by),
        "role": row.get_kind_display(),
        "text": row.text,
        "is_pinned": cells.of_column(row, "is_pinned"),
    }


def _task(row: Task, _opportunity: Opportunity) -> Cells:
    """Closing drops the open tasks, so the entry does not say it."""
    return {
        "kind": EntryKind.TASK,
        "at": row.created_at,
        "until": cells.moment(row.done_at),
        "person": cells.of_row(row.owner),
        "text": row.text,
        "due": row.due,
        "time": row.time.isoformat() if row.time else None,
    }


def _stakeholder(row: Stakeholder, opportunity: Opportunity) -> Cells:
    """Empty for a person whose data was erased."""
    if row.contact.is_erased:
        return {}
    return {
        "kind": EntryKind.STAKEHOLDER,
        "at": opportunity.created_at,
        "person": cells.of_row(row.contact),
        "person_id": cells.contact_id(row.contact),
        "email": row.contact.email,
        "role": cells.labels(row._meta.get_field("roles"), row.roles),
        "attitude": row.get_attitude_display(),
        "influence": row.get_influence_display(),
        "text": row.note,
    }


def _member(row: TeamMember, opportunity: Opportunity) -> Cells:
    return {
        "kind": EntryKind.TEAM_MEMBER,
        "at": opportunity.created_at,
        "person": cells.of_row(row.user),
        "role": row.get_role_display(),
    }


def _competitor(row: OpportunityCompetitor, opportunity: Opportunity) -> Cells:
    return {
        "kind": EntryKind.COMPETITOR,
        "at": opportunity.created_at,
        "person": cells.of_row(row.competitor),
        "role": row.get_threat_display() if row.threat else None,
        "text": row.note,
    }


_ROWS: tuple[tuple[Any, tuple[str, ...], Callable[[Any, Opportunity], Cells]], ...] = (
    (Hold, (), _hold),
    (Task, ("owner",), _task),
    (Note, ("created_by",), _note),
    (Stakeholder, ("contact",), _stakeholder),
    (TeamMember, ("user",), _member),
    (OpportunityCompetitor, ("competitor",), _competitor),
)
