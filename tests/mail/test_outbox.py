"""Mails leave by the outbox: at least once, never again after a recorded success."""

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


def test_asking_for_a_mail_sends_nothing_and_wakes_the_worker():
    greet()

    assert mail.outbox == []
    assert OutboxMail.objects.get().outcome == "waiting"
    assert DBTaskResult.objects.count() == 1


def test_the_worker_sends_it_with_its_message_id():
    asked = greet()

    deliver()

    assert [message.to for message in mail.outbox] == [["kari@example.org"]]
    assert mail.outbox[0].message()["Message-ID"] == asked.message_id
    assert asked.message_id.endswith("@localhost>")
    assert (reread(asked).outcome, reread(asked).finished_at) == ("sent", NOW)


def test_a_mail_that_was_sent_is_not_sent_again():
    greet()

    deliver()
    deliver(at=NOW + datetime.timedelta(days=1))

    assert len(mail.outbox) == 1


def test_a_mail_with_nothing_to_send_is_finished():
    asked = greet(to="nobody@example.org")

    deliver()

    assert mail.outbox == []
    assert reread(asked).outcome == "nothing"


def test_a_kind_that_no_app_knows_is_refused():
    with pytest.raises(LookupError, match="unheard_of"):
        outbox.send(kind="unheard_of", at=NOW)

    assert not OutboxMail.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_what_a_transaction_takes_back_is_not_sent():
    with transaction.atomic():
        greet()
        transaction.set_rollback(True)

    deliver()

    assert mail.outbox == []
    assert not DBTaskResult.objects.exists()


# A mail server that fails


def test_a_refused_mail_waits_longer_each_time_and_is_given_up_in_the_end(refused, caplog):
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


def test_a_refused_mail_is_not_tried_before_its_time(refused):
    asked = greet()

    deliver()
    deliver(at=NOW + MINUTE / 2)

    assert reread(asked).attempts == 1


def test_the_worker_is_woken_for_the_next_attempt(refused):
    greet()

    deliver()

    assert NOW + delivery.WAITS[0] in wakes()


def test_the_next_attempt_has_the_same_message_id(refused, settings):
    asked = greet()
    deliver()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    deliver(at=NOW + MINUTE)

    assert [message.message()["Message-ID"] for message in mail.outbox] == [asked.message_id]


def test_one_mail_that_fails_does_not_hold_up_the_next():
    def broken(asked):
        raise ZeroDivisionError

    kinds.register("broken", broken)
    outbox.send(kind="broken", at=NOW)
    greet()

    deliver()

    assert len(mail.outbox) == 1


def test_a_dead_mail_server_is_logged_and_tried_again(dead_server, caplog):
    asked = greet()

    deliver()

    assert "ConnectionRefusedError" in reread(asked).last_error
    assert "was not sent at attempt 1" in caplog.text
    assert reread(asked).outcome == "waiting"


def test_a_silent_mail_server_is_left_after_the_time_limit(hanging_server, settings):
    assert settings.EMAIL_TIMEOUT == 10
    settings.EMAIL_TIMEOUT = 0.05
    asked = greet()

    deliver()

    assert hanging_server.asked.is_set()
    assert "timed out" in reread(asked).last_error
    assert reread(asked).outcome == "waiting"


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # smtplib leaves its socket to the garbage collector
def test_a_mail_server_that_drips_is_left_too(hanging_server, settings):
    settings.EMAIL_TIMEOUT = None  # as good as none, for a server that says a word now and then
    settings.EMAIL_ATTEMPT_TIMEOUT = 0.05
    asked = greet()

    deliver()

    assert "TookTooLong" in reread(asked).last_error
    gc.collect()


# A worker that dies


class Killed(BaseException):
    """What no worker catches."""


class KillingBackend(BaseEmailBackend):
    def send_messages(self, messages):
        raise Killed


@pytest.fixture
def killed(settings):
    """A mail that a worker had in hand when it was killed."""
    asked, backend = greet(), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.KillingBackend"
    with pytest.raises(Killed):
        deliver()
    settings.EMAIL_BACKEND = backend
    return asked


def test_the_mail_of_a_killed_worker_is_left_alone_while_its_lease_runs(killed):
    deliver(at=NOW + delivery.LEASE - MINUTE)

    assert mail.outbox == []
    assert reread(killed).leased_until == NOW + datetime.timedelta(minutes=10)


def test_the_mail_of_a_killed_worker_is_sent_when_its_lease_has_run_out(killed):
    assert NOW + delivery.LEASE in wakes()

    deliver(at=NOW + delivery.LEASE)

    assert [message.message()["Message-ID"] for message in mail.outbox] == [killed.message_id]
    assert reread(killed).outcome == "sent"


def test_a_mail_that_kills_every_worker_is_given_up_in_the_end(killed, settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.KillingBackend"
    at = NOW
    for _ in delivery.WAITS:
        at += delivery.LEASE
        with pytest.raises(Killed):
            deliver(at=at)
    at += delivery.LEASE
    assert at in wakes()

    deliver(at=at)

    assert (reread(killed).outcome, reread(killed).finished_at) == ("given_up", at)
    assert reread(killed).attempts == len(delivery.WAITS) + 1
    assert reread(killed).last_error == "The worker died during the last attempt."
    assert "is given up after 7 attempts: its worker died." in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_success_that_could_not_be_recorded_is_sent_again_under_the_same_message_id():
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
def test_a_slow_worker_that_fails_takes_back_no_success(settings, attempts):
    settings.EMAIL_BACKEND = f"{__name__}.SlowBackend"
    asked = greet()
    OutboxMail.objects.update(attempts=attempts)

    deliver()

    assert (reread(asked).outcome, reread(asked).finished_at) == ("sent", NOW)
    assert reread(asked).last_error == ""


def then(act):
    """A kind of mail: `act` happens right after the mail server has taken the mail."""

    class Greeting(EmailMessage):
        def send(self, *args, **options):
            super().send(*args, **options)
            act()

    return lambda asked: Greeting("Hello", "Hello", to=[asked.to])


def test_a_waiting_mail_has_no_end_and_a_finished_one_has(refused):
    greet()

    for wrong in ({"finished_at": NOW}, {"outcome": "sent"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OutboxMail.objects.update(**wrong)


# Rows that nobody needs any more


def test_finished_rows_go_after_a_week_and_waiting_ones_stay(settings):
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
def test_a_worker_is_woken_when_a_finished_row_is_a_week_old(to):
    greet(to=to)

    deliver()

    assert NOW + delivery.KEPT in wakes()


def test_a_mail_that_is_given_up_wakes_a_worker_a_week_later(refused):
    asked = greet()
    OutboxMail.objects.update(attempts=len(delivery.WAITS))

    deliver()

    assert reread(asked).outcome == "given_up"
    assert NOW + delivery.KEPT in wakes()


def test_finding_what_is_due_uses_its_index():
    due = OutboxMail.objects.due(NOW).values_list("pk", flat=True)[:1]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")

    assert "mails_to_send" in due.explain()
