"""Puts an opportunity on hold and resumes it."""

import datetime

from django.utils.translation import gettext as _

from opportunities.editing import Edit
from opportunities.models import Event, Hold, Opportunity
from opportunities.transitions import conditions
from opportunities.transitions._move import end_hold, locked_for_move, open_visit, refuse_blank, shipped_reason
from salesflow.users.models import User
from stages.models import Stage


def hold(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    reason: str,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> Hold:
    """Puts an opportunity on hold until `resume` or another move. The time does not count as time in the stage.

    Refusals: AlreadyMoved, EntryMissing, NoSuchMove.
    """
    with locked_for_move(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        return hold_locked(edit, reason)


def hold_locked(edit: Edit, reason: str) -> Hold:
    """Puts a locked opportunity on hold. Refusals: EntryMissing, NoSuchMove."""
    conditions.to_hold(edit)
    refuse_blank(reason, _("Say why it is put on hold."), field="reason")
    visit = open_visit(edit)
    edit.event.kind, edit.event.reason = Event.Kind.HELD, reason
    edit.record.is_on_hold = True
    edit.record.status_reason = shipped_reason("on_hold")
    return Hold.objects.create(visit=visit, opportunity=edit.record, from_at=edit.at, by=edit.by, reason=reason)


def resume(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> None:
    """Ends the hold. Refusals: AlreadyMoved, NoSuchMove."""
    with locked_for_move(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        resume_locked(edit)


def resume_locked(edit: Edit) -> None:
    """Ends the hold of a locked opportunity. Refusal: NoSuchMove."""
    conditions.to_resume(edit)
    edit.event.kind = Event.Kind.RESUMED
    end_hold(edit)
