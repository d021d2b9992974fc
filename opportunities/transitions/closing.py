"""Closes as won, closes as lost, and reopens."""

import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import cast

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.customers import find_or_create
from opportunities.customers.models import Competitor
from opportunities.editing import Edit, tasks
from opportunities.models import Closing, Event, Opportunity, StageVisit, StatusReason
from opportunities.progress import waived_in
from opportunities.transitions import conditions
from opportunities.transitions._move import (
    MOVES,
    REQUESTS,
    EntryMissing,
    active_stage_of,
    answer_request,
    begin,
    begin_visit,
    end_process,
    end_visits,
    enter,
    locked_for_move,
    refuse_blank,
    shipped_reason,
)
from opportunities.transitions.waiving import refuse_other_steps, waive_missing
from salesflow.users.models import User
from stages import gates
from stages.models import LostGate, Process, Stage


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
) -> Closing:
    """Closes an opportunity as won if its process is finished or in its last stage, and all required steps are met.

    Finishes the process if needed. `actual_revenue` is in the organisation's currency and not negative; `closed_on` is
    today or earlier. Open tasks are dropped.
    Refusals: GateClosed, EntryMissing, AlreadyMoved.
    """
    with _closing(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        conditions.refuse_shut_gate(conditions.to_win(edit), edit.progress)
        begin(edit, Event.Kind.WON)
        if actual_revenue is None:
            raise EntryMissing(_("Say what the revenue is. 0 is an answer."), field="actual_revenue")
        _refuse_invalid_amount(actual_revenue)
        if not edit.progress.instance.is_finished:
            end_process(edit)
        closing = Closing(
            outcome=Opportunity.Status.WON,
            status_reason=reason or shipped_reason("won"),
            actual_revenue=actual_revenue,
            closed_on=closed_on,
            description=description,
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
    manager; if other steps are missing now, nothing is waived.

    `competitor` is the one lost to. Some reasons need it. It is saved if it is new, and added to the opportunity.
    Open tasks are dropped.
    Refusals: GateClosed, EntryMissing, AlreadyMoved, MissingChanged, NotAllowed.
    """
    with _closing(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        missing = conditions.to_lose(edit).unmet
        begin(edit, Event.Kind.LOST)
        waivers = []
        if waive_because is not None:
            if listed_steps is not None:
                refuse_other_steps(edit, missing, listed_steps)
            conditions.to_waive_and_close(edit)
            waivers = waive_missing(edit, missing, reason=waive_because, field="waive_because")
        conditions.refuse_shut_gate(conditions.to_lose(edit), edit.progress)
        _refuse_invalid_amount(actual_revenue)
        if reason.asks_competitor and competitor is None:
            raise EntryMissing(_("Say which competitor it was lost to."), field="competitor")
        if edit.progress.instance.process.lost_gate == LostGate.ANY and not gates.is_filled(description):
            raise EntryMissing(_("Say in a few words why it was lost."), field="description")
        competitor = find_or_create.saved(competitor)
        if competitor is not None:
            edit.record.competitor_links.get_or_create(competitor=competitor)
        closing = Closing(
            outcome=Opportunity.Status.LOST,
            status_reason=reason,
            competitor=competitor,
            actual_revenue=actual_revenue,
            closed_on=closed_on,
            description=description,
        )
        _close(edit, closing)
        for waiver in waivers:
            waiver.closing = closing
            waiver.save()
        return closing


@contextmanager
def _closing(
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
    _refuse_reason(closing)
    _refuse_future(closing.closed_on, edit.at)
    answer_request(edit)
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


def _refuse_reason(closing: Closing) -> None:
    if closing.status_reason.status != closing.outcome or closing.status_reason.is_archived:
        raise EntryMissing(_("Choose one of the reasons listed."), field="reason")


def _refuse_future(closed_on: datetime.date, at: datetime.datetime) -> None:
    if closed_on > organisation_date(at):
        raise EntryMissing(_("The close date cannot be in the future."), field="closed_on")


def organisation_date(at: datetime.datetime) -> datetime.date:
    """The date of that moment in the organisation's time zone (`TIME_ZONE`)."""
    return at.astimezone(timezone.get_default_timezone()).date()


def reopen(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    reason: str,
    to_stage: Stage | None = None,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> StageVisit:
    """Opens a closed opportunity again, in the stage in which it was closed or an earlier one. Owner and managers only.

    The closing is kept, and dropped tasks stay dropped. Refusals: NotAllowed, AlreadyMoved, EntryMissing, NoSuchMove.
    """
    opportunity_locked = locked_for_move(opportunity, by=by, at=at, from_stage=from_stage, version=version)
    with _definition_locked(opportunity), opportunity_locked as edit:
        record, progress = edit.record, edit.progress
        target = cast(Stage, conditions.to_reopen(edit, to_stage).target)
        refuse_blank(reason, _("Say why it is reopened."), field="reason")
        closing = record.closings.select_related("stage").get(reopened_at__isnull=True)
        closing.reopened_at, closing.reopened_by, closing.reopen_reason = edit.at, by, reason
        closing.save()
        progress.waived = waived_in(record)  # without the waivers of this closing
        _set_open(record)
        edit.event.kind, edit.event.reason = Event.Kind.REOPENED, reason
        edit.event.from_stage, edit.event.to_stage = closing.stage, target
        _reenter_other_processes(edit)
        return enter(edit, progress.instance, target)


@contextmanager
def _definition_locked(opportunity: Opportunity) -> Iterator[None]:
    """Locks the processes before the opportunity, in the same order as a change of a definition does.

    A change of a definition recomputes only open opportunities, and would miss one that is being reopened.
    """
    with editing.written_or_refused():
        processes = Process.objects.filter(pk__in=opportunity.instances.values("process_id"))
        list(processes.select_for_update(no_key=True).order_by("pk"))
        yield


def _set_open(record: Opportunity) -> None:
    record.status = Opportunity.Status.OPEN
    record.status_reason = shipped_reason("in_progress")
    record.forecast_category = Opportunity.ForecastCategory.PIPELINE
    record.actual_revenue = record.closed_on = None


def _reenter_other_processes(edit: Edit) -> None:
    for instance in edit.record.instances.filter(is_primary=False, finished_at__isnull=True):
        begin_visit(edit, instance, instance.active_stage)
