"""Password reset by mail. It does not reveal which addresses are known, and no request waits for the mail server."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from salesflow.mail.models import OutboxMail
from salesflow.users.models import User
from tests.support.factories import UserFactory
from tests.support.mails import deliver, link

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "rep@example.org", "nobody@example.org"


@pytest.fixture
def ask(client):
    def for_a_reset(email, **how):
        return client.post("/user/password/reset/", {"email": email}, **how)

    return for_a_reset


def statements(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return [without_values(query["sql"]) for query in captured]


def without_values(sql):
    """The statement without its values."""
    return re.split(r" VALUES | SET | WHERE | \"s[0-9]", sql)[0]


def test_known_and_unknown_addresses_get_the_same_response(rep, ask):
    known, unknown = ask(KNOWN), ask(UNKNOWN)

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    deliver()
    assert [message.to for message in mail.outbox] == [[KNOWN]]


def test_known_and_unknown_addresses_run_the_same_statements(rep, ask):
    ask("somebody@example.org")  # the first request of a client runs more statements

    assert statements(lambda: ask(KNOWN)) == statements(lambda: ask(UNKNOWN))


def test_a_request_reads_no_user_and_sends_nothing(rep, ask):
    asked = statements(lambda: ask(KNOWN))

    assert not [statement for statement in asked if '"users_user"' in statement]
    assert mail.outbox == []


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_a_request_does_not_wait_for_a_silent_mail_server(rep, ask, hanging_server, email):
    assert ask(email).status_code == 302
    assert not hanging_server.asked.is_set()


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_a_request_succeeds_when_the_mail_server_is_down(rep, ask, dead_server, email):
    assert ask(email).status_code == 302


def test_a_mail_is_sent_later_when_the_mail_server_was_down(rep, ask, dead_server, settings):
    ask(KNOWN)
    deliver()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    OutboxMail.objects.update(next_attempt_at=OutboxMail.objects.get().asked_at)

    deliver()

    assert [message.to for message in mail.outbox] == [[KNOWN]]


def test_the_outbox_and_its_tasks_store_no_link(rep, ask):
    ask(KNOWN)
    deliver()

    rows = [*OutboxMail.objects.values(), *DBTaskResult.objects.values()]
    assert not any("/user/password" in str(row) or "://" in str(row) for row in rows)
    assert not any(link().rsplit("/", 2)[1] in str(row) for row in rows)


@pytest.mark.parametrize("host", ["localhost:6666", "127.0.0.1"])
def test_the_link_uses_the_configured_site_address(rep, ask, settings, host):
    settings.BASE_URL = "https://sales.example.com"

    ask(KNOWN, headers={"host": host})
    deliver()

    assert link().startswith("https://sales.example.com/user/password/reset/key/")
    assert host not in str(mail.outbox[0].message())


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [
        ("en", "Choose a new Salesflow password", "Your user name is rep."),
        ("nb", "Velg et nytt passord for Salesflow", "Brukernavnet ditt er rep."),
    ],
)
def test_the_mail_is_in_the_language_of_the_user(rep, ask, language, subject, said):
    User.objects.filter(pk=rep.pk).update(language=language, first_name="Kåre & Søn")

    ask(KNOWN)
    deliver()

    assert mail.outbox[0].subject == subject
    assert said in mail.outbox[0].body
    assert "Kåre & Søn Nordmann" in mail.outbox[0].body


def test_a_disabled_user_gets_no_mail(rep, ask):
    User.objects.filter(pk=rep.pk).update(is_active=False)

    ask(KNOWN)
    deliver()

    assert mail.outbox == []
    assert OutboxMail.objects.get().outcome == "nothing"


def test_the_mail_goes_to_the_stored_address_of_the_user(rep, ask):
    ask("REP@Example.org")
    deliver()

    assert mail.outbox[0].to == [KNOWN]


def test_an_empty_address_matches_no_user(ask):
    UserFactory(email="")

    ask("")
    deliver()

    assert mail.outbox == []
