"""Sends the mails of the outbox, from a worker.

For each mail the worker takes a lease, calls the function of its kind for the text, sends it outside of any
transaction, and records the outcome. A mail is sent at least once, and never again after a recorded success. If a
worker dies in between, its lease runs out, and another worker sends a second copy with the same Message-ID.

A task only wakes a worker. The outbox determines what is due. `manage.py send_outbox` does the same without a worker.
"""

import datetime
import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from salesflow.mail import failures, kinds, limits
from salesflow.mail.models import Attempt, OutboxMail

LEASE = datetime.timedelta(minutes=10)
KEPT = datetime.timedelta(days=7)  # how long finished rows are kept
WAITS = [datetime.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60)]  # between two attempts

Clock = Callable[[], datetime.datetime]

_log = logging.getLogger(__name__)


@task()
def deliver() -> None:
    """Sends the mails that are due, and removes mails that ended a week ago."""
    deliver_due(clock=timezone.now)
    prune(at=timezone.now())


def wake(at: datetime.datetime | None = None) -> None:
    """Makes a worker read the outbox, now or at a later moment."""
    deliver.using(run_after=at).enqueue()


def deliver_due(*, clock: Clock) -> int:
    """Sends every mail that is due, one after the other. Returns how many it tried."""
    tried = 0
    while mail := _lease_next(clock()):
        _deliver(mail, clock)
        tried += 1
    return tried


def deliver_without_worker(*, clock: Clock) -> int:
    """As `deliver`, and removes the tasks that asked for it, which no worker may ever do. Returns how many it tried."""
    ready = DBTaskResult.objects.ready().filter(task_path=deliver.module_path)
    asked_before = list(ready.values_list("pk", flat=True))
    tried = deliver_due(clock=clock)
    prune(at=clock())
    ready.filter(pk__in=asked_before).delete()
    return tried


def pretend(mail: OutboxMail, *, at: datetime.datetime, fault: Exception | None = None) -> None:
    """Records an attempt that succeeded, or failed with this exception, and sends nothing. For example data."""
    mail.attempts += 1
    mail.save(update_fields=["attempts"])
    Attempt.objects.create(mail=mail, number=mail.attempts, started_at=at)
    if fault is None:
        _finish(mail, at, OutboxMail.Outcome.SENT)
    else:
        _retry_later(mail, at, fault)
        mail.refresh_from_db()


def prune(*, at: datetime.datetime) -> None:
    """Removes mails that ended, and tasks that started, a week ago. A task of a worker that died never ends."""
    OutboxMail.objects.filter(finished_at__lte=at - KEPT, is_kept=False).delete()
    DBTaskResult.objects.exclude(status=TaskResultStatus.READY).filter(started_at__lte=at - KEPT).delete()


def _lease_next(at: datetime.datetime) -> OutboxMail | None:
    """Takes the next mail for this worker. Plans a wake-up for the end of the lease, in case this worker dies."""
    while (mail := OutboxMail.objects.due(at).first()) is not None:
        if mail.attempts > len(WAITS):
            _give_up_after_death(mail, at)
            continue
        with transaction.atomic():
            lease = {"leased_until": at + LEASE, "attempts": F("attempts") + 1}
            if OutboxMail.objects.due(at).filter(pk=mail.pk).order_by().update(**lease):
                wake(at + LEASE)
                mail = OutboxMail.objects.get(pk=mail.pk)
                Attempt.objects.create(mail=mail, number=mail.attempts, started_at=at)
                return mail
    return None


def _give_up_after_death(mail: OutboxMail, at: datetime.datetime) -> None:
    """Gives up a mail whose last attempt was not recorded: its worker died, perhaps because of this mail."""
    mail.last_error = "The worker died during the last attempt."
    _log.error("Mail %s (%s) is given up after %d attempts: its worker died.", mail.pk, mail.kind, mail.attempts)
    _finish(mail, at, OutboxMail.Outcome.GIVEN_UP)


def _deliver(mail: OutboxMail, clock: Clock) -> None:
    try:
        message = kinds.composer(mail.kind)(mail)
        if message is not None:
            message.extra_headers["Message-ID"] = mail.message_id
            with limits.time_limit():
                message.send()
    except Exception as fault:
        _log.exception("Mail %s (%s) was not sent at attempt %d.", mail.pk, mail.kind, mail.attempts)
        _retry_later(mail, clock(), fault)
    else:
        _finish(mail, clock(), OutboxMail.Outcome.SENT if message else OutboxMail.Outcome.NOTHING_TO_SEND)


def _retry_later(mail: OutboxMail, at: datetime.datetime, fault: Exception) -> None:
    """Plans the next attempt, or gives up after the last one."""
    mail.last_error = f"{type(fault).__name__}: {fault}"[:1000]
    end = failures.described(fault)
    if mail.attempts > len(WAITS):
        _finish(mail, at, OutboxMail.Outcome.GIVEN_UP, end)
        return
    next_attempt_at = at + WAITS[mail.attempts - 1]
    with transaction.atomic():
        leased = OutboxMail.objects.filter(pk=mail.pk, attempts=mail.attempts, finished_at=None)
        if leased.update(next_attempt_at=next_attempt_at, leased_until=None, last_error=mail.last_error):
            _end_attempt(mail, at, next_attempt_at=next_attempt_at, **end)
            wake(next_attempt_at)


def _finish(
    mail: OutboxMail, at: datetime.datetime, outcome: OutboxMail.Outcome, end_of_attempt: dict[str, Any] | None = None
) -> None:
    """Records the outcome and plans the removal of the row. A slower worker does not overwrite a recorded outcome.

    `end_of_attempt` has the columns of an attempt that failed.
    """
    end = {"finished_at": at, "outcome": outcome, "leased_until": None, "last_error": mail.last_error}
    with transaction.atomic():
        if OutboxMail.objects.filter(pk=mail.pk, finished_at=None).update(**end):
            if outcome != OutboxMail.Outcome.GIVEN_UP:
                end_of_attempt = {"outcome": outcome}
            if end_of_attempt:  # the attempt of a worker that died has no end
                _end_attempt(mail, at, **end_of_attempt)
            if not mail.is_kept:
                wake(at + KEPT)


def _end_attempt(mail: OutboxMail, at: datetime.datetime, **columns: Any) -> None:
    Attempt.objects.filter(mail=mail, number=mail.attempts).update(ended_at=at, **columns)
