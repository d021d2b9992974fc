"""The moves of opportunities and the changes of their estimates, as entries of the history. Their events tell them."""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from opportunities.full_export import cells
from opportunities.full_export.opportunities import Versions
from opportunities.imports.history.kinds import EntryKind
from opportunities.imports.mapping import stage_source
from opportunities.models import Closing, Event, Opportunity
from stages.models import Stage

Kind = Event.Kind

Entry = dict[str, Any]

ESTIMATES = ("estimated_revenue", "estimated_close_date", "probability")


def entries(opportunities: dict[int, Opportunity], written: Versions) -> Iterator[tuple[int, Entry]]:
    """The entries with the ids of their opportunities, of each in the order in which it was moved. Two queries."""
    closings = _closings(opportunities)
    events = Event.objects.filter(opportunity__in=opportunities).select_related("to_stage__process")
    of_each = itertools.groupby(events.order_by("opportunity", "version"), key=lambda event: event.opportunity_id)
    for pk, found in of_each:
        until = [event for event in found if event.version <= written[pk]]
        for entry in _entries(opportunities[pk], until, closings):
            yield pk, entry


def _closings(opportunities: Iterable[int]) -> dict[tuple[int, datetime.datetime], Closing]:
    """By opportunity and moment."""
    rows = Closing.objects.filter(opportunity__in=opportunities).select_related("status_reason", "competitor")
    return {(row.opportunity_id, row.at): row for row in rows}


def _entries(opportunity: Opportunity, events: list[Event], closings: Any) -> Iterator[Entry]:
    told = [(event, _estimates(event, opportunity)) for event in events]
    changed_later = any(estimates for _event, estimates in told[1:])
    for event, estimates in told:
        if event.kind == Kind.STARTED:
            estimates = estimates if changed_later else {}
        move = _move(event, closings)
        if move and move["kind"] == EntryKind.STAGE:
            yield move | estimates
            continue
        if estimates:
            yield {"kind": EntryKind.ESTIMATE, "at": event.at} | estimates
        if move:
            yield move


def _estimates(event: Event, opportunity: Opportunity) -> Entry:
    """The estimates that the event changed. One that is empty today is left out: the import would keep it."""
    return {
        change["field"]: _value(change["field"], change["new"])
        for change in event.changes
        if change["field"] in ESTIMATES
        and change["new"] is not None
        and getattr(opportunity, change["field"]) is not None
    }


def _value(name: str, logged: Any) -> Any:
    return Decimal(logged) if name == "estimated_revenue" else logged


def _move(event: Event, closings: Any) -> Entry:
    """The entry of a move; empty if the event is none, or one that rows of their own tell."""
    if event.kind in (Kind.ADVANCED, Kind.JUMPED, Kind.WENT_BACK):
        return {"kind": EntryKind.STAGE, "at": event.at, "stage": _named(event.to_stage)}
    if event.kind == Kind.FINISHED:
        return {"kind": EntryKind.FINISHED, "at": event.at}
    if event.kind == Kind.REOPENED:
        return {"kind": EntryKind.REOPENED, "at": event.at, "stage": _named(event.to_stage), "text": event.reason}
    closing = closings.get((event.opportunity_id, event.at)) if event.kind in (Kind.WON, Kind.LOST) else None
    return _closed(closing) if closing else {}


def _closed(closing: Closing) -> Entry:
    return {
        "kind": EntryKind(closing.outcome),
        "at": closing.at,
        "person": cells.of_row(closing.competitor),
        "text": closing.description,
        "status_reason": closing.status_reason.name,
        "closed_on": closing.closed_on,
        "actual_revenue": closing.actual_revenue,
    }


def _named(stage: Stage | None) -> str:
    return stage_source(stage.name, stage.process.name) if stage else ""
