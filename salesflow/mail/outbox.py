"""Adds mails to the outbox. The worker sends them: `salesflow.mail.delivery`."""

import datetime
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from salesflow.mail import delivery, kinds
from salesflow.mail.models import OutboxMail


def send(*, kind: str, at: datetime.datetime, to: str = "", is_kept: bool = False, **ids: int) -> OutboxMail:
    """Adds a mail, to an address as typed or about the rows with these ids, and wakes the worker.

    The function registered for the kind writes the text when the mail is sent. The row of a mail that `is_kept` stays
    after its end.
    """
    kinds.composer(kind)
    mail = OutboxMail(kind=kind, to=to, ids=ids, is_kept=is_kept)
    mail.message_id, mail.asked_at, mail.next_attempt_at = _message_id(), at, at
    with transaction.atomic():
        mail.save(force_insert=True)
        delivery.wake()
    return mail


def _message_id() -> str:
    return f"<{uuid.uuid4().hex}@{urlsplit(settings.BASE_URL).hostname}>"
