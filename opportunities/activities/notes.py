"""What the notes of an opportunity said before they were changed."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from opportunities import display
from opportunities.editing.children import NOTE
from opportunities.models import Event, Note, Opportunity
from salesflow.users.models import User

MOST_EVENTS = 100
"""The changes of notes that are read, the last ones. The timeline has all of them."""


@dataclass(frozen=True)
class EarlierNote:
    """A change of a note: who made it and when, and what the note said before it. `kind` is empty if it stayed."""

    by: User
    at: datetime.datetime
    text: str
    kind: str


def add_earlier(opportunity: Opportunity, rows: Collection[Any]) -> None:
    """Sets `earlier` on each note: its changes of the text or the kind, the last first. One query, if there are any."""
    by_id = {row.pk: row for row in rows}
    for row in rows:
        row.earlier = []
    for event in _events(opportunity) if rows else ():
        for change in event.children:
            row = by_id.get(change["id"]) if (change["table"], change["what"]) == (NOTE.name, "changed") else None
            old = {each["field"]: each["old"] for each in change["changes"]}
            if row is not None and {"text", "kind"} & old.keys():
                row.earlier.append(_earlier(row, event, old))


def _earlier(row: Note, event: Event, old: dict[str, Any]) -> EarlierNote:
    """A change that left the text shows the text that it left: that of the change after it, or of the note now."""
    later = row.earlier[-1].text if row.earlier else row.text  # type: ignore[attr-defined]
    kind = display.value("kind", old["kind"], table=NOTE.name) if "kind" in old else ""
    return EarlierNote(event.by, event.at, old.get("text", later), kind)


def _events(opportunity: Opportunity) -> QuerySet[Event]:
    """The events that may have changed a note. SQLite cannot search inside JSON, so this searches its text."""
    logged = opportunity.events.annotate(logged=Cast("children", TextField()))
    found = logged.filter(logged__contains=f'"table": "{NOTE.name}"').filter(logged__contains='"what": "changed"')
    return found.select_related("by").order_by("-version")[:MOST_EVENTS]
