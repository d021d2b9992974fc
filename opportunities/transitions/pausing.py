"""On hold, and on again."""

import datetime

from django.utils.translation import gettext as _

from opportunities.models import Event, Hold, Opportunity
from opportunities.transitions.moving import NoSuchMove, end_hold, refuse_blank, shipped_reason, unmoved
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
    """Put on hold: the time until `resume`, or until any other move, is not time in stage.

    Refusals: AlreadyMoved, EntryMissing, NoSuchMove.
    """
    with unmoved(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        refuse_blank(reason, _("Say why it is put on hold."), field="reason")
        visit = edit.standing.instance.visits.filter(left_at__isnull=True).first()
        if visit is None or edit.record.is_on_hold:
            raise NoSuchMove(_("Only an opportunity that is in progress can be put on hold."))
        edit.event.kind, edit.event.reason = Event.Kind.HELD, reason
        edit.record.is_on_hold = True
        edit.record.status_reason = shipped_reason("on_hold")
        return Hold.objects.create(visit=visit, opportunity=edit.record, from_at=edit.at, by=by, reason=reason)


def resume(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> None:
    """End the hold. Refusals: AlreadyMoved, NoSuchMove."""
    with unmoved(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        if not edit.record.is_on_hold:
            raise NoSuchMove(_("This opportunity is not on hold."))
        edit.event.kind = Event.Kind.RESUMED
        end_hold(edit)
