"""The entries of the second file about one opportunity, as acts that `transitions.bring_in` does again."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from opportunities.customers.models import Competitor
from opportunities.imports.context import Context
from opportunities.imports.history import stored
from opportunities.imports.history.kinds import EntryKind
from opportunities.imports.moments import moment, moment_since
from opportunities.models import Note, TeamMember
from opportunities.transitions import (
    ArrivingMember,
    EntryMissing,
    LostAnswers,
    PastAct,
    PastClosing,
    PastEstimate,
    PastFinish,
    PastHold,
    PastNote,
    PastReopening,
    PastResumption,
    PastTask,
    PastVisit,
    WonAnswers,
    organisation_date,
)
from opportunities.transitions.past_acts import with_name

HistoryEntry = tuple[EntryKind, dict[str, Any]]

Given = Mapping[str, Any]

PEOPLE = frozenset({EntryKind.STAKEHOLDER, EntryKind.TEAM_MEMBER, EntryKind.COMPETITOR})
"""The entries that are no acts."""


def read(entries: Iterable[Mapping[str, Any]]) -> list[HistoryEntry]:
    return [stored.from_json(entry) for entry in entries]


def of(
    context: Context, entries: Iterable[HistoryEntry], competitors: Mapping[str, Competitor], at: datetime.datetime
) -> tuple[PastAct, ...]:
    """What happened, in the order of the file. `competitors`: by their names in the file.

    Refusals: NotThere, EntryMissing.
    """
    found = list[PastAct]()
    for kind, given in entries:
        if kind not in PEOPLE:
            found += _ACTS[kind](context, moment(given["happened_on"], at), given, competitors, at)
    return tuple(found)


def team(context: Context, entries: Iterable[HistoryEntry]) -> tuple[ArrivingMember, ...]:
    """The sales team. A person is on it once, with the first role. Refusal: NotThere."""
    roles = dict[int, str]()
    for kind, given in entries:
        if kind is EntryKind.TEAM_MEMBER:
            roles.setdefault(given["person"], given["role"] or TeamMember.Role.ACCOUNT_MANAGER)
    return tuple(ArrivingMember(context.owner(pk), role) for pk, role in roles.items())


Make = Callable[[Context, datetime.datetime, Given, Mapping[str, Competitor], datetime.datetime], list[PastAct]]


def _visit(context: Context, then: datetime.datetime, given: Given, *_other: Any) -> list[PastAct]:
    return [PastVisit(then, context.stage(given["stage"]), **_estimates(given))]


def _estimate(_context: Context, then: datetime.datetime, given: Given, *_other: Any) -> list[PastAct]:
    return [PastEstimate(then, **_estimates(given))]


def _estimates(given: Given) -> dict[str, Any]:
    return {
        "estimated_revenue": given["estimated_revenue"],
        "close_date": given["estimated_close_date"],
        "probability": given["probability"],
    }


def _finish(_context: Context, then: datetime.datetime, _given: Given, *_other: Any) -> list[PastAct]:
    return [PastFinish(then)]


def _won(context: Context, then: datetime.datetime, given: Given, *_other: Any) -> list[PastAct]:
    reason = context.reason(given["status_reason"]) if given["status_reason"] else None
    return [
        PastClosing(then, WonAnswers(reason, _closed_on(given, then), given["text"] or "", given["actual_revenue"]))
    ]


def _lost(
    context: Context, then: datetime.datetime, given: Given, competitors: Mapping[str, Competitor], *_other: Any
) -> list[PastAct]:
    answers = LostAnswers(
        context.reason(given["status_reason"]),
        _closed_on(given, then),
        given["text"] or "",
        competitors.get(given["person"] or ""),
        given["actual_revenue"],
    )
    return [PastClosing(then, answers)]


def _closed_on(given: Given, then: datetime.datetime) -> datetime.date:
    return given["closed_on"] or organisation_date(then)


def _reopening(context: Context, then: datetime.datetime, given: Given, *_other: Any) -> list[PastAct]:
    return [PastReopening(then, given["text"], context.stage(given["stage"]) if given["stage"] else None)]


def _hold(
    _context: Context, then: datetime.datetime, given: Given, _competitors: Any, at: datetime.datetime
) -> list[PastAct]:
    until = _until(then, given, at)
    return [PastHold(then, given["text"]), *([PastResumption(until)] if until else [])]


def _until(then: datetime.datetime, given: Given, at: datetime.datetime) -> datetime.datetime | None:
    """When the entry ended, if it did. Refusal: EntryMissing."""
    if not given["until"]:
        return None
    until = moment_since(then, given["until"], at)
    if until < then:
        raise EntryMissing(_("A hold or a task of its history ends before it begins."))
    return until


def _note(context: Context, then: datetime.datetime, given: Given, *_other: Any) -> list[PastAct]:
    """A note of another person is attributed by managers only. Else its text begins with the name, if that fits."""
    name, text = given["person"] or "", given["text"]
    author = context.person(name)
    if author is not None and author != context.by and not context.by.is_manager:
        author = None
    if author is None and name:
        text = with_name(name, text, Note)
    return [PastNote(then, text, given["role"] or Note.Kind.GENERAL, bool(given["is_pinned"]), author)]


def _task(
    context: Context, then: datetime.datetime, given: Given, _competitors: Any, at: datetime.datetime
) -> list[PastAct]:
    owner = context.owner(given["person"]) if given["person"] else None
    return [PastTask(then, given["text"], given["due"], given["time"], owner, _until(then, given, at))]


_ACTS: Mapping[EntryKind, Make] = {
    EntryKind.STAGE: _visit,
    EntryKind.ESTIMATE: _estimate,
    EntryKind.FINISHED: _finish,
    EntryKind.WON: _won,
    EntryKind.LOST: _lost,
    EntryKind.REOPENED: _reopening,
    EntryKind.ON_HOLD: _hold,
    EntryKind.NOTE: _note,
    EntryKind.TASK: _task,
}
