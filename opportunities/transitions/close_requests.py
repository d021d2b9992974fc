"""Asks a manager to close an opportunity as lost although steps are missing, takes that back, and answers."""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import cast

from django.utils.translation import gettext as _

from opportunities.customers import find_or_create
from opportunities.customers.models import Competitor
from opportunities.editing import Edit
from opportunities.models import CloseRequest, Closing, Event, Opportunity, StatusReason
from opportunities.progress import Progress
from opportunities.transitions import close_request_conditions, conditions
from opportunities.transitions._move import MOVES, REQUESTS, end_request, last_event
from opportunities.transitions.closing import LostAnswers, closing_locked, lose, refuse_invalid_answers
from opportunities.transitions.refusals import EntryMissing
from opportunities.transitions.waiving import refuse_other_steps
from salesflow.users.models import User
from stages import gates
from stages.models import Stage


def ask_manager(
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
) -> CloseRequest:
    """Asks a manager to close an opportunity as lost although steps are missing. My day of managers shows the request.

    The answers are those of `close_as_lost`, and are refused for the same reasons. A new competitor is saved, and
    linked to the opportunity only when a manager closes it.
    Refusals: AlreadyMoved, EntryMissing, NoSuchMove.
    """
    answers = LostAnswers(reason, closed_on, description, competitor, actual_revenue)
    with closing_locked(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        close_request_conditions.to_ask(edit)
        refuse_invalid_answers(edit, answers)
        edit.event.kind, edit.event.reason = Event.Kind.ASKED, description
        return _stored(edit, answers)


def _stored(edit: Edit, answers: LostAnswers) -> CloseRequest:
    return CloseRequest.objects.create(
        opportunity=edit.record,
        at=edit.at,
        by=edit.by,
        status_reason=answers.reason,
        closed_on=answers.closed_on,
        description=answers.description,
        competitor=find_or_create.saved(answers.competitor),
        actual_revenue=answers.actual_revenue,
    )


def take_back_close_request(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> None:
    """Takes the request to close back. Anyone who may edit the opportunity. Refusals: AlreadyMoved, NoSuchMove."""
    with closing_locked(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        close_request_conditions.to_take_back(edit)
        edit.event.kind = Event.Kind.TOOK_BACK
        end_request(edit, CloseRequest.Outcome.TAKEN_BACK)


def approve_close_request(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    waive_because: str = "",
    from_stage: Stage | None = None,
    version: int | None = None,
    listed_steps: Iterable[int] | None = None,
) -> Closing:
    """Waives what is missing and closes the opportunity as lost, with the answers of the request. Managers only.

    `waive_because` is the reason of each waiver; it is needed only if steps are missing. `listed_steps` as in
    `close_as_lost`.
    Refusals: NotAllowed, AlreadyMoved, MissingChanged, EntryMissing, NoSuchMove.
    """
    with closing_locked(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        close_request_conditions.to_approve(edit)
        if listed_steps is not None:
            refuse_other_steps(edit, conditions.to_lose(edit).unmet, listed_steps)
        answers = _answers_of(cast(CloseRequest, edit.progress.close_request))
        try:
            return lose(edit, answers, waive_because=waive_because)
        except EntryMissing as refusal:
            if refusal.field == "waive_because":
                raise
            sentence = _("The answers of the request are not valid any more: %(why)s Change them first.")
            raise EntryMissing(sentence % {"why": refusal}) from refusal


def _answers_of(request: CloseRequest) -> LostAnswers:
    """`to_approve` has refused a request without a reason and a close date."""
    reason, closed_on = cast(StatusReason, request.status_reason), cast(datetime.date, request.closed_on)
    return LostAnswers(reason, closed_on, request.description, request.competitor, request.actual_revenue)


def decline_close_request(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    answer: str = "",
    from_stage: Stage | None = None,
    version: int | None = None,
) -> None:
    """Declines the request to close the opportunity, which stays open. The answer is optional. Managers only.

    Refusals: NotAllowed, AlreadyMoved, NoSuchMove.
    """
    answer = answer if gates.is_filled(answer) else ""
    with closing_locked(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        close_request_conditions.to_decline(edit)
        edit.event.kind, edit.event.reason = Event.Kind.DECLINED, answer
        end_request(edit, CloseRequest.Outcome.DECLINED, answer)


def declined_request(opportunity: Opportunity, progress: Progress) -> CloseRequest | None:
    """The last request, if a manager declined it and the opportunity was not moved, closed or asked for since.

    One query, and only if the last request was declined.
    """
    last = progress.last_close_request
    if last is None or last.outcome != CloseRequest.Outcome.DECLINED or not opportunity.is_open:
        return None
    event = last_event(opportunity, MOVES + REQUESTS)
    return last if event and event.kind == Event.Kind.DECLINED else None
