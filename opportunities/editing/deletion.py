"""Deletes an opportunity. A log entry remains. Superusers do, and `undo_import` with what nobody has changed since."""

import datetime

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from opportunities import access
from opportunities.editing import stored_files
from opportunities.editing.database import written_or_refused
from opportunities.editing.locks import locked_row
from opportunities.models import Opportunity, write_guard
from opportunities.refusals import NotAllowed, Refused
from salesflow.mail.models import OutboxMail
from salesflow.users.models import User


class Copied(Refused):
    """Another opportunity was copied from this one, and its history says so."""

    code = "copied"


def delete(*, opportunity: Opportunity, by: User, at: datetime.datetime) -> LogEntry:
    """Deletes the opportunity and its child rows. Returns the log entry of the deletion, which remains.

    Refusals: NotAllowed, Copied, Gone, Busy.
    """
    if not access.may_delete(by):
        raise NotAllowed(_("Only superusers may delete an opportunity."))
    with written_or_refused():
        return _deleted(locked_row(opportunity), by, at)


class ChangedSince(Refused):
    """What an import created was changed or used since."""

    code = "changed_since"


def take_back(record: Opportunity, *, by: User, at: datetime.datetime, is_changed: bool) -> LogEntry:
    """Deletes a locked opportunity that an import created, for `transitions.undo_import`, which checks the right.

    A mail leaves the version as it is, and is a use nevertheless. Refusals: ChangedSince, Copied.
    """
    if is_changed or record.mails.exists():
        raise ChangedSince(_("“%(name)s” was changed after it was imported.") % {"name": record.name})
    return _deleted(record, by, at)


def _deleted(record: Opportunity, by: User, at: datetime.datetime) -> LogEntry:
    if record.copies.exists():
        raise Copied(_("Another opportunity was copied from this one. Delete that one first."))
    entry = LogEntry.objects.create(
        user=by,
        action_time=at,
        action_flag=DELETION,
        content_type=ContentType.objects.get_for_model(Opportunity),
        object_id=str(record.pk),
        object_repr=record.name,
        change_message=_what_it_was(record, by, at),
    )
    stored_files.delete_after_commit(record.attachments.values_list("storage_name", flat=True))
    outbox = list(record.mails.values_list("outbox", flat=True))
    with write_guard.guarded(record.pk):
        record.delete()
    OutboxMail.objects.filter(pk__in=outbox).delete()
    return entry


def _what_it_was(record: Opportunity, by: User, at: datetime.datetime) -> str:
    """The facts by which a person may search for it later. Always in English, because the entry is stored."""
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
