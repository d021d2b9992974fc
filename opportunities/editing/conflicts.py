"""Merges the writes of two people, field by field. A field that both changed differently is a conflict."""

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from opportunities.editing import answers, changes, children
from opportunities.editing.answer_kinds import Contradiction
from opportunities.editing.changes import Change, ChildRows
from opportunities.editing.child_table import ChildTable
from opportunities.models import Event, Opportunity
from opportunities.refusals import Conflict, Refused, StaleVersion
from salesflow.users.models import User


class ErasedMeanwhile(Refused):
    """The data of a person was erased since the page was opened, and the page would write it again."""

    code = "erased_meanwhile"
    is_stale = True


@dataclass(frozen=True)
class Sender:
    """The person and the page that a write comes from. A page does not conflict with its own earlier writes."""

    by: User
    page: str = ""
    relies_on: tuple[str, ...] = ()
    """Fields that the write uses as the page showed them."""
    settled: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """The version whose value the person has seen of a field, where it is later than that of the page."""

    def has_seen(self, field: str, event: Event) -> bool:
        return event.version <= self.settled.get(field, 0)

    def made(self, event: Event) -> bool:
        return bool(self.page) and event.page == self.page and event.by_id == self.by.pk


@dataclass
class Since:
    """A change by others of one field since the form was opened: its value then, and who changed it last.

    The same person in another window counts as another.
    """

    seen: Any
    by: User
    at: datetime.datetime


def removal_of(opportunity: Opportunity, table: ChildTable, row: int) -> tuple[Event, str] | None:
    """The event that removed this row from the opportunity, and the name of the row. One query."""
    for event in opportunity.events.select_related("by").order_by("-version"):
        for child in event.children:
            if (child["table"], child["id"], child["what"]) == (table.name, row, "removed"):
                return event, child["name"]
    return None


def has_had(opportunity: Opportunity, table: ChildTable, row: int) -> bool:
    """Whether the row is on the opportunity, or was until it was removed. Two queries at most."""
    is_there = getattr(opportunity, table.relation).filter(pk=row).exists()
    return is_there or removal_of(opportunity, table, row) is not None


def row_key(table: str, pk: int, column: str) -> str:
    """Names a column of one child row: `stakeholder 12 role`."""
    return f"{table} {pk} {column}"


def _events(record: Opportunity, version: int) -> list[Event]:
    return list(record.events.filter(version__gt=version).select_related("by").order_by("version"))


def _fields_in(events: list[Event], sender: Sender) -> dict[str, Since]:
    changed = ((change["field"], change, event) for event in events for change in event.changes)
    return _gathered((each for each in changed if not sender.has_seen(each[0], each[2])), sender)


def _children_in(events: list[Event], sender: Sender) -> dict[str, Since]:
    changed = ((row, event) for event in events for row in event.children if row["what"] == "changed")
    return _gathered(
        (
            (row_key(row["table"], row["id"], change["field"]), change, event)
            for row, event in changed
            for change in row["changes"]
        ),
        sender,
    )


def _gathered(changes: Any, sender: Sender) -> dict[str, Since]:
    """The changes by field. Changes before a write of the same page do not count, because the page shows them."""
    since: dict[str, Since] = {}
    for key, change, event in changes:
        if sender.made(event):
            since.pop(key, None)
            continue
        seen = since[key].seen if key in since else change["old"]
        since[key] = Since(seen=seen, by=event.by, at=event.at)
    return since


def settle(record: Opportunity, before: Opportunity, rows: ChildRows, version: int, sender: Sender) -> None:
    """Merges this write with those of others since `version`. Raises StaleVersion for a field that both changed."""
    merged: dict[str, Any] = {}
    events = _events(record, version)
    if any(event.kind == Event.Kind.ERASED for event in events):
        raise ErasedMeanwhile(
            _("The data of a person was erased here after this page was opened. Open it again and repeat what you did.")
        )
    fields = _fields_in(events, sender)
    found = _used(before, sender.relies_on, fields) + _settle_fields(record, before, fields, merged)
    found += _settle_children(rows, _children_in(events, sender), merged)
    if found:
        found = [dataclasses.replace(each, is_own=each.by == sender.by) for each in found]
        raise StaleVersion(found, before.version, merged)


def _used(before: Opportunity, names: tuple[str, ...], since: dict[str, Since]) -> list[Conflict]:
    """A conflict for each field that the write uses and others changed since the page was opened."""
    conflicts = []
    for name in names:
        answer, other = answers.of(name), since.get(name)
        if other is None or answer.comparable(before) == answer.comparable_logged(other.seen):
            continue
        conflicts.append(Conflict(name, answer.label, None, answer.read(before), other.by, other.at, is_use=True))
    return conflicts


def _settle_fields(
    record: Opportunity, before: Opportunity, since: dict[str, Since], merged: dict[str, Any]
) -> list[Conflict]:
    conflicts = []
    for answer in answers.EDITABLE:
        if answer.name not in since:
            continue
        other = since[answer.name]
        mine, theirs = answer.comparable(record), answer.comparable(before)
        seen = answer.comparable_logged(other.seen)
        if theirs == seen:  # changed, and changed back
            continue
        if mine in (theirs, seen):
            answer.copy(record, before)
            merged[answer.name] = answer.read(before)
            continue
        conflicts.append(
            Conflict(answer.name, answer.label, answer.read(record), answer.read(before), other.by, other.at)
        )
    return conflicts


def _settle_children(rows: ChildRows, since: dict[str, Since], merged: dict[str, Any]) -> list[Conflict]:
    if not since:
        return []
    conflicts = []
    for row in changes.of_children(rows):
        if row["what"] == "changed":
            conflicts += _settle_row(rows, row, since, merged)
        elif row["what"] == "removed":
            conflicts += _settle_removed(rows, row, since)
    return conflicts


def _settle_removed(rows: ChildRows, row: Change, since: dict[str, Since]) -> list[Conflict]:
    """A conflict for each column of a removed row that others changed since the page was opened."""
    conflicts = []
    table = children.CHILDREN[row["table"]]
    removed = rows.before(table)[row["id"]]
    for name in table.logged:
        other, answer = since.get(row_key(table.name, row["id"], name)), answers.of(name, table.name)
        theirs = answer.log(removed)
        if other is None or theirs == other.seen:  # unchanged, or changed back
            continue
        conflicts.append(Conflict(name, answer.label, None, theirs, other.by, other.at, table.name, is_removal=True))
    return conflicts


def _settle_row(rows: ChildRows, row: Change, since: dict[str, Since], merged: dict[str, Any]) -> list[Conflict]:
    conflicts = []
    table = children.CHILDREN[row["table"]]
    current = rows.now(table)[row["id"]]
    for change in row["changes"]:
        key = row_key(row["table"], row["id"], change["field"])
        other = since.get(key)
        if other is None or other.seen == change["old"]:
            continue
        answer = answers.of(change["field"], table.name)
        try:
            value = answer.kind.merge(change["new"], change["old"], other.seen)
        except Contradiction:
            both = change["new"], change["old"]
            conflicts.append(Conflict(answer.name, answer.label, *both, other.by, other.at, table.name))
            continue
        answer.write_logged(current, value)
        current.save(update_fields=[answer.name])
        merged[key] = answer.read(current)
    return conflicts
