"""Asks a manager to waive one step, takes the request back, and answers it; and withdraws a waiver."""

import datetime

from django.utils.translation import gettext as _

from opportunities.editing import Edit, waiver_requests
from opportunities.models import Event, Opportunity, Waiver, WaiverRequest
from opportunities.models.event import WaiverChange
from opportunities.transitions import waiver_conditions
from opportunities.transitions._about_a_step import about_a_step
from opportunities.transitions._move import refuse_blank
from opportunities.transitions.conditions import MoveKind
from opportunities.transitions.refusals import NoSuchMove
from opportunities.transitions.waiving import waive_missing
from salesflow.users.models import User
from stages.gates import Unmet
from stages.models import Stage, Step

Outcome = WaiverRequest.Outcome


def ask_for_waiver(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    step: Step,
    reason: str,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> WaiverRequest:
    """Asks a manager to waive a missing required step. My day of managers shows the request.

    Refusals: AlreadyMoved, RequestChanged, EntryMissing, NoSuchMove.
    """
    with about_a_step(step, opportunity, by, at, from_stage, version) as edit:
        asked = [unmet for unmet in waiver_conditions.to_ask_for_waiver(edit) if unmet.step == step]
        if not asked:
            raise NoSuchMove(waiver_conditions.why_not(MoveKind.ASK_FOR_WAIVER, step, edit.record))
        refuse_blank(reason, _("Say why the step should be waived."), field="reason")
        _name(edit, Event.Kind.ASKED_WAIVER, asked[0].stage, reason)
        edit.waiver_changes.append(waiver_requests.logged(asked[0].step, WaiverChange.ASKED))
        return waiver_requests.ask(edit.record, edit.stamp, asked[0].step, reason)


def take_back_waiver_request(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    step: Step,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> None:
    """Takes back the request to waive the step. Refusals: AlreadyMoved, RequestChanged, NoSuchMove."""
    with about_a_step(step, opportunity, by, at, from_stage, version) as edit:
        waiver_conditions.to_take_back_waiver_request(edit)
        _answer(edit, step, Event.Kind.TOOK_BACK_WAIVER, Outcome.TAKEN_BACK)


def approve_waiver_request(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    step: Step,
    reason: str,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> Waiver:
    """Waives the step, as was asked, for this reason. Managers only.

    Refusals: NotAllowed, AlreadyMoved, RequestChanged, EntryMissing, NoSuchMove.
    """
    with about_a_step(step, opportunity, by, at, from_stage, version) as edit:
        approved = [unmet for unmet in waiver_conditions.to_approve_waiver(edit) if unmet.step == step]
        request = _waiting(edit, step)
        if not approved:
            raise NoSuchMove(waiver_conditions.why_not(MoveKind.WAIVE, step, edit.record))
        waiver = _waive(edit, approved[0], reason)
        edit.waiver_changes.append(waiver_requests.answer(request, edit.stamp, Outcome.APPROVED, waiver=waiver))
        return waiver


def _waive(edit: Edit, unmet: Unmet, reason: str) -> Waiver:
    (waiver,) = waive_missing(edit, [unmet], reason=reason)
    _name(edit, Event.Kind.WAIVED, unmet.stage, reason)
    return waiver


def decline_waiver_request(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    step: Step,
    answer: str = "",
    from_stage: Stage | None = None,
    version: int | None = None,
) -> None:
    """Declines to waive the step. Managers only. Refusals: NotAllowed, AlreadyMoved, RequestChanged, NoSuchMove."""
    with about_a_step(step, opportunity, by, at, from_stage, version) as edit:
        waiver_conditions.to_decline_waiver(edit)
        _answer(edit, step, Event.Kind.DECLINED_WAIVER, Outcome.DECLINED, answer)


def withdraw_waiver(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    step: Step,
    reason: str,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> Waiver:
    """Withdraws the waiver of a step of an open opportunity. Managers only. The step may be waived again.

    In a passed stage the step is then missing: that blocks no edit, and the next move asks for it.
    Refusals: NotAllowed, AlreadyMoved, RequestChanged, EntryMissing, NoSuchMove.
    """
    with about_a_step(step, opportunity, by, at, from_stage, version) as edit:
        if step not in waiver_conditions.to_withdraw_waiver(edit):
            raise NoSuchMove(waiver_conditions.why_not(MoveKind.WITHDRAW_WAIVER, step, edit.record))
        refuse_blank(reason, _("Say why the waiver is withdrawn."), field="reason")
        waiver = edit.record.waivers.in_force().select_related("step__stage").get(step=step)
        waiver.withdrawn_at, waiver.withdrawn_by, waiver.withdraw_reason = edit.at, by, reason
        waiver.save()
        edit.progress.waived -= {step.pk}
        _name(edit, Event.Kind.WITHDREW_WAIVER, waiver.step.stage, reason)
        edit.waiver_changes.append(waiver_requests.logged(waiver.step, WaiverChange.WITHDRAWN))
        return waiver


# Common parts


def _waiting(edit: Edit, step: Step) -> WaiverRequest:
    request = waiver_requests.open_request(edit.record, step)
    if request is None:
        raise NoSuchMove(_("No request is waiting. It may have been answered already."))
    return request


def _answer(edit: Edit, step: Step, kind: Event.Kind, outcome: WaiverRequest.Outcome, text: str = "") -> None:
    """Ends the request without a waiver."""
    request = _waiting(edit, step)
    edit.waiver_changes.append(waiver_requests.answer(request, edit.stamp, outcome, text))
    _name(edit, kind, request.step.stage, request.answer)


def _name(edit: Edit, kind: Event.Kind, stage: Stage, reason: str) -> None:
    edit.event.kind, edit.event.to_stage, edit.event.reason = kind, stage, reason
