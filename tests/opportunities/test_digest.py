"""The digest: one mail for each user and day from seven o'clock on, with what is late or due today."""

import datetime

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from opportunities import transitions
from opportunities.activities import digest, reminders
from opportunities.models import Reminders
from salesflow.mail.models import OutboxMail
from tests.support import factories, mails
from tests.support.db_assertions import unchanged
from tests.support.factories import DAY, HOUR, NOW, TODAY, OpportunityFactory, plan

pytestmark = pytest.mark.django_db

BEFORE_SEVEN = datetime.datetime(2026, 3, 2, 5, 59, tzinfo=datetime.UTC)  # 06:59 in Oslo
SEVEN = datetime.datetime(2026, 3, 2, 6, 0, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _in_oslo(settings):
    settings.TIME_ZONE = "Europe/Oslo"


@pytest.fixture
def reader(rep):
    rep.email = "kari@example.org"
    rep.save()
    return rep


@pytest.fixture
def late(reader):
    opportunity = OpportunityFactory(owner=reader, name="Fleet telematics")
    return plan(opportunity, text="Ring them", due=TODAY - 3 * DAY)


def sent(at=SEVEN):
    """The mails that a run at that time leads to."""
    with time_machine.travel(at, tick=False):
        call_command("send_digest")
        mails.deliver()
    return mail.outbox


def test_the_mail_lists_what_is_late_and_due_today(reader, late):
    opportunity = late.opportunity
    plan(opportunity, text="Send the offer", due=TODAY, time=datetime.time(14, 30))
    plan(opportunity, text="Next week", due=TODAY + 7 * DAY)
    plan(opportunity, text="Some day")

    [message] = sent()

    assert message.to == ["kari@example.org"]
    assert message.subject == "Monday 2 March: 1 task late, 1 task today"
    assert "- Fri 27 Feb Ring them – Fleet telematics" in message.body
    assert "- 14:30 Send the offer – Fleet telematics" in message.body
    assert f"{settings.BASE_URL}{opportunity.get_absolute_url()}\n" in message.body
    assert "Next week" not in message.body
    assert "Some day" not in message.body


def test_the_mail_is_in_the_language_of_its_reader(reader, late):
    reader.language = "nb"
    reader.save()

    [message] = sent()

    assert message.subject == "mandag 2. mars: 1 forfalt oppgave"
    assert "Forfalt (1)" in message.body


def test_a_user_gets_one_mail_a_day_however_often_the_command_runs(late):
    for hour in range(12):
        sent(SEVEN + hour * HOUR)
    assert len(mail.outbox) == 1

    assert len(sent(SEVEN + DAY)) == 2


def test_nothing_is_sent_before_seven(late):
    with unchanged():
        assert sent(BEFORE_SEVEN) == []


def test_a_run_that_was_missed_at_seven_is_made_up_for(late):
    assert len(sent(SEVEN + 5 * HOUR)) == 1


def test_a_user_who_turned_it_off_gets_none(reader, late):
    reminders.set_digest(reader, is_wanted=False)

    assert sent() == []


def test_a_user_without_an_address_or_a_role_or_who_is_disabled_gets_none(reader, late, stranger):
    stranger.email = "stranger@example.org"
    stranger.save()
    for change in ({"email": ""}, {"is_active": False}):
        for name, value in change.items():
            setattr(reader, name, value)
        reader.save()
        assert sent() == []
        reader.email, reader.is_active = "kari@example.org", True


def test_a_user_with_nothing_due_gets_none(reader):
    plan(OpportunityFactory(owner=reader), text="Next week", due=TODAY + 7 * DAY)

    assert sent() == []


def test_what_is_done_before_the_mail_is_written_is_not_in_it(reader, late):
    plan(late.opportunity, text="Next week", due=TODAY + 7 * DAY)
    with time_machine.travel(SEVEN, tick=False):
        assert digest.ask_for_mails(SEVEN) == 1
    factories.complete(late)
    with time_machine.travel(SEVEN + HOUR, tick=False):
        mails.deliver()

    assert mail.outbox == []
    assert OutboxMail.objects.get().outcome == OutboxMail.Outcome.NOTHING_TO_SEND


def test_a_long_list_is_cut_and_says_so(reader):
    opportunity = OpportunityFactory(owner=reader)
    for number in range(digest.MOST_TASKS + 5):
        plan(opportunity, text=f"Call {number}", due=TODAY)

    [message] = sent()

    assert message.body.count("- Call") == digest.MOST_TASKS
    assert "The first 30 of 35 are listed." in message.body


def test_a_run_that_is_slower_asks_for_no_second_mail(reader, late):
    Reminders.objects.create(user=reader, digest_sent_on=TODAY)

    assert digest._ask_for_mail(reader, TODAY, SEVEN) is False
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize(("wanted", "status"), [("on", 303), ("off", 303), ("", 400), ("maybe", 400), (None, 400)])
def test_the_page_turns_it_on_and_off(reader, client_of, wanted, status):
    client = client_of(reader)

    answer = client.post(reverse("set_digest"), {} if wanted is None else {"wanted": wanted})

    assert answer.status_code == status
    assert reminders.of(reader).wants_digest is (wanted != "off")


def test_the_page_says_where_the_mail_goes(reader, client_of):
    client = client_of(reader)
    assert "kari@example.org" in client.get(reverse("my_tasks")).content.decode()

    client.post(reverse("set_digest"), {"wanted": "off"})

    assert "You get no mail about your tasks." in client.get(reverse("my_tasks")).content.decode()


def test_at_summer_time_seven_is_an_hour_earlier(reader):
    opportunity = OpportunityFactory(owner=reader)
    plan(opportunity, text="Ring them", due=datetime.date(2026, 7, 1))
    summer = datetime.datetime(2026, 7, 1, 5, 0, tzinfo=datetime.UTC)

    assert sent(summer - datetime.timedelta(minutes=1)) == []
    assert len(sent(summer)) == 1


# Nothing planned


def test_the_mail_lists_the_readers_open_opportunities_without_a_next_step(reader, late, colleague):
    bare = OpportunityFactory(owner=reader, name="Bare")
    OpportunityFactory(owner=colleague, name="Of another")
    transitions.hold(
        opportunity=OpportunityFactory(owner=reader, name="Paused"), by=reader, at=NOW, reason="They wait."
    )

    [message] = [each for each in sent() if each.to == [reader.email]]

    assert message.subject == "Monday 2 March: 1 task late, 1 without a next step"
    assert f"Without a next step (1)\n- Bare\n  {settings.BASE_URL}{bare.get_absolute_url()}\n" in message.body
    assert "Of another" not in message.body
    assert "Paused" not in message.body


def test_a_user_gets_a_mail_if_only_a_next_step_is_missing_in_norwegian_too(reader):
    reader.language = "nb"
    reader.save()
    OpportunityFactory(owner=reader, name="Bare")

    [message] = sent()

    assert message.subject == "mandag 2. mars: 1 uten neste steg"
    assert "Uten neste steg (1)\n- Bare\n" in message.body


def test_a_long_list_of_what_has_no_next_step_is_cut_and_links_to_all(reader, client_of):
    for number in range(digest.MOST_UNPLANNED + 2):
        OpportunityFactory(owner=reader, name=f"Bare {number}.")

    [message] = sent()
    address = message.body.split("All of them: ")[1].split()[0].removeprefix(settings.BASE_URL)
    listed = client_of(reader).get(address).content.decode()

    assert message.body.count("- Bare") == digest.MOST_UNPLANNED
    assert all(f"Bare {number}." in listed for number in range(digest.MOST_UNPLANNED + 2))
