"""What the history says must be in the other tables: visits, holds, waivers, requests and closings.

Each row is a sentence. The sentences that follow from the events are compared with those of the rows.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from opportunities.models import CloseRequest, Closing, Event, Hold, StageVisit, Waiver
from opportunities.verify.snapshot import Snapshot
from opportunities.verify.wellformed import waived_steps_in

Kind = Event.Kind
ENTER = {Kind.STARTED, Kind.ADVANCED, Kind.JUMPED, Kind.WENT_BACK, Kind.REOPENED}
LEAVE = {Kind.ADVANCED, Kind.JUMPED, Kind.WENT_BACK, Kind.FINISHED, Kind.WON, Kind.LOST}
CLOSE = {Kind.WON, Kind.LOST}


@dataclass
class Retold:
    """The rows that the events of one opportunity tell of, built event by event. No query, and nothing is saved."""

    visits: list[StageVisit] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    requests: list[CloseRequest] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    finished_at: datetime.datetime | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Retold":
        retold = cls()
        for event in events:
            retold.take(event)
        return retold

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
        """Requests to close, what became of them, closings, and reopenings."""
        if event.kind == Kind.ASKED:
            self.requests.append(CloseRequest(at=event.at, by_id=event.by_id, reason=event.reason))
        if event.kind in CLOSE or event.kind == Kind.DECLINED:
            answer = event.reason if event.kind == Kind.DECLINED else ""
            self._end(self.requests, answered_at=event.at, answered_by_id=event.by_id, answer=answer)
        if event.kind in CLOSE:
            about = {"outcome": event.kind, "stage_id": self.stage_id, "description": event.reason}
            self.closings.append(Closing(at=event.at, by_id=event.by_id, **about))
        if event.kind == Kind.REOPENED:
            self._end(self.closings, reopened_at=event.at, reopened_by_id=event.by_id, reopen_reason=event.reason)

    def _take_waivers(self, event: Event) -> None:
        for step in waived_steps_in(event):
            self.waivers.append(Waiver(step_id=step["id"], at=event.at, by_id=event.by_id, reason=event.reason))

    def _end(self, rows: list[Any], **columns: Any) -> None:
        """Set these columns of the last row, if the first of them is empty: it has not ended yet."""
        if rows and getattr(rows[-1], next(iter(columns))) is None:
            for name, value in columns.items():
                setattr(rows[-1], name, value)


def differences(it: Snapshot, retold: Retold) -> Iterator[str]:
    primary = [instance.pk for instance in it.instances if instance.is_primary]
    visits = [visit for visit in it.visits if visit.instance_id in primary]
    yield from _differing(it, retold.visits, visits, _visit)
    yield from _differing(it, retold.holds, it.holds, _hold)
    yield from _differing(it, retold.closings, it.closings, _closing)
    yield from _differing(it, retold.requests, it.requests, _request)
    for_closings = {closing.at for closing in it.closings}  # those have a reason of their own
    yield from _differing(it, retold.waivers, it.waivers, lambda _, row: _waiver(row, row.at in for_closings))


def _differing(it: Snapshot, told: Iterable[Any], there: Iterable[Any], sentence: Any) -> Iterator[str]:
    in_history = Counter(sentence(it, row) for row in told)
    in_table = Counter(sentence(it, row) for row in there)
    for row in (in_history - in_table).elements():
        yield f"its history tells of {row}, which is not there"
    for row in (in_table - in_history).elements():
        yield f"has {row}, of which its history does not tell"


def _visit(it: Snapshot, row: StageVisit) -> str:
    left = f", left {_moment(row.left_at)} by user {row.left_by_id}" if row.left_at else ""
    return f"a visit of {it.stage(row.stage_id)}, entered {_moment(row.entered_at)} by user {row.entered_by_id}{left}"


def _hold(it: Snapshot, row: Hold) -> str:
    ended = f", ended {_moment(row.until_at)} by user {row.ended_by_id}" if row.until_at else ""
    return f"a hold from {_moment(row.from_at)} by user {row.by_id} because “{row.reason}”{ended}"


def _closing(it: Snapshot, row: Closing) -> str:
    closed = f"a closing as {row.outcome} in {it.stage(row.stage_id)} {_moment(row.at)} by user {row.by_id}"
    again = f", reopened {_moment(row.reopened_at)} by user {row.reopened_by_id} because “{row.reopen_reason}”"
    return f"{closed} (“{row.description}”)" + (again if row.reopened_at else "")


def _request(it: Snapshot, row: CloseRequest) -> str:
    asked = f"a request to close {_moment(row.at)} by user {row.by_id} because “{row.reason}”"
    answer = f", answered {_moment(row.answered_at)} by user {row.answered_by_id} (“{row.answer}”)"
    return asked + (answer if row.answered_at else "")


def _waiver(row: Waiver, is_for_closing: bool) -> str:
    because = "" if is_for_closing else f" because “{row.reason}”"
    return f"a waiver of step {row.step_id} {_moment(row.at)} by user {row.by_id}{because}"


def _moment(at: datetime.datetime | None) -> str:
    return f"{at.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S.%f}" if at else "never"
