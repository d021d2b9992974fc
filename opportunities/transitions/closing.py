"""Closes an opportunity as won or as lost."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from opportunities.customers import find_or_create
from opportunities.customers.models import Competitor
from opportunities.editing import Edit, tasks
from opportunities.models import CloseRequest, Closing, Event, Opportunity, StatusReason
from opportunities.progress import Progress
from opportunities.transitions import conditions
from opportunities.transitions._entries import Write, write_entries
from opportunities.transitions._move import (
    MOVES,
    REQUESTS,
    active_stage_of,
    begin,
    end_process,
    end_request,
    end_visits,
    locked_for_move,
    shipped_reason,
)
from opportunities.transitions.refusals import EntryMissing
from opportunities.transitions.waiving import refuse_other_steps, waive_missing
from salesflow.users.models import User
from stages import gates
from stages.models import LostGate, Stage


@dataclass(frozen=True)
class WonAnswers:
    """The answers of the form that closes as won. `actual_revenue` is in the organisation's currency.

    `closed_on` is today or earlier. Without a reason it is the one that ships.
    """

    reason: StatusReason | None
    closed_on: datetime.date
    description: str
    actual_revenue: Decimal | None


@dataclass(frozen=True)
class LostAnswers:
    """The answers of the form that closes as lost. A request to a manager stores the same answers.

    `competitor` is the one lost to. Some reasons need it. It may be new, and not saved yet.
    """

    reason: StatusReason
    closed_on: datetime.date
    description: str = ""
    competitor: Competitor | None = None
    actual_revenue: Decimal | None = None


def close_as_won(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    actual_revenue: Decimal | None,
    closed_on: datetime.date,
    description: str = "",
    reason: StatusReason | None = None,
    from_stage: Stage | None = None,
    version: int | None = None,
    write: Write | None = None,
    entries_version: int | None = None,
    page: str = "",
    relies_on: tuple[str, ...] = (),
    settled: Mapping[str, int] | None = None,
) -> Closing:
    """Closes an opportunity as won if its process is finished or in its last stage, and all required steps are met.

    `write` fills in missing steps first, in the same transaction and event; `entries_version` and the rest are the
    arguments of `editing`. If the opportunity cannot be closed then, nothing is saved. Open tasks are dropped.
    Refusals: GateClosed, EntryMissing, AlreadyMoved; with `write` also those of `editing`.
    """
    answers = WonAnswers(reason, closed_on, description, actual_revenue)
    with closing_locked(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        if write:
            conditions.to_win(edit)  # refuses a closed opportunity before anything is written
            edit.version, edit.page, edit.relies_on, edit.settled = entries_version, page, relies_on, settled or {}
            write_entries(edit, write)
        return win(edit, answers)


def win(edit: Edit, answers: WonAnswers) -> Closing:
    """Finishes the process if needed, and closes as won."""
    conditions.refuse_shut_gate(conditions.to_win(edit), edit.progress)
    begin(edit, Event.Kind.WON)
    if answers.actual_revenue is None:
        raise EntryMissing(_("Say what the revenue is. 0 is an answer."), field="actual_revenue")
    _refuse_invalid_amount(answers.actual_revenue)
    if not edit.progress.instance.is_finished:
        end_process(edit)
    closing = Closing(
        outcome=Opportunity.Status.WON,
        status_reason=answers.reason or shipped_reason("won"),
        actual_revenue=answers.actual_revenue,
        closed_on=answers.closed_on,
        description=answers.description,
    )
    return _close(edit, closing)


def close_as_lost(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    reason: StatusReason,
    closed_on: datetime.date,
    description: str = "",
    competitor: Competitor | None = None,
    actual_revenue: Decimal | None = None,
    from_stage: Stage | None = None,
    version: int | None = None,
    waive_because: str | None = None,
    listed_steps: Iterable[int] | None = None,
) -> Closing:
    """Closes an opportunity as lost, from any stage, if the steps that `lost_gate` of the process asks for are met.

    With `waive_because`, a reason, a manager waives the missing steps in the same transaction, for this closing only:
    the waivers no longer count when it is undone. `listed_steps` has the ids of the missing steps on the page of the
    manager; if other steps are missing now, nothing is waived. The competitor is added. Open tasks are dropped.
    Refusals: GateClosed, EntryMissing, AlreadyMoved, MissingChanged, NotAllowed.
    """
    answers = LostAnswers(reason, closed_on, description, competitor, actual_revenue)
    with closing_locked(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        if waive_because is not None:
            if listed_steps is not None:
                refuse_other_steps(edit, conditions.to_lose(edit).unmet, listed_steps)
            conditions.to_waive_and_close(edit)
        return lose(edit, answers, waive_because=waive_because)


def lose(edit: Edit, answers: LostAnswers, *, waive_because: str | None) -> Closing:
    """Waives what is missing, unless the reason is None, and closes as lost."""
    missing = conditions.to_lose(edit).unmet
    begin(edit, Event.Kind.LOST)
    waivers = []
    if waive_because is not None and missing:
        waivers = waive_missing(edit, missing, reason=waive_because, field="waive_because")
    conditions.refuse_shut_gate(conditions.to_lose(edit), edit.progress)
    refuse_invalid_answers(edit, answers)
    competitor = find_or_create.saved(answers.competitor)
    if competitor is not None:
        edit.record.competitor_links.get_or_create(competitor=competitor)
    closing = Closing(
        outcome=Opportunity.Status.LOST,
        status_reason=answers.reason,
        competitor=competitor,
        actual_revenue=answers.actual_revenue,
        closed_on=answers.closed_on,
        description=answers.description,
    )
    _close(edit, closing)
    for waiver in waivers:
        waiver.closing = closing
        waiver.save()
    return closing


def needs_description(progress: Progress) -> bool:
    """Whether closing as lost needs a description: where it needs no steps."""
    return progress.instance.process.lost_gate == LostGate.ANY


def refuse_invalid_answers(edit: Edit, answers: LostAnswers) -> None:
    """Raises EntryMissing for answers with which the opportunity cannot be closed as lost."""
    _refuse_invalid_amount(answers.actual_revenue)
    if answers.reason.asks_competitor and answers.competitor is None:
        raise EntryMissing(_("Say which competitor it was lost to."), field="competitor")
    if needs_description(edit.progress) and not gates.is_filled(answers.description):
        raise EntryMissing(_("Say in a few words why it was lost."), field="description")
    _refuse_reason(answers.reason, Opportunity.Status.LOST)
    refuse_future(answers.closed_on, edit.at)


@contextmanager
def closing_locked(
    opportunity: Opportunity, *, by: User, at: datetime.datetime, from_stage: Stage | None, version: int | None
) -> Iterator[Edit]:
    """Locks the opportunity. A new request to close it, or an answer to one, also makes the form stale."""
    from_stage, stale_after = from_stage or active_stage_of(opportunity), MOVES + REQUESTS
    with locked_for_move(
        opportunity, by=by, at=at, from_stage=from_stage, version=version, stale_after=stale_after
    ) as edit:
        yield edit


def _refuse_invalid_amount(actual_revenue: Decimal | None) -> None:
    """Raises EntryMissing for an amount that is negative, not finite or has too many digits."""
    if actual_revenue is not None and actual_revenue.is_finite() and actual_revenue < 0:
        raise EntryMissing(_("Actual revenue cannot be negative."), field="actual_revenue")
    try:
        Closing._meta.get_field("actual_revenue").clean(actual_revenue, None)
    except ValidationError as error:
        raise EntryMissing(" ".join(error.messages), field="actual_revenue") from error


def _close(edit: Edit, closing: Closing) -> Closing:
    record = edit.record
    _refuse_reason(closing.status_reason, closing.outcome)
    refuse_future(closing.closed_on, edit.at)
    end_request(edit, CloseRequest.Outcome.CLOSED)
    if edit.new_visits is None or record.next_step:  # a new opportunity without a next step has no task
        tasks.drop_open(record, edit.at)
    end_visits(edit, record.visits)
    closing.opportunity, closing.stage = record, edit.progress.active
    closing.at, closing.by = edit.at, edit.by
    closing.save()
    record.status, record.forecast_category = closing.outcome, closing.outcome
    record.status_reason, record.closed_on = closing.status_reason, closing.closed_on
    record.actual_revenue = closing.actual_revenue
    edit.event.reason = closing.description
    return closing


def _refuse_reason(reason: StatusReason, outcome: str) -> None:
    if reason.status != outcome or reason.is_archived:
        raise EntryMissing(_("Choose one of the reasons listed."), field="reason")


def refuse_future(closed_on: datetime.date, at: datetime.datetime) -> None:
    """Raises EntryMissing for a day after that moment."""
    if closed_on > organisation_date(at):
        raise EntryMissing(_("The close date cannot be in the future."), field="closed_on")


def organisation_date(at: datetime.datetime) -> datetime.date:
    """The date of that moment in the organisation's time zone (`TIME_ZONE`)."""
    return at.astimezone(timezone.get_default_timezone()).date()
