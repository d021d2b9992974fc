"""The only door for a write to an opportunity or to anything that hangs on it.

    with editing(opportunity, by=user, at=now, version=posted_version) as record:
        form.write_to(record)

The block sets attributes on `record`, a fresh and locked copy, and never saves it; rows that hang on it (stakeholders,
competitors, team members) it saves itself. Saving anything else in it raises OutsideTheDoor: moves write that. On
leaving, the rules are applied, derived columns filled, one `Event` written, and the record saved once. Nothing
changed: nothing written. A refusal has written nothing.
"""

import copy
import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import DatabaseError, IntegrityError, OperationalError, models, transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from opportunities import conflicts, differences, readiness, rules
from opportunities.models import Event, Opportunity, OpportunityCompetitor, Stakeholder, TeamMember, door
from opportunities.models.event import plain
from opportunities.rules import MoveRefused
from opportunities.standing import Standing
from salesflow.database_errors import is_busy
from salesflow.users.models import User
from stages.models import Step

Closed = Literal["refuse", "allow"]


class OpportunityClosed(MoveRefused):
    """A closed opportunity is read only."""


class Gone(MoveRefused):
    """The opportunity, or what hung on it, is not there any more."""


class Busy(MoveRefused):
    """Somebody else holds the opportunity, or the database is busy, for longer than a person should wait."""


class BrokenConstraint(MoveRefused):
    """The database kept a promise that nothing before it had kept."""


@dataclass
class Edit:
    """One write in progress: the locked record, as it was before, and the event that is going to say what happened."""

    record: Opportunity
    by: User
    at: datetime.datetime
    version: int | None = None
    before: Opportunity | None = None
    people: differences.People = field(default_factory=lambda: {name: {} for name in differences.NOUNS})
    event: Event = field(default_factory=lambda: Event(kind=Event.Kind.EDITED))
    waived: list[Step] = field(default_factory=list)
    owner_leaves: bool = False
    page: str = ""

    @cached_property
    def standing(self) -> Standing:
        """Where the record stands, read after the lock."""
        return Standing.of(self.record)


@contextmanager
def editing(
    opportunity: Opportunity,
    *,
    by: User,
    at: datetime.datetime,
    version: int | None = None,
    closed: Closed = "refuse",
    owner_leaves: bool = False,
    page: str = "",
) -> Iterator[Opportunity]:
    """Yield the opportunity, locked and fresh, and write what the block changed on it.

    `version` is the one the form was opened with: what others changed since is merged field by field, and refused
    (StaleVersion) where both changed the same field differently. `closed="allow"` is for what may still be done to a
    closed opportunity. Whoever owned an opportunity that is given away stays on its team, unless `owner_leaves`.
    `page` is the token of the page that the form is on: what the same page wrote before is no conflict.

    Refusals: NotAllowed, OpportunityClosed, StaleVersion, InvalidEntry, ContactStays, CompetitorsKnown,
    EvidenceMissing, PassedGate, BrokenConstraint, Gone, Busy. It does not nest (RuntimeError).
    """
    with holding(opportunity, by=by, at=at, version=version, closed=closed) as edit:
        edit.owner_leaves, edit.page = owner_leaves, page
        with door.editing_only(opportunity.pk):
            yield edit.record
        refuse_moves(edit)


@contextmanager
def holding(
    opportunity: Opportunity,
    *,
    by: User,
    at: datetime.datetime,
    version: int | None = None,
    closed: Closed = "refuse",
) -> Iterator[Edit]:
    """As `editing`, for `transitions` only: what it yields can also move."""
    with door.holding(opportunity.pk), written_or_refused():
        record = locked(opportunity)
        rules.refuse_strangers(by, record)
        if closed == "refuse":
            refuse_closed(record)
        at = max(at, record.modified_at)  # somebody else came first while this one waited for the lock
        edit = Edit(record, by, at, version, before=copy.copy(record), people=differences.people_of(record))
        yield edit
        write(edit)


@contextmanager
def written_or_refused(*, is_new: bool = False) -> Iterator[None]:
    """One transaction; what the database refuses becomes a refusal with a sentence.

    `is_new`: nobody else can be changing the opportunity, because it is only being created.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise BrokenConstraint(_constraint_sentence(error)) from error
    except OperationalError as error:
        if not is_busy(error):
            raise
        raise Busy(_busy(is_new)) from error
    except DatabaseError as error:  # what `force_update` raises has no class of its own before Django 6
        if "did not affect any rows" not in str(error):
            raise
        raise Gone(_("What you changed is not on this opportunity any more.")) from error


def _busy(is_new: bool) -> str:
    if is_new:
        return _("The database is busy. Nothing was saved. Try again in a moment.")
    return _("Somebody else is changing this opportunity right now. Try again in a moment.")


def locked(opportunity: Opportunity) -> Opportunity:
    """The opportunity, fresh, and held against others until the transaction ends. Refusal: Gone."""
    try:
        return Opportunity.objects.select_for_update(of=("self",)).get(pk=opportunity.pk)
    except Opportunity.DoesNotExist:
        raise Gone(_("This opportunity has been deleted.")) from None


def refuse_closed(record: Opportunity) -> None:
    if not record.is_open:
        raise OpportunityClosed(_("This opportunity is closed and can only be read. Reopen it to change it."))


def refuse_unknown_version(version: int, record: Opportunity) -> None:
    """Raise Gone for a version that the opportunity never had: nothing can be compared with it."""
    if version > record.version:
        raise Gone(_("This page is out of date. Open it again."))


def refuse_moves(edit: Edit) -> None:
    """What only moves change was set in an `editing` block: a bug in the caller, like a save outside the door."""
    if names := differences.names_of_changed(edit.before, edit.record, differences.FILLED_BY_MOVES):
        raise door.OutsideTheDoor(f"Filled by opportunities.transitions only: {', '.join(names)}.")


def write(edit: Edit) -> None:
    """Apply the rules to what was changed and write it: record, event, derived columns. Nothing changed: nothing."""
    record, before = edit.record, edit.before
    if before is not None and edit.version is not None and edit.version != before.version:
        refuse_unknown_version(edit.version, before)
        conflicts.settle(record, before, edit.people, edit.version, conflicts.Sender(edit.by, edit.page))
    rules.refuse_invalid_values(record, differences.names_of_changed(before, record, differences.EDITABLE))
    rules.follow_contact(before, record)
    rules.follow_owner(before, record, leaves=edit.owner_leaves)
    readiness.count_people(record)
    rules.follow_competitors(before, record)
    people = differences.people_of(record)
    event = _filled_event(edit, people)
    if event.kind == Event.Kind.EDITED and not event.changes and not event.people:
        return
    if before is not None:
        rules.refuse_changed_lead(
            edit.by,
            before,
            team_changed=any(change["noun"] == "team_member" for change in event.people),
            owner_changed=record.owner_id != before.owner_id,
        )
    rules.check(before, record, edit.standing, edit.people, people)
    readiness.derive(record, edit.standing)
    record.version += 1
    record.modified_at = edit.at
    event.version = record.version
    event.save()
    record.save()


def _waived(step: Step) -> differences.Change:
    return {"noun": "step", "what": "waived", "changes": [], **plain(step)}


def _filled_event(edit: Edit, people: differences.People) -> Event:
    event = edit.event
    event.opportunity, event.at, event.by, event.page = edit.record, edit.at, edit.by, edit.page
    event.changes = differences.of_fields(edit.before, edit.record, differences.LOGGED)
    event.people = differences.of_people(edit.people, people) + [_waived(step) for step in edit.waived]
    return event


GUARDED: tuple[type[models.Model], ...] = (Opportunity, Stakeholder, OpportunityCompetitor, TeamMember)


def _constraint_sentence(error: IntegrityError) -> str:
    """The sentence of the constraint that the database names: by its name, or (SQLite's unique) by its columns."""
    text = str(error)
    for model in GUARDED:
        for constraint in model._meta.constraints:
            columns = [f"{model._meta.db_table}.{_column(model, name)}" for name in getattr(constraint, "fields", ())]
            if constraint.name in text or (columns and all(column in text for column in columns)):
                return str(constraint.get_violation_error_message())
    return _("Something else changed at the same time. Look at the opportunity again and repeat what you did.")


def _column(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name).column  # type: ignore[union-attr]
