"""Mails are sent from the outbox: at least once, and not again after a recorded success."""

import datetime
import gc
import logging
import smtplib

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, OperationalError, connection, transaction
from django_tasks_db.models import DBTaskResult

from salesflow.mail import delivery, kinds, outbox
from salesflow.mail.models import OutboxMail
from tests.support.meanwhile import failing

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


class RefusingBackend(BaseEmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")


@pytest.fixture(autouse=True)
def greeting():
    """A kind of mail that greets the address; there is nothing to send to nobody@example.org."""

    def compose(asked):
        return None if asked.to == "nobody@example.org" else EmailMessage("Hello", "Hello", to=[asked.to])

    kinds.register("greeting", compose)


@pytest.fixture
def refused(settings):
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"


def greet(to="kari@example.org", at=NOW):
    return outbox.send(kind="greeting", to=to, at=at)


def deliver(at=NOW):
    delivery.deliver_due(clock=lambda: at)


def reread(asked):
    return OutboxMail.objects.get(pk=asked.pk)


def wakes():
    return list(DBTaskResult.objects.order_by("run_after").values_list("run_after", flat=True))


def test_requesting_a_mail_stores_it_and_schedules_a_task():
    greet()

    assert mail.outbox == []
    assert OutboxMail.objects.get().outcome == "waiting"
    assert DBTaskResult.objects.count() == 1


def test_a_mail_is_sent_with_its_stored_message_id():
    asked = greet()

    deliver()

    assert [message.to for message in mail.outbox] == [["kari@example.org"]]
    assert mail.outbox[0].message()["Message-ID"] == asked.message_id
    assert asked.message_id.endswith("@localhost>")
    assert (reread(asked).outcome, reread(asked).finished_at) == ("sent", NOW)


def test_a_sent_mail_is_not_sent_again():
    greet()

    deliver()
    deliver(at=NOW + datetime.timedelta(days=1))

    assert len(mail.outbox) == 1


def test_a_mail_with_nothing_to_send_is_finished_without_sending():
    asked = greet(to="nobody@example.org")

    deliver()

    assert mail.outbox == []
    assert reread(asked).outcome == "nothing"


def test_an_unknown_kind_of_mail_is_refused():
    with pytest.raises(LookupError, match="unheard_of"):
        outbox.send(kind="unheard_of", at=NOW)

    assert not OutboxMail.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_a_mail_of_a_rolled_back_transaction_is_not_sent():
    with transaction.atomic():
        greet()
        transaction.set_rollback(True)

    deliver()

    assert mail.outbox == []
    assert not DBTaskResult.objects.exists()


# A mail server that fails


def test_a_refused_mail_is_tried_at_growing_intervals_and_then_given_up(refused, caplog):
    asked, at = greet(), NOW
    waits = []
    while reread(asked).finished_at is None:
        deliver(at=at)
        waits.append(reread(asked).next_attempt_at - at)
        at = reread(asked).next_attempt_at

    assert waits[:-1] == delivery.WAITS
    assert reread(asked).outcome == "given_up"
    assert reread(asked).attempts == len(delivery.WAITS) + 1
    assert "SMTPServerDisconnected: gone" in reread(asked).last_error
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * (len(delivery.WAITS) + 1)


def test_a_refused_mail_is_not_tried_before_its_next_attempt_is_due(refused):
    asked = greet()

    deliver()
    deliver(at=NOW + MINUTE / 2)

    assert reread(asked).attempts == 1


def test_a_task_is_scheduled_for_the_next_attempt(refused):
    greet()

    deliver()

    assert NOW + delivery.WAITS[0] in wakes()


def test_the_next_attempt_has_the_same_message_id(refused, settings):
    asked = greet()
    deliver()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    deliver(at=NOW + MINUTE)

    assert [message.message()["Message-ID"] for message in mail.outbox] == [asked.message_id]


def test_a_failing_mail_does_not_block_the_next_mail():
    def broken(asked):
        raise ZeroDivisionError

    kinds.register("broken", broken)
    outbox.send(kind="broken", at=NOW)
    greet()

    deliver()

    assert len(mail.outbox) == 1


def test_a_mail_waits_and_logs_the_error_when_the_mail_server_is_down(dead_server, caplog):
    asked = greet()

    deliver()

    assert "ConnectionRefusedError" in reread(asked).last_error
    assert "was not sent at attempt 1" in caplog.text
    assert reread(asked).outcome == "waiting"


def test_an_attempt_times_out_when_the_mail_server_is_silent(hanging_server, settings):
    assert settings.EMAIL_TIMEOUT == 10
    settings.EMAIL_TIMEOUT = 0.05
    asked = greet()

    deliver()

    assert hanging_server.asked.is_set()
    assert "timed out" in reread(asked).last_error
    assert reread(asked).outcome == "waiting"


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # smtplib leaves its socket to the garbage collector
def test_an_attempt_times_out_when_the_mail_server_answers_too_slowly(hanging_server, settings):
    settings.EMAIL_TIMEOUT = None  # has no effect on a server that sends a byte now and then
    settings.EMAIL_ATTEMPT_TIMEOUT = 0.05
    asked = greet()

    deliver()

    assert "TookTooLong" in reread(asked).last_error
    gc.collect()


# A worker that dies


class Killed(BaseException):
    """An exception that the worker does not catch."""


class KillingBackend(BaseEmailBackend):
    def send_messages(self, messages):
        raise Killed


@pytest.fixture
def mail_of_killed_worker(settings):
    """A mail whose worker was killed while it sent the mail."""
    asked, backend = greet(), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.KillingBackend"
    with pytest.raises(Killed):
        deliver()
    settings.EMAIL_BACKEND = backend
    return asked


def test_a_mail_of_a_killed_worker_is_not_sent_before_its_lease_ends(mail_of_killed_worker):
    deliver(at=NOW + delivery.LEASE - MINUTE)

    assert mail.outbox == []
    assert reread(mail_of_killed_worker).leased_until == NOW + datetime.timedelta(minutes=10)


def test_a_mail_of_a_killed_worker_is_sent_after_its_lease_ended(mail_of_killed_worker):
    assert NOW + delivery.LEASE in wakes()

    deliver(at=NOW + delivery.LEASE)

    assert [message.message()["Message-ID"] for message in mail.outbox] == [mail_of_killed_worker.message_id]
    assert reread(mail_of_killed_worker).outcome == "sent"


def test_a_mail_that_kills_every_worker_is_given_up(mail_of_killed_worker, settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.KillingBackend"
    at = NOW
    for _ in delivery.WAITS:
        at += delivery.LEASE
        with pytest.raises(Killed):
            deliver(at=at)
    at += delivery.LEASE
    assert at in wakes()

    deliver(at=at)

    assert (reread(mail_of_killed_worker).outcome, reread(mail_of_killed_worker).finished_at) == ("given_up", at)
    assert reread(mail_of_killed_worker).attempts == len(delivery.WAITS) + 1
    assert reread(mail_of_killed_worker).last_error == "The worker died during the last attempt."
    assert "is given up after 7 attempts: its worker died." in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_mail_whose_success_was_not_recorded_is_sent_again_with_the_same_message_id():
    asked = greet()
    locked = failing('UPDATE .*"finished_at" = ', OperationalError("database is locked"))
    with locked, pytest.raises(OperationalError):
        deliver()

    deliver(at=NOW + delivery.LEASE)

    assert [message.message()["Message-ID"] for message in mail.outbox] == [asked.message_id] * 2


class SlowBackend(BaseEmailBackend):
    """Fails after another worker has sent the mail."""

    def send_messages(self, messages):
        OutboxMail.objects.update(outcome="sent", finished_at=NOW)
        raise smtplib.SMTPServerDisconnected("gone")


@pytest.mark.parametrize("attempts", [0, len(delivery.WAITS)], ids=["first", "last"])
def test_a_late_failure_does_not_overwrite_a_recorded_success(settings, attempts):
    settings.EMAIL_BACKEND = f"{__name__}.SlowBackend"
    asked = greet()
    OutboxMail.objects.update(attempts=attempts)

    deliver()

    assert (reread(asked).outcome, reread(asked).finished_at) == ("sent", NOW)
    assert reread(asked).last_error == ""


def test_the_database_refuses_a_finish_time_without_an_outcome(refused):
    greet()

    for wrong in ({"finished_at": NOW}, {"outcome": "sent"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OutboxMail.objects.update(**wrong)


# Rows that are no longer needed


def test_finished_rows_are_deleted_after_a_week_and_waiting_rows_are_kept(settings):
    old, waiting = greet(), greet(at=NOW + datetime.timedelta(days=30))
    deliver()
    DBTaskResult.objects.update(status="RUNNING", started_at=NOW)  # their workers died

    delivery.prune(at=NOW + delivery.KEPT - MINUTE)
    assert OutboxMail.objects.filter(pk=old.pk).exists()
    assert DBTaskResult.objects.exists()

    delivery.prune(at=NOW + delivery.KEPT)
    assert list(OutboxMail.objects.all()) == [waiting]
    assert not DBTaskResult.objects.exists()


@pytest.mark.parametrize("to", ["kari@example.org", "nobody@example.org"])
def test_a_task_is_scheduled_for_a_week_after_a_mail_is_finished(to):
    greet(to=to)

    deliver()

    assert NOW + delivery.KEPT in wakes()


def test_a_task_is_scheduled_for_a_week_after_a_mail_is_given_up(refused):
    asked = greet()
    OutboxMail.objects.update(attempts=len(delivery.WAITS))

    deliver()

    assert reread(asked).outcome == "given_up"
    assert NOW + delivery.KEPT in wakes()


def test_the_query_for_due_mails_uses_its_index():
    due = OutboxMail.objects.due(NOW).values_list("pk", flat=True)[:1]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")

    assert "mails_to_send" in due.explain()
