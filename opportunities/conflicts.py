"""Two people edit one opportunity: field by field, what only one of them changed is kept; the rest is a conflict."""

import dataclasses
import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from opportunities import differences
from opportunities.differences import Change, People
from opportunities.models import Event, Opportunity
from opportunities.models.event import plain
from opportunities.rules import MoveRefused
from salesflow.users.models import User


@dataclass(frozen=True)
class Conflict:
    """A field that two people changed differently: what stands there now, and who put it there.

    `noun` says on what kind of row that hangs on the opportunity, when it is not the opportunity's own.
    """

    field: str
    label: str
    mine: Any
    theirs: Any
    by: User
    at: datetime.datetime
    noun: str = ""
    is_own: bool = False  # the same person made both changes, in two windows


class StaleVersion(MoveRefused):
    """Somebody else changed the same field meanwhile. `conflicts` lists them, `version` is the one to post next.

    `merged` has the values, by field, that others changed without conflict: what is posted next must carry them, since
    with the new version an older value would count as a change.
    """

    def __init__(self, conflicts: list[Conflict], version: int, merged: dict[str, Any] | None = None) -> None:
        first = conflicts[0]
        if first.is_own:
            sentence = _("You changed “%(field)s” in another window. Compare the values and save again.")
        else:
            sentence = _("%(person)s changed “%(field)s” while you were editing. Compare the values and save again.")
        super().__init__(sentence % {"person": first.by, "field": first.label}, field=first.field)
        self.conflicts = conflicts
        self.version = version
        self.merged = merged or {}


@dataclass(frozen=True)
class Sender:
    """The person and the page that a write comes from. A page does not conflict with its own earlier writes."""

    by: User
    page: str = ""

    def made(self, event: "Event") -> bool:
        return bool(self.page) and event.page == self.page and event.by_id == self.by.pk


@dataclass
class Since:
    """What others did to one field since the form was opened: what stood there then, and who changed it last.

    The same person in another window counts as another.
    """

    seen: Any
    by: User
    at: datetime.datetime


def changed_since(record: Opportunity, version: int, sender: Sender | None = None) -> dict[str, Since]:
    """The fields that others than `sender` changed after that version, by name. One query."""
    changes = ((change["field"], change, event) for event in _events(record, version) for change in event.changes)
    return _gathered(changes, sender)


def people_changed_since(record: Opportunity, version: int, sender: Sender | None = None) -> dict[str, Since]:
    """As `changed_since`, for what hangs on the opportunity; keys as `stakeholder 12 role`."""
    changes = (
        (f"{person['noun']} {person['id']} {change['field']}", change, event)
        for event in _events(record, version)
        for person in event.people
        if person["what"] == "changed"
        for change in person["changes"]
    )
    return _gathered(changes, sender)


def _events(record: Opportunity, version: int) -> "list[Event]":
    return list(record.events.filter(version__gt=version).select_related("by").order_by("version"))


def _gathered(changes: Any, sender: Sender | None) -> dict[str, Since]:
    """What the sender's own page wrote has been seen there: only what came later counts."""
    since: dict[str, Since] = {}
    for key, change, event in changes:
        if sender and sender.made(event):
            since.pop(key, None)
            continue
        seen = since[key].seen if key in since else change["old"]
        since[key] = Since(seen=seen, by=event.by, at=event.at)
    return since


def settle(record: Opportunity, before: Opportunity, people: People, version: int, sender: Sender) -> None:
    """Merge this write with what others wrote since `version`; StaleVersion where both changed a field differently."""
    merged: dict[str, Any] = {}
    found = _settle_fields(record, before, changed_since(record, version, sender), merged)
    found += _settle_people(record, people, people_changed_since(record, version, sender), merged)
    if found:
        found = [dataclasses.replace(each, is_own=each.by == sender.by) for each in found]
        raise StaleVersion(found, before.version, merged)


def _settle_fields(
    record: Opportunity, before: Opportunity, since: dict[str, Since], merged: dict[str, Any]
) -> list[Conflict]:
    conflicts = []
    for field in differences.EDITABLE:
        if field.name not in since:
            continue
        mine, theirs = getattr(record, field.attname), getattr(before, field.attname)
        seen = _bare(since[field.name].seen, field)
        if plain(theirs) == seen:  # changed, and changed back
            continue
        if plain(mine) in (plain(theirs), seen):
            setattr(record, field.attname, theirs)
            merged[field.name] = getattr(before, field.name)
            continue
        conflicts.append(
            Conflict(
                field=field.name,
                label=str(field.verbose_name),
                mine=getattr(record, field.name),
                theirs=getattr(before, field.name),
                by=since[field.name].by,
                at=since[field.name].at,
            )
        )
    return conflicts


def _bare(logged: Any, field: Any) -> Any:
    """A logged value as `plain` gives the column's: a row by its id, and nothing as the column says nothing."""
    if isinstance(logged, dict):
        return logged["id"]
    if logged is None and not field.null:
        return field.get_default()
    return logged


def _settle_people(
    record: Opportunity, people: People, since: dict[str, Since], merged: dict[str, Any]
) -> list[Conflict]:
    if not since:
        return []
    conflicts = []
    for change in differences.of_people(people, differences.people_of(record)):
        if change["what"] == "changed":
            conflicts += _settle_person(people, change, since, merged)
    return conflicts


def _settle_person(people: People, person: Change, since: dict[str, Since], merged: dict[str, Any]) -> list[Conflict]:
    conflicts = []
    row = people[person["noun"]][person["id"]]
    for change in person["changes"]:
        other = since.get(f"{person['noun']} {person['id']} {change['field']}")
        if other is None or other.seen == change["old"]:
            continue
        if change["new"] == other.seen:
            current = type(row).objects.get(pk=row.pk)
            setattr(current, change["field"], change["old"])
            current.save(update_fields=[change["field"]])
            merged[change["field"]] = change["old"]
            continue
        label = str(type(row)._meta.get_field(change["field"]).verbose_name)  # type: ignore[union-attr]
        conflicts.append(
            Conflict(change["field"], label, change["new"], change["old"], other.by, other.at, person["noun"])
        )
    return conflicts
