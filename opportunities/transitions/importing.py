"""Imports opportunities: brings new ones in, changes others, keeps their stages later, and takes back what came in.

An opportunity is brought in by the ordinary moves, each at the moment of the file and with an event of its own, in one
transaction. So the ordinary gates judge it. A manager may keep its stage: then each missing step gets a waiver of the
kind *imported*, given on the day of the import. The last event, `IMPORTED`, says who imported it and when.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from opportunities import access, editing
from opportunities.customers.models import Competitor
from opportunities.editing import Edit, deletion, notes, rules, stakeholders
from opportunities.models import Event, Opportunity, StageVisit, Waiver
from opportunities.models.stamp import Stamp
from opportunities.refusals import NotAllowed
from opportunities.transitions import arrivals, conditions, stage_moves, starting
from opportunities.transitions._move import MOVES, last_event, locked_for_move, refuse_changed_since
from opportunities.transitions.arrivals import Arrival, ArrivingCompetitor
from opportunities.transitions.closing import WonAnswers
from opportunities.transitions.conditions import MoveKind
from opportunities.transitions.past_acts import PastAct, PastClosing
from opportunities.transitions.refusals import NoSuchMove
from opportunities.transitions.replaying import Replay, set_entries, set_ticks
from opportunities.transitions.waiving import waive_missing
from salesflow.users.models import User
from stages.models import Stage

NAMED_APART = {"name", "owner"}


def bring_in(*, by: User, at: datetime.datetime, arrival: Arrival, keep: bool) -> Opportunity:
    """Creates an opportunity as a file describes it. `at` is the moment of the import, the arrival has those before.

    With `keep`, a manager's import, it is in the stage of the file: each step that this stage needs and that is missing
    gets a waiver of the kind *imported*. Without, it is in the last stage up to that one to which its data open the
    gates. A tick without its evidence is left out, so its step is missing. A closed one takes a manager, and gets these
    waivers for its closing, too.
    Refusals: NotAllowed, EntryMissing, InvalidEntry, EvidenceMissing, NoSuchMove, and the others of `start` and of the
    closings. Nothing is written then.
    """
    with editing.written_or_refused(is_new=True):
        arrivals.refuse_impossible_moments(arrival, at=at)
        edit = _begun(by, at, arrival, keep)
        acts, closing = _acts(arrival, at)
        is_kept = keep or closing is not None or arrival.is_closed_in_its_past
        entries = {name: value for name, value in arrival.entries.items() if name not in arrival.ticks}
        replay = Replay(edit, at, _why(arrival), is_kept, entries, closing, arrival.ticks)
        for act in acts:
            replay.do(act)
        replay.end(arrival.on_hold_because)
    return replay.edit.record


def _acts(arrival: Arrival, at: datetime.datetime) -> tuple[list[PastAct], PastClosing | None]:
    """What is done again, in order, and the closing with which it ends, if it does."""
    acts, closing = arrival.acts, arrival.last_closing
    if arrival.closing is None or closing is not None:
        return acts, closing
    closing = PastClosing(arrivals.closing_moment(arrival, at=at), arrival.closing)
    return [*acts, closing], closing


def update(
    *, by: User, at: datetime.datetime, opportunity: Opportunity, entries: Mapping[str, Any], version: int | None = None
) -> Opportunity:
    """Changes fields that people fill in, as a person who edits. Moves nothing. `version` is the one that was compared.

    Refusals: those of `editing`.
    """
    starting.refuse_unknown_entries(entries)
    with editing.editing(opportunity, by=by, at=at, version=version) as record:
        set_entries(record, entries)
    return record


def lift(*, by: User, at: datetime.datetime, opportunity: Opportunity, stage: Stage) -> StageVisit:
    """Moves an opportunity that was imported without `keep` to the stage of its file. Managers only.

    Each step that is missing for that gets a waiver of the kind *imported*. Edits since the import are kept.
    Refusals: NotAllowed, AlreadyMoved (it was moved or closed since the import), NoSuchMove.
    """
    with locked_for_move(opportunity, by=by, at=at, from_stage=None, version=None) as edit:
        conditions.refuse_no_right_to_waive(edit)
        refuse_changed_since(_import_of(edit.record).version, edit.record, MOVES)
        reason = _why_kept(stage)
        missing = conditions.to_jump(edit, stage).unmet
        waive_missing(edit, missing, reason=reason, kind=Waiver.Kind.IMPORTED)
        return stage_moves.move_locked(edit, MoveKind.JUMP, stage, reason if missing else "")


def undo_import(*, by: User, at: datetime.datetime, opportunity: Opportunity, version: int) -> None:
    """Deletes an opportunity that an import created, while nobody has changed it since. A log entry remains.

    `version` is the one that the import wrote, or `lift` after it. The person who imported it may, and managers who
    see it. Refusals: NotAllowed, ChangedSince, NoSuchMove (it was not imported), Copied, Gone, Busy.
    """
    with editing.written_or_refused():
        record = editing.locked_row(opportunity)
        event = _import_of(record)
        if not access.may_waive(by, record) and not (event.by_id == by.pk and access.may_import(by, record)):
            raise NotAllowed(_("Only the person who imported it and managers may take an import back."))
        deletion.take_back(record, by=by, at=at, is_changed=record.version != version or _was_changed(record, event))


def _begun(by: User, at: datetime.datetime, arrival: Arrival, keep: bool) -> Edit:
    """Creates the opportunity in its first stage, with its entries and its child rows."""
    if not NAMED_APART.isdisjoint(arrival.entries):
        raise TypeError("An Arrival has fields of its own for the name and the owner.")
    process = starting.locked_process(arrival.process)
    record = starting.unsaved(by=by, at=arrival.created_at, owner=arrival.owner, name=arrival.name)
    first = {name: value for name, value in arrival.first_entries.items() if name not in arrival.ticks}
    starting.set_entries(record, first)
    with starting.begun(record, process, Stamp(by, arrival.created_at), is_saved_later=True) as edit:
        _refuse_no_right(edit, arrival, keep)  # before the file adds members to the sales team
        edit.marks_seen, edit.event.imported_at = False, at
        _add_rows(record, arrival)
        set_ticks(edit, arrival.ticks)
    return edit


def _add_rows(record: Opportunity, arrival: Arrival) -> None:
    """Adds the rows that count as evidence, before the gates read them."""
    for each in arrival.stakeholders:
        more = {"attitude": each.attitude, "influence": each.influence, "note": each.note}
        stakeholders.add_roles(record, contact=each.contact, roles=each.roles, **more)
    rivals = dict[Competitor, ArrivingCompetitor]()
    for rival in arrival.competitors:
        rivals.setdefault(rival.competitor, rival)  # a file may write the name of one in two ways
    for competitor, rival in rivals.items():
        record.competitor_links.create(competitor=competitor, threat=rival.threat, note=rival.note)
    for member in arrival.team:
        rules.refuse_without_role(member.user)
        record.team_members.create(user=member.user, role=member.role)
    starting.plan(record, arrival.next_step, arrival.next_step_due)
    if arrival.note:
        notes.add(record, text=arrival.note)


def _refuse_no_right(edit: Edit, arrival: Arrival, keep: bool) -> None:
    if not access.may_import(edit.by, edit.record):
        raise NotAllowed(_("Only the owner and managers may import this opportunity."), field="owner")
    if (arrival.is_closed or arrival.is_closed_in_its_past) and not access.may_import_closed(edit.by, edit.record):
        raise NotAllowed(_("Only managers may import closed opportunities."), field="status")
    if keep:
        conditions.refuse_no_right_to_waive(edit)


def _import_of(record: Opportunity) -> Event:
    event = last_event(record, (Event.Kind.IMPORTED,))
    if event is None:
        raise NoSuchMove(_("This opportunity was not imported."))
    return event


def _was_changed(record: Opportunity, event: Event) -> bool:
    """Whether something happened after the import but for the move to the stage of the file."""
    later = record.events.filter(version__gt=event.version)
    return later.exclude(kind=Event.Kind.JUMPED).exists() or later.count() > 1


def _why(arrival: Arrival) -> str:
    """Why steps are waived, if some are."""
    if arrival.closing is None:
        return _why_kept(arrival.way[-1].stage) if arrival.way else _("It was closed before it was imported.")
    if isinstance(arrival.closing, WonAnswers):
        return _("It was won when it was imported.")
    return _("It was lost when it was imported.")


def _why_kept(stage: Stage) -> str:
    return _("It was in %(stage)s when it was imported.") % {"stage": stage.name}
