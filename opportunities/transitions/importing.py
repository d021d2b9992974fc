"""Imports opportunities: brings new ones in, changes others, keeps their stages later, and takes back what came in.

An opportunity is brought in by the ordinary moves, each at the moment of the file and with an event of its own, in one
transaction. So the ordinary gates judge it. A manager may keep its stage: then each missing step gets a waiver of the
kind *imported*, given on the day of the import. The last event, `IMPORTED`, says who imported it and when.
"""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from opportunities import access, editing
from opportunities.editing import Edit, answers, deletion, notes, rules, stakeholders
from opportunities.models import Event, Opportunity, StageVisit, Waiver
from opportunities.models.stamp import Stamp
from opportunities.refusals import NotAllowed
from opportunities.transitions import arrivals, conditions, stage_moves, starting
from opportunities.transitions._entries import write_entries
from opportunities.transitions._move import MOVES, last_event, locked_for_move, refuse_changed_since, save_journey
from opportunities.transitions.arrivals import Arrival, PastVisit
from opportunities.transitions.closing import LostAnswers, WonAnswers, lose, win
from opportunities.transitions.conditions import MoveKind
from opportunities.transitions.refusals import NoSuchMove
from opportunities.transitions.waiving import given, waive_missing
from salesflow.users.models import User
from stages.gates import Unmet
from stages.models import Stage

NAMED_APART = {"name", "owner"}


def bring_in(*, by: User, at: datetime.datetime, arrival: Arrival, keep: bool) -> Opportunity:
    """Creates an opportunity as a file describes it. `at` is the moment of the import, the arrival has those before.

    With `keep`, a manager's import, it is in the stage of the file: each step that this stage needs and that is missing
    gets a waiver of the kind *imported*. Without, it is in the last stage up to that one to which its data open the
    gates. A closed one takes a manager, and gets these waivers for its closing, too.
    Refusals: NotAllowed, EntryMissing, InvalidEntry, EvidenceMissing, NoSuchMove, and the others of `start` and of the
    closings. Nothing is written then.
    """
    with editing.written_or_refused(is_new=True):
        arrivals.refuse_impossible_moments(arrival, at=at)
        importing = _Import(_begun(by, at, arrival, keep), at, _why(arrival), keep or arrival.closing is not None)
        for visit in arrival.way:
            importing.follow(visit)
        if arrival.closing:
            importing.close(arrival, arrival.closing)
        importing.end(arrival)
    return importing.edit.record


def update(
    *, by: User, at: datetime.datetime, opportunity: Opportunity, entries: Mapping[str, Any], version: int | None = None
) -> Opportunity:
    """Changes fields that people fill in, as a person who edits. Moves nothing. `version` is the one that was compared.

    Refusals: those of `editing`.
    """
    starting.refuse_unknown_entries(entries)
    with editing.editing(opportunity, by=by, at=at, version=version) as record:
        _set(record, entries)
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
        return stage_moves.make(edit, MoveKind.JUMP, stage, reason if missing else "")


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
    starting.set_entries(record, arrival.first_entries)
    with starting.begun(record, process, Stamp(by, arrival.created_at), is_saved_later=True) as edit:
        _refuse_no_right(edit, arrival, keep)  # before the file adds members to the sales team
        edit.marks_seen, edit.event.imported_at = False, at
        _add_rows(record, arrival)
    return edit


def _add_rows(record: Opportunity, arrival: Arrival) -> None:
    """Adds the rows that count as evidence, before the gates read them."""
    for each in arrival.stakeholders:
        stakeholders.add_roles(record, contact=each.contact, roles=each.roles)
    for competitor in arrival.competitors:
        record.competitor_links.get_or_create(competitor=competitor)
    for member in arrival.team:
        rules.refuse_without_role(member.user)
        record.team_members.create(user=member.user, role=member.role)
    starting.plan(record, arrival.next_step, arrival.next_step_due)
    if arrival.note:
        notes.add(record, text=arrival.note)


def _refuse_no_right(edit: Edit, arrival: Arrival, keep: bool) -> None:
    if not access.may_import(edit.by, edit.record):
        raise NotAllowed(_("Only the owner and managers may import this opportunity."), field="owner")
    if arrival.closing and not access.may_import_closed(edit.by, edit.record):
        raise NotAllowed(_("Only managers may import closed opportunities."), field="status")
    if keep:
        conditions.refuse_no_right_to_waive(edit)


@dataclass
class _Import:
    """The import of one opportunity, write by write. `edit` is the last write."""

    edit: Edit
    at: datetime.datetime
    reason: str
    """That of every waiver."""
    waives: bool
    """Whether missing steps are waived, instead of stopping the opportunity before their gate."""
    waivers: list[Waiver] = field(default_factory=list)

    def follow(self, visit: PastVisit) -> None:
        """Goes to the stage of the visit, or as near as the gates are open."""
        with self._write(visit.entered_at) as edit:
            write_entries(edit, lambda record: _set(record, visit.entries))
            stage = conditions.stage_of(edit.progress, visit.stage)
            stage = stage if self.waives else _furthest_open(edit, stage)
            self._go_to(edit, _nearest(edit, stage))
        if edit.progress.active != stage:
            with self._write(visit.entered_at) as edit:
                self._go_to(edit, stage)

    def close(self, arrival: Arrival, answers: WonAnswers | LostAnswers) -> None:
        """Closes it on the day of the file. What is waived for the closing counts for that closing only."""
        at = arrivals.closing_moment(arrival, at=self.at)
        if isinstance(answers, WonAnswers):
            self.follow(PastVisit(self.edit.progress.last, at))
        with self._write(at) as edit:
            write_entries(edit, lambda record: _set(record, arrival.entries))
            missing = conditions.to_win(edit) if isinstance(answers, WonAnswers) else conditions.to_lose(edit)
            waivers = self._waive(edit, missing.unmet)
            closing = win(edit, answers) if isinstance(answers, WonAnswers) else lose(edit, answers, waive_because=None)
            for waiver in waivers:
                waiver.closing = closing

    def end(self, arrival: Arrival) -> None:
        """Writes the event of the import itself, with what is true today."""
        with self._write(self.at, is_past=False) as edit:
            if edit.record.is_open:
                write_entries(edit, lambda record: _set(record, arrival.entries))
            edit.is_saved_later = False
            save_journey(edit)
            edit.event.kind, edit.event.reason = Event.Kind.IMPORTED, self.reason if self.waivers else ""
            edit.waived = [waiver.step for waiver in Waiver.objects.add_rows(self.waivers)]

    @contextmanager
    def _write(self, at: datetime.datetime, *, is_past: bool = True) -> Iterator[Edit]:
        with editing.written_again(self.edit, at=at) as self.edit:
            self.edit.event.imported_at = self.at if is_past else None
            yield self.edit

    def _go_to(self, edit: Edit, stage: Stage) -> None:
        progress = edit.progress
        ahead = progress.stages.index(stage) - progress.position
        if ahead > 0:
            self._waive(edit, conditions.to_jump(edit, stage).unmet)
            stage_moves.make(edit, MoveKind.ADVANCE if ahead == 1 else MoveKind.JUMP, stage)
        elif ahead < 0:
            stage_moves.make(edit, MoveKind.GO_BACK, stage)

    def _waive(self, edit: Edit, missing: list[Unmet]) -> list[Waiver]:
        """The waivers are given at the import, whose event logs them. The last write saves them."""
        if not self.waives:
            return []
        waivers = given(edit, missing, reason=self.reason, kind=Waiver.Kind.IMPORTED, at=self.at)
        self.waivers += waivers
        return waivers


def _furthest_open(edit: Edit, stage: Stage) -> Stage:
    """The last stage up to this one to which every gate is open; this one itself if it is not ahead."""
    progress = edit.progress
    furthest = progress.stages.index(stage)
    while furthest > progress.position and not conditions.to_jump(edit, progress.stages[furthest]).is_open:
        furthest -= 1
    return progress.stages[furthest]


def _nearest(edit: Edit, stage: Stage) -> Stage:
    """The stage itself; if it was skipped and is behind, the last one before it that was not.

    Nobody goes back to a stage that was skipped: the file of another system may, by way of that one.
    """
    progress = edit.progress
    if stage == progress.previous or progress.stages.index(stage) >= progress.position:
        return stage
    return next(each for each in reversed([*progress.before(stage), stage]) if each.pk in progress.visited)


def _set(record: Opportunity, entries: Mapping[str, Any]) -> None:
    for name, value in entries.items():
        answers.of(name).write(record, value)


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
        return _why_kept(arrival.way[-1].stage) if arrival.way else ""
    if isinstance(arrival.closing, WonAnswers):
        return _("It was won when it was imported.")
    return _("It was lost when it was imported.")


def _why_kept(stage: Stage) -> str:
    return _("It was in %(stage)s when it was imported.") % {"stage": stage.name}
