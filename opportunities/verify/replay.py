"""Compares the history with the tables of visits, holds, waivers, requests and closings.

Replays the events into the rows that must exist, describes each row by a sentence, and compares the sentences.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from opportunities.models import CloseRequest, Closing, Event, Hold, StageVisit, Waiver, WaiverRequest
from opportunities.models.event import WAIVES_AS_IMPORTED, WaiverChange
from opportunities.verify.snapshot import Snapshot
from opportunities.verify.wellformed import waived_steps_in, waiver_changes_in

Kind = Event.Kind
ENTER = {Kind.STARTED, Kind.ADVANCED, Kind.JUMPED, Kind.WENT_BACK, Kind.REOPENED}
LEAVE = {Kind.ADVANCED, Kind.JUMPED, Kind.WENT_BACK, Kind.FINISHED, Kind.WON, Kind.LOST}
CLOSE = {Kind.WON, Kind.LOST}
ENDS_REQUEST = {
    Kind.WON: CloseRequest.Outcome.CLOSED,
    Kind.LOST: CloseRequest.Outcome.CLOSED,
    Kind.DECLINED: CloseRequest.Outcome.DECLINED,
    Kind.TOOK_BACK: CloseRequest.Outcome.TAKEN_BACK,
}
ABOUT_A_STEP = {
    Kind.WAIVED,
    Kind.ASKED_WAIVER,
    Kind.TOOK_BACK_WAIVER,
    Kind.DECLINED_WAIVER,
    Kind.WITHDREW_WAIVER,
}
"""The events whose `to_stage` is the stage of the step that they are about."""


@dataclass
class ReplayedRows:
    """The rows that follow from the events of one opportunity, built event by event. No query, and nothing is saved."""

    visits: list[StageVisit] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    requests: list[CloseRequest] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    waiver_requests: list[WaiverRequest] = field(default_factory=list)
    finished_at: datetime.datetime | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> "ReplayedRows":
        rows = cls()
        for event in events:
            rows.take(event)
        return rows

    @property
    def stage_id(self) -> int | None:
        """The stage entered last."""
        return self.visits[-1].stage_id if self.visits else None

    def take(self, event: Event) -> None:
        if event.kind in LEAVE or event.kind == Kind.RESUMED:
            self._end(self.holds, until_at=event.at, ended_by_id=event.by_id)
        if event.kind in LEAVE:
            self._end(self.visits, left_at=event.at, left_by_id=event.by_id)
        if event.kind in (Kind.FINISHED, Kind.WON):
            self.finished_at = self.finished_at or event.at
        if event.kind in ENTER:
            self.finished_at = None
            entered: dict[str, Any] = {"stage_id": event.to_stage_id, "entered_at": event.at}
            self.visits.append(StageVisit(**entered, entered_by_id=event.by_id))
        if event.kind == Kind.HELD:
            self.holds.append(Hold(from_at=event.at, by_id=event.by_id, reason=event.reason))
        self._take_answers(event)
        self._take_waivers(event)

    def _take_answers(self, event: Event) -> None:
        """Requests to close and their answers, closings, and reopenings."""
        if event.kind == Kind.ASKED:
            self.requests.append(CloseRequest(at=event.at, by_id=event.by_id, description=event.reason))
        if event.kind in ENDS_REQUEST:
            ended = {"answered_by_id": event.by_id, "outcome": ENDS_REQUEST[Kind(event.kind)]}
            answer = event.reason if event.kind == Kind.DECLINED else ""
            self._end(self.requests, answered_at=event.at, answer=answer, **ended)
        if event.kind in CLOSE:
            about = {"outcome": event.kind, "stage_id": self.stage_id, "description": event.reason}
            self.closings.append(Closing(at=event.at, by_id=event.by_id, **about))
        if event.kind == Kind.REOPENED:
            self._end(self.closings, reopened_at=event.at, reopened_by_id=event.by_id, reopen_reason=event.reason)

    def _take_waivers(self, event: Event) -> None:
        given = {"at": event.at, "by_id": event.by_id, "reason": event.reason}
        kind = Waiver.Kind.IMPORTED if event.kind in WAIVES_AS_IMPORTED else Waiver.Kind.EXCEPTION
        self.waivers += [Waiver(step_id=step["id"], kind=kind, **given) for step in waived_steps_in(event)]

        for change in waiver_changes_in(event):
            self._take_waiver_change(event, change["step"]["id"], WaiverChange(change["what"]))

    def _take_waiver_change(self, event: Event, step_id: int, what: WaiverChange) -> None:
        stamp = {"at": event.at, "by_id": event.by_id}
        if what is WaiverChange.ASKED:
            self.waiver_requests.append(WaiverRequest(step_id=step_id, reason=event.reason, **stamp))
        elif what is WaiverChange.WITHDRAWN:
            withdrawn = [row for row in self.waivers if row.step_id == step_id]
            self._end(withdrawn, withdrawn_at=event.at, withdrawn_by_id=event.by_id, withdraw_reason=event.reason)
        else:
            answer = event.reason if what is WaiverChange.DECLINED else ""
            asked = [row for row in self.waiver_requests if row.step_id == step_id]
            answered = {"answered_at": event.at, "answered_by_id": event.by_id}
            self._end(asked, **answered, outcome=what.value, answer=answer)

    def _end(self, rows: list[Any], **columns: Any) -> None:
        """Sets these columns of the last row, if the first of them is empty: the row has not ended yet."""
        if rows and getattr(rows[-1], next(iter(columns))) is None:
            for name, value in columns.items():
                setattr(rows[-1], name, value)


def differences(snapshot: Snapshot, replayed: ReplayedRows) -> Iterator[str]:
    primary = [instance.pk for instance in snapshot.instances if instance.is_primary]
    visits = [visit for visit in snapshot.visits if visit.instance_id in primary]
    yield from _differing(snapshot, replayed.visits, visits, _visit)
    yield from _differing(snapshot, replayed.holds, snapshot.holds, _hold)
    yield from _differing(snapshot, replayed.closings, snapshot.closings, _closing)
    yield from _differing(snapshot, replayed.requests, snapshot.requests, _request)
    yield from _differing(snapshot, replayed.waiver_requests, snapshot.waiver_requests, _waiver_request)
    for_closings = {closing.at for closing in snapshot.closings}  # those have a reason of their own
    yield from _differing(
        snapshot, replayed.waivers, snapshot.waivers, lambda _, row: _waiver(row, row.at in for_closings)
    )


def _differing(snapshot: Snapshot, expected: Iterable[Any], stored: Iterable[Any], sentence: Any) -> Iterator[str]:
    in_history = Counter(sentence(snapshot, row) for row in expected)
    in_table = Counter(sentence(snapshot, row) for row in stored)
    for row in (in_history - in_table).elements():
        yield f"its history has {row}, which does not exist"
    for row in (in_table - in_history).elements():
        yield f"has {row}, which is not in its history"


def _visit(snapshot: Snapshot, row: StageVisit) -> str:
    left = f", left {_moment(row.left_at)} by user {row.left_by_id}" if row.left_at else ""
    stage = snapshot.stage(row.stage_id)
    return f"a visit of {stage}, entered {_moment(row.entered_at)} by user {row.entered_by_id}{left}"


def _hold(snapshot: Snapshot, row: Hold) -> str:
    ended = f", ended {_moment(row.until_at)} by user {row.ended_by_id}" if row.until_at else ""
    return f"a hold from {_moment(row.from_at)} by user {row.by_id} because “{row.reason}”{ended}"


def _closing(snapshot: Snapshot, row: Closing) -> str:
    closed = f"a closing as {row.outcome} in {snapshot.stage(row.stage_id)} {_moment(row.at)} by user {row.by_id}"
    again = f", reopened {_moment(row.reopened_at)} by user {row.reopened_by_id} because “{row.reopen_reason}”"
    return f"{closed} (“{row.description}”)" + (again if row.reopened_at else "")


def _request(snapshot: Snapshot, row: CloseRequest) -> str:
    asked = f"a request to close {_moment(row.at)} by user {row.by_id} because “{row.description}”"
    answer = f", {row.outcome} {_moment(row.answered_at)} by user {row.answered_by_id} (“{row.answer}”)"
    return asked + (answer if row.answered_at else "")


def _waiver(row: Waiver, is_for_closing: bool) -> str:
    because = "" if is_for_closing else f" because “{row.reason}”"
    withdrawn = f", withdrawn {_moment(row.withdrawn_at)} by user {row.withdrawn_by_id} (“{row.withdraw_reason}”)"
    named = "an imported waiver" if row.kind == Waiver.Kind.IMPORTED else "a waiver"
    given = f"{named} of step {row.step_id} {_moment(row.at)} by user {row.by_id}{because}"
    return given + (withdrawn if row.withdrawn_at else "")


def _waiver_request(snapshot: Snapshot, row: WaiverRequest) -> str:
    asked = f"a request to waive step {row.step_id} {_moment(row.at)} by user {row.by_id} because “{row.reason}”"
    answer = f", {row.outcome} {_moment(row.answered_at)} by user {row.answered_by_id} (“{row.answer}”)"
    return asked + (answer if row.answered_at else "")


def _moment(at: datetime.datetime | None) -> str:
    return f"{at.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S.%f}" if at else "never"
