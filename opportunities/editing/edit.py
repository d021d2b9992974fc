"""The one way to write to an opportunity and its child rows.

    with editing(opportunity, by=user, at=now, version=posted_version) as record:
        form.write_to(record)

The block sets attributes on `record`, a fresh and locked copy, and never saves it. It saves the child rows that people
edit (`children.CHILDREN`) itself. Saving any other row raises UnguardedWrite: only moves write those. When the block
ends, `editing` applies the rules, fills the derived columns, writes one `Event` and saves the record once. If nothing
changed, it writes nothing. A refusal rolls everything back.
"""

import copy
import dataclasses
import datetime
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import cached_property, lazy
from django.utils.translation import gettext as _

from opportunities import access, formats
from opportunities.editing import (
    answers,
    changes,
    children,
    conflicts,
    derived,
    found_by,
    last_looks,
    row_rules,
    rules,
    tasks,
    waiver_requests,
)
from opportunities.editing.changes import ChildRows
from opportunities.editing.database import written_or_refused
from opportunities.editing.locks import locked_rows
from opportunities.editing.waiver_requests import LoggedChange
from opportunities.models import Event, Opportunity, ProcessInstance, StageVisit, write_guard
from opportunities.models.event import log_value
from opportunities.models.stamp import Stamp
from opportunities.progress import Progress
from opportunities.refusals import Gone, OpportunityClosed
from salesflow.users.models import User
from stages.models import Step

Closed = Literal["refuse", "allow"]


@dataclass
class Edit:
    """One write in progress: the locked record, the record before, its child rows, and the event to write."""

    record: Opportunity
    by: User
    at: datetime.datetime
    version: int | None = None
    page_version: int | None = None
    """The version of the page that a move came from."""
    before: Opportunity | None = None
    instance: ProcessInstance | None = None
    event: Event = field(default_factory=lambda: Event(kind=Event.Kind.EDITED))
    waived: list[Step] = field(default_factory=list)
    waiver_changes: list[LoggedChange] = field(default_factory=list)
    owner_leaves: bool = False
    kept_tasks: Collection[int] = ()
    page: str = ""
    relies_on: tuple[str, ...] = ()
    settled: Mapping[str, int] = field(default_factory=dict)
    is_merged: bool = False
    marks_seen: bool = True
    """Whether the author has seen the opportunity by this write."""
    is_saved_later: bool = False
    """Whether a later write of the same transaction saves the record and the events. This one saves its child rows."""
    events: list[Event] = field(default_factory=list)
    """The events of the writes before this one, which are saved with that of the last write."""
    new_visits: list[StageVisit] | None = None
    """All visits of an opportunity that this transaction has created. None: they are in the database only."""

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.by, self.at)

    @property
    def seen_version(self) -> int | None:
        """The version of the page that the write came from, as its author saw it."""
        return self.version if self.page_version is None else self.page_version

    @cached_property
    def may_reopen(self) -> bool:
        return access.may_reopen(self.by, self.record)

    @cached_property
    def may_waive(self) -> bool:
        return access.may_waive(self.by, self.record)

    @cached_property
    def child_rows(self) -> ChildRows:
        """The child rows that this write changes."""
        return ChildRows(self.record, is_new=self.before is None)

    @cached_property
    def progress(self) -> Progress:
        """The progress of the record, read after the lock."""
        is_new = self.before is None
        return Progress.of(self.record, self.instance, waived={} if is_new else None)


@contextmanager
def editing(
    opportunity: Opportunity,
    *,
    by: User,
    at: datetime.datetime,
    version: int | None = None,
    closed: Closed = "refuse",
    owner_leaves: bool = False,
    kept_tasks: Collection[int] = (),
    page: str = "",
    relies_on: tuple[str, ...] = (),
    settled: Mapping[str, int] | None = None,
) -> Iterator[Opportunity]:
    """Locks the opportunity, yields a fresh record, and writes what the block changed on it.

    `version` is that of the page with the form. `editing` merges what others changed since, field by field, and refuses
    (StaleVersion) a field that both changed differently. `closed="allow"` also takes a closed opportunity, and
    child rows of tables that are open when it is closed. The former owner stays on the team, unless `owner_leaves`,
    and gives their open tasks along, but for those with the ids `kept_tasks`.
    `page` is the token of the page: a write does not conflict with an earlier write of the same page. `relies_on` names
    fields that the page shows and the block uses without changing them: a change of one by others is a conflict, too.
    `settled` has a later version than `version` for fields whose conflict the user has seen: only a change after it is
    a conflict again.

    Refusals: NotAllowed, OpportunityClosed, StaleVersion, InvalidEntry, ContactStays, CompetitorsKnown,
    EvidenceMissing, PassedGate, ClosedWithIt, TaskEnded, BrokenConstraint, Gone, Busy. It does not nest (RuntimeError).
    """
    with locked(opportunity, by=by, at=at, version=version, closed=closed) as edit:
        edit.owner_leaves, edit.kept_tasks = owner_leaves, kept_tasks
        edit.page, edit.relies_on, edit.settled = page, relies_on, settled or {}
        with write_guard.editing_only(opportunity.pk, children.editable_models(is_open=edit.record.is_open)):
            yield edit.record
        refuse_moves(edit.before, edit.record)


@contextmanager
def locked(
    opportunity: Opportunity,
    *,
    by: User,
    at: datetime.datetime,
    version: int | None = None,
    closed: Closed = "refuse",
) -> Iterator[Edit]:
    """As `editing`, but yields an Edit, with which `transitions` can also move. Refuses no moves."""
    with written_or_refused():
        record, instance = locked_rows(opportunity)
        rules.refuse_no_right_to_edit(by, record)
        if closed == "refuse":
            refuse_closed(record)
        at = max(at, record.modified_at)  # another write may have been saved while this one waited for the lock
        with _written(Edit(record, by, at, version, before=copy.copy(record), instance=instance)) as edit:
            yield edit


@contextmanager
def written_again(edit: Edit, *, at: datetime.datetime) -> Iterator[Edit]:
    """One more write with an event of its own, in the transaction that has created or locked the opportunity.

    `edit` is the write before, which has ended. Checks no right, because that one did. If that one is saved later, this
    one is, too, unless the caller says otherwise.
    """
    record, before = edit.record, copy.copy(edit.record)
    again = Edit(record, edit.by, max(at, record.modified_at), before=before, instance=edit.progress.instance)
    again.progress = dataclasses.replace(edit.progress)
    again.marks_seen, again.is_saved_later = edit.marks_seen, edit.is_saved_later
    again.events, again.new_visits = edit.events, edit.new_visits
    again.child_rows = ChildRows(record, earlier=edit.child_rows)
    again.progress.visited = frozenset(visit.stage_id for visit in edit.new_visits or ())
    with _written(again):
        yield again


@contextmanager
def _written(edit: Edit) -> Iterator[Edit]:
    edit.record.stamp = edit.stamp
    with write_guard.guarded(edit.record.pk, edit.child_rows.before_write):
        yield edit
        write(edit)


def refuse_closed(record: Opportunity) -> None:
    """Raises OpportunityClosed. Reads who closed it only if the sentence is shown."""
    if not record.is_open:
        raise OpportunityClosed(lazy(_closed, str)(record))


def _closed(record: Opportunity) -> str:
    sentence = _("This opportunity is closed and can only be read. Reopen it to change it.")
    closing = record.closing_in_force()
    closed = closing and _("%(person)s closed it on %(day)s.") % {"person": closing.by, "day": formats.day(closing.at)}
    return f"{sentence} {closed}" if closing else sentence


def refuse_unknown_version(version: int, record: Opportunity) -> None:
    """Raises Gone for a version that the opportunity never had."""
    if version > record.version:
        raise Gone(_("This page is out of date. Open it again."))


def refuse_moves(before: Opportunity | None, record: Opportunity) -> None:
    """Raises UnguardedWrite if the block of the caller set a field that only moves set."""
    if names := changes.names_of_changed(before, record, answers.FILLED_BY_MOVES):
        raise write_guard.UnguardedWrite(f"Filled by opportunities.transitions only: {', '.join(names)}.")


def merge_and_derive(edit: Edit) -> None:
    """Merges the entries with what others wrote, and sets what follows from them. A second call does nothing."""
    if edit.is_merged:
        return
    edit.is_merged = True
    record, before, rows = edit.record, edit.before, edit.child_rows
    if before is not None and edit.version is not None and edit.version != before.version:
        refuse_unknown_version(max(edit.version, *edit.settled.values(), 0), before)
        sender = conflicts.Sender(edit.by, edit.page, edit.relies_on, edit.settled)
        conflicts.settle(record, before, rows, edit.version, sender)
    rules.refuse_invalid_values(record, changes.names_of_changed(before, record, answers.EDITABLE))
    rules.follow_contact(before, record, rows)
    rules.follow_owner(before, record, leaves=edit.owner_leaves)
    if before is not None and before.owner_id != record.owner_id:
        tasks.follow_owner(before, record, kept=edit.kept_tasks)
    if rows.touched:
        row_rules.follow(rows)
    _derive_from_children(edit)
    rules.follow_competitors(before, record)


def _derive_from_children(edit: Edit) -> None:
    rows = edit.child_rows
    derived.derive_from_children(edit.record, {table.name: rows.now(table).values() for table in rows.touched})


def write(edit: Edit) -> None:
    """Applies the rules and saves the record and its event. Writes nothing if nothing changed."""
    merge_and_derive(edit)
    _derive_from_children(edit)  # a move may have written rows after its entries were merged
    record, before, rows = edit.record, edit.before, edit.child_rows
    event = _filled_event(edit)
    if event.kind == Event.Kind.EDITED and not event.changes and not event.children:
        return
    if before is not None:
        rules.refuse_changed_lead(
            edit.by,
            before,
            team_changed=any(children.CHILDREN[row["table"]].is_led for row in event.children),
            owner_changed=record.owner_id != before.owner_id,
        )
    rules.refuse_forbidden(before, record, edit.progress, rows)
    if rows.touched:
        row_rules.apply(record, rows)
    event.waiver_changes = list(edit.waiver_changes)
    if record.asked_steps:
        event.waiver_changes += waiver_requests.end_unneeded(record, edit.stamp, edit.progress)
    if before is None or before.is_open or record.is_open:  # one that stays closed keeps the columns of its gate
        derived.derive(record, edit.progress)
    found_by.follow(before, record)
    record.version += 1
    record.modified_at = edit.at
    event.version = record.version
    edit.events.append(event)
    if not edit.is_saved_later:
        Event.objects.add_rows(edit.events)
        edit.events.clear()
        record.save()
    if edit.marks_seen:
        last_looks.after_write(before, record, edit.stamp, rows, edit.seen_version)


def _filled_event(edit: Edit) -> Event:
    event = edit.event
    event.opportunity, event.at, event.by, event.page = edit.record, edit.at, edit.by, edit.page
    event.changes = changes.of_fields(edit.before, edit.record, answers.LOGGED)
    event.children = changes.of_children(edit.child_rows)
    event.waived_steps = [log_value(step) for step in edit.waived]
    return event
