"""Deleting an opportunity for good: superusers only, and never without a trace."""

import datetime

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from opportunities import access
from opportunities.editing import locked, written_or_refused
from opportunities.models import Opportunity, door
from opportunities.rules import NotAllowed
from salesflow.users.models import User


def delete(*, opportunity: Opportunity, by: User, at: datetime.datetime) -> LogEntry:
    """Delete the opportunity and all that hangs on it; returns the record of the deletion, which stays.

    Refusals: NotAllowed, Gone, Busy.
    """
    if not access.may_delete(by):
        raise NotAllowed(_("Only superusers may delete an opportunity."))
    with door.holding(opportunity.pk), written_or_refused():
        record = locked(opportunity)
        entry = LogEntry.objects.create(
            user=by,
            action_time=at,
            action_flag=DELETION,
            content_type=ContentType.objects.get_for_model(Opportunity),
            object_id=str(record.pk),
            object_repr=record.name,
            change_message=_what_it_was(record, by, at),
        )
        record.delete()
    return entry


def _what_it_was(record: Opportunity, by: User, at: datetime.datetime) -> str:
    """In English whoever deletes, because it is kept: what one would look for if it was missed."""
    facts = {
        "id": record.pk,
        "version": record.version,
        "name": record.name,
        "status": record.status,
        "stage": record.active_stage.name_en,
        "owner": record.owner.username,
        "account": record.account.name if record.account else "none",
        "created": record.created_at.isoformat(),
        "deleted by": by.username,
        "deleted at": at.isoformat(),
    }
    return "; ".join(f"{fact}: {value}" for fact, value in facts.items())
