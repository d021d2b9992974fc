"""Does the acts of an imported opportunity again, one after the other, each with an event at its moment.

They are the ordinary moves, judged by the ordinary gates. Where the import keeps what the file says, each step that is
missing gets a waiver of the kind *imported*, given at the import. Otherwise the opportunity stops before a shut gate.
"""

import datetime
import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opportunities import access, editing
from opportunities.editing import Edit, answers, notes, tasks
from opportunities.models import Closing, Event, Opportunity, Task, Waiver
from opportunities.transitions import conditions, pausing, reopening, stage_moves
from opportunities.transitions._entries import write_entries
from opportunities.transitions._move import save_journey
from opportunities.transitions.closing import LostAnswers, WonAnswers, lose, win
from opportunities.transitions.conditions import MoveKind
from opportunities.transitions.past_acts import (
    PastAct,
    PastClosing,
    PastEstimate,
    PastFinish,
    PastHold,
    PastNote,
    PastReopening,
    PastResumption,
    PastTask,
    PastTaskDone,
    PastVisit,
    with_name,
)
from opportunities.transitions.waiving import given
from stages import gates
from stages.gates import Unmet
from stages.models import Stage


@dataclass
class Replay:
    """The import of one opportunity, write by write. `edit` is the last write, `at` the moment of the import."""

    edit: Edit
    at: datetime.datetime
    reason: str
    """That of every waiver."""
    waives: bool
    """Whether missing steps are waived, instead of stopping the opportunity before their gate."""
    entries: Mapping[str, Any]
    """The fields that people fill in, as they are now. The last closing writes them, or the end."""
    last_closing: PastClosing | None = None
    ticks: Mapping[str, Any] = field(default_factory=dict)
    """Those that the file sets. Each is set as soon as its evidence is there, and left out if it never is."""
    waivers: list[Waiver] = field(default_factory=list)
    planned: dict[int, int] = field(default_factory=dict)
    """The id of each task, by that of its act."""

    @functools.singledispatchmethod
    def do(self, act: PastAct) -> None:
        """Refusals: those of the move, NotAllowed for a waiver of a person who may give none."""
        raise TypeError(f"Nothing is known of a {type(act).__name__}.")

    def end(self, on_hold_because: str = "") -> None:
        """Puts it on hold if there is a reason, and writes the event of the import, with what is true today."""
        if on_hold_because and self.edit.record.is_open and not self.edit.record.is_on_hold:
            self._hold(PastHold(self.at, on_hold_because))
        with self._write(self.at, is_past=False) as edit:
            if edit.record.is_open:
                self._set(edit, self.entries)
                set_ticks(edit, self.ticks)
            edit.is_saved_later = False
            save_journey(edit)
            edit.event.kind, edit.event.reason = Event.Kind.IMPORTED, self.reason if self.waivers else ""
            edit.waived = [waiver.step for waiver in Waiver.objects.add_rows(self.waivers)]

    # Stages

    @do.register
    def _follow(self, visit: PastVisit) -> None:
        """Goes to the stage of the visit, or as near as the gates are open."""
        with self._write(visit.at) as edit:
            editing.refuse_closed(edit.record)
            self._set(edit, visit.entries)
            stage = conditions.stage_of(edit.progress, visit.stage)
            stage = stage if self.waives else _furthest_open(edit, stage)
            self._go_to(edit, _nearest(edit, stage))
        if edit.progress.active != stage:
            with self._write(visit.at) as edit:
                self._go_to(edit, stage)

    def _go_to(self, edit: Edit, stage: Stage) -> None:
        progress = edit.progress
        ahead = progress.stages.index(stage) - progress.position
        if ahead > 0:
            self._waive(edit, conditions.to_jump(edit, stage).unmet)
            stage_moves.move_locked(edit, MoveKind.ADVANCE if ahead == 1 else MoveKind.JUMP, stage)
        elif ahead < 0 or progress.instance.is_finished:
            stage_moves.move_locked(edit, MoveKind.GO_BACK, stage)

    @do.register
    def _estimate(self, act: PastEstimate) -> None:
        with self._write(act.at) as edit:
            editing.refuse_closed(edit.record)
            self._set(edit, act.entries)

    @do.register
    def _finish(self, act: PastFinish) -> None:
        """Finishes the process; without waivers only if its gates are open."""
        if not self.edit.progress.is_last and not self.waives:
            return  # a gate before has stopped it
        with self._write(act.at) as edit:
            self._waive(edit, conditions.to_finish(edit).unmet)
            if conditions.to_finish(edit).is_open:
                stage_moves.move_locked(edit, MoveKind.FINISH)

    # Closing, and opening again

    @do.register
    def _close(self, act: PastClosing) -> None:
        """What is waived for the closing counts for that closing only."""
        if isinstance(act.answers, WonAnswers) and not self.edit.progress.instance.is_finished:
            self._follow(PastVisit(act.at, self.edit.progress.last))
        with self._write(act.at) as edit:
            if act is self.last_closing:
                self._set(edit, self.entries)
            waivers = self._waive(edit, _missing(edit, act.answers))
            closing = _closed(edit, act.answers)
            for waiver in waivers:
                waiver.closing = closing

    @do.register
    def _reopen(self, act: PastReopening) -> None:
        """What was waived for the closing counts no more."""
        with self._write(act.at) as edit:
            reopening.reopen_locked(edit, act.stage, act.reason)
            kept = frozenset(waiver.step_id for waiver in self.waivers if waiver.closing is None)
            edit.progress.waived = edit.progress.imported = kept  # the database does not have them yet

    # On hold

    @do.register
    def _hold(self, act: PastHold) -> None:
        with self._write(act.at) as edit:
            pausing.hold_locked(edit, act.reason)

    @do.register
    def _resume(self, act: PastResumption) -> None:
        """Resumes it, unless a move has done that."""
        if self.edit.record.is_on_hold:
            with self._write(act.at) as edit:
                pausing.resume_locked(edit)

    # Notes and tasks

    @do.register
    def _note(self, act: PastNote) -> None:
        with self._write(act.at) as edit:
            notes.add(edit.record, text=act.text, kind=act.kind, is_pinned=act.is_pinned, author=act.author)
            if edit.record.is_open:
                set_ticks(edit, self.ticks)

    @do.register
    def _plan(self, act: PastTask) -> None:
        """The task of a person who may not edit the opportunity any more is its owner's, and begins with the name."""
        with self._write(act.at) as edit:
            editing.refuse_closed(edit.record)
            owner, text = act.owner, act.text
            if owner is not None and not access.may_edit(owner, edit.record):
                owner, text = None, with_name(str(owner), text, Task)
            task = tasks.plan(edit.record, text=text, due=act.due, time=act.time, owner=owner)
            self.planned[id(act)] = task.pk

    @do.register
    def _complete(self, act: PastTaskDone) -> None:
        with self._write(act.at) as edit:
            tasks.complete(tasks.find_open(edit.record, self.planned[id(act.task)], version=None))

    # Common parts

    @contextmanager
    def _write(self, at: datetime.datetime, *, is_past: bool = True) -> Iterator[Edit]:
        with editing.written_again(self.edit, at=at) as self.edit:
            self.edit.event.imported_at = self.at if is_past else None
            yield self.edit

    def _set(self, edit: Edit, entries: Mapping[str, Any]) -> None:
        write_entries(edit, lambda record: set_entries(record, entries))

    def _waive(self, edit: Edit, missing: list[Unmet]) -> list[Waiver]:
        """The waivers are given at the import, whose event logs them. The last write saves them."""
        if not self.waives:
            return []
        waivers = given(edit, missing, reason=self.reason, kind=Waiver.Kind.IMPORTED, at=self.at)
        self.waivers += waivers
        return waivers


def set_entries(record: Opportunity, entries: Mapping[str, Any]) -> None:
    """Sets fields that people fill in, inside a write."""
    for name, value in entries.items():
        answers.of(name).write(record, value)


def set_ticks(edit: Edit, ticks: Mapping[str, Any]) -> None:
    """Sets those whose evidence is there, counted with the rows of this write."""
    editing.merge_and_derive(edit)
    steps = [step for stage in edit.progress.stages for step in gates.steps_in_use(stage) if step.field in ticks]
    needing = {step.field for step in steps if step.evidence}
    set_entries(edit.record, {name: value for name, value in ticks.items() if name not in needing})
    without = {step.field for step in steps if not gates.has_evidence(step, edit.record)}
    set_entries(edit.record, {name: ticks[name] for name in needing - without})


def _missing(edit: Edit, given_answers: WonAnswers | LostAnswers) -> list[Unmet]:
    is_won = isinstance(given_answers, WonAnswers)
    return (conditions.to_win(edit) if is_won else conditions.to_lose(edit)).unmet


def _closed(edit: Edit, given_answers: WonAnswers | LostAnswers) -> Closing:
    if isinstance(given_answers, WonAnswers):
        return win(edit, given_answers)
    return lose(edit, given_answers, waive_because=None)


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
