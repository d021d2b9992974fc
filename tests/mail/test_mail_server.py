"""Mails on their way to a real mail server that refuses, hangs, drops and delays."""

import datetime

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from salesflow.mail import delivery, kinds, outbox
from salesflow.mail.models import Attempt, OutboxMail

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def greeting():
    kinds.register("greeting", lambda asked: EmailMessage("Hello", "Good morning", to=[asked.to]))


def greet(at=NOW):
    return outbox.send(kind="greeting", to="kari@example.org", at=at)


def deliver(at=NOW):
    delivery.deliver_due(clock=lambda: at)


def attempts():
    return list(Attempt.objects.values_list("number", "outcome", "why", "code"))


FAILURES = [
    ("550 to RCPT", "refused", 550),
    ("451 to RCPT", "refused", 451),
    ("554 to DATA", "refused", 554),
    ("452 to DATA", "refused", 452),
    ("hang", "no_answer", None),
    ("drop", "no_connection", None),
]


@pytest.mark.parametrize(("behaviour", "why", "code"), FAILURES, ids=[each[0] for each in FAILURES])
def test_a_failed_attempt_says_why_and_the_next_delivers_the_mail_once(mail_server, behaviour, why, code):
    mail_server.behaviours = [behaviour]
    asked = greet()

    deliver()
    assert mail_server.received == []
    deliver(at=NOW + MINUTE / 2)
    deliver(at=NOW + delivery.WAITS[0])
    deliver(at=NOW + 1000 * MINUTE)

    assert attempts() == [(1, "failed", why, code), (2, "sent", "", None)]
    assert [message["Message-ID"] for message in mail_server.received] == [asked.message_id]
    assert Attempt.objects.get(number=1).next_attempt_at == NOW + delivery.WAITS[0]


def test_a_mail_that_was_taken_without_an_answer_is_sent_again_with_the_same_message_id(mail_server):
    mail_server.behaviours = ["drop after"]
    asked = greet()

    deliver()
    deliver(at=NOW + delivery.WAITS[0])

    assert [message["Message-ID"] for message in mail_server.received] == [asked.message_id] * 2
    assert attempts() == [(1, "failed", "no_connection", None), (2, "sent", "", None)]


def test_a_server_that_is_slow_within_the_limit_gets_the_mail_once(mail_server):
    mail_server.behaviours = ["delay"]
    greet()

    deliver()
    deliver(at=NOW + 1000 * MINUTE)

    assert len(mail_server.received) == 1
    assert attempts() == [(1, "sent", "", None)]


def test_a_mail_that_is_refused_seven_times_is_given_up_with_every_attempt(mail_server):
    mail_server.behaviours = ["550 to RCPT"] * 10
    asked, at = greet(), NOW
    while (found := OutboxMail.objects.get(pk=asked.pk)).finished_at is None:
        at = found.next_attempt_at
        deliver(at)

    assert [number for number, *_rest in attempts()] == [1, 2, 3, 4, 5, 6, 7]
    assert (found.outcome, Attempt.objects.get(number=7).next_attempt_at) == ("given_up", None)
    assert mail_server.received == []


def test_a_mail_behind_one_that_hangs_is_delivered(mail_server):
    mail_server.behaviours = ["hang"]
    greet()
    behind = greet(at=NOW + MINUTE / 60)

    deliver(at=NOW + MINUTE / 60)

    assert [message["Message-ID"] for message in mail_server.received] == [behind.message_id]


# Without a worker


def test_send_outbox_sends_what_is_due_and_leaves_no_task_behind(mail_server, capsys):
    greet(at=timezone.now() - MINUTE)
    greet(at=timezone.now() + MINUTE)

    call_command("send_outbox")

    assert len(mail_server.received) == 1
    assert "Mails: 1" in capsys.readouterr().out
    assert not DBTaskResult.objects.ready().exists()


def test_send_outbox_leaves_a_mail_alone_that_a_worker_is_sending(mail_server):
    asked = greet(at=timezone.now() - MINUTE)
    assert delivery._lease_next(timezone.now()) == asked

    call_command("send_outbox")

    assert mail_server.received == []
    assert attempts() == [(1, "", "", None)]


def test_send_outbox_leaves_the_task_of_a_later_attempt(mail_server):
    mail_server.behaviours = ["451 to RCPT"]
    greet(at=timezone.now() - MINUTE)

    call_command("send_outbox")

    planned = DBTaskResult.objects.filter(run_after__gt=timezone.now(), run_after__year__lt=9999)
    assert planned.filter(run_after=Attempt.objects.get().next_attempt_at).exists()
