"""The digest: one mail for each user and day from seven o'clock on, with what is late or due today."""

import datetime

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from opportunities import transitions
from opportunities.activities import digest, digest_parts, reminders
from opportunities.models import Reminders
from salesflow.mail.models import OutboxMail
from salesflow.users import absences
from salesflow.users.models import SALES_MANAGER, User
from tests.support import factories, mails
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    DAY,
    DEVELOP,
    HOUR,
    NOW,
    TODAY,
    OpportunityFactory,
    UnitFactory,
    opportunity_in,
    plan,
)

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
    for number in range(digest_parts.MOST_TASKS + 5):
        plan(opportunity, text=f"Call {number}", due=TODAY)

    [message] = sent()

    assert message.body.count("- Call") == digest_parts.MOST_TASKS
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
    for number in range(digest_parts.MOST_UNPLANNED + 2):
        OpportunityFactory(owner=reader, name=f"Bare {number}.")

    [message] = sent()
    address = message.body.split("All of them: ")[1].split()[0].removeprefix(settings.BASE_URL)
    listed = client_of(reader).get(address).content.decode()

    assert message.body.count("- Bare") == digest_parts.MOST_UNPLANNED
    assert all(f"Bare {number}." in listed for number in range(digest_parts.MOST_UNPLANNED + 2))


# Requests that wait


def test_a_manager_gets_a_mail_if_only_a_request_waits(manager, rep):
    User.objects.filter(pk=manager.pk).update(email="ingrid@example.org")
    opportunity = opportunity_in(DEVELOP, owner=rep, name="Ferries", next_step="Wait")
    factories.ask(opportunity)

    [message] = sent()

    assert message.to == ["ingrid@example.org"]
    assert message.subject == "Monday 2 March: 1 request"
    assert "Requests that wait for an answer (1)\n- Kari Nordmann asks to close as lost – Ferries\n" in message.body
    assert f"{settings.BASE_URL}{reverse('close_request', args=[opportunity.pk])}\n" in message.body


def test_a_lead_gets_no_mail_about_a_request_of_another_unit(manager, rep):
    UnitFactory(lead=manager)
    User.objects.filter(pk=manager.pk).update(email="ingrid@example.org", sees_all=False)
    factories.ask(opportunity_in(DEVELOP, owner=rep, name="Ferries", next_step="Wait"))

    with time_machine.travel(SEVEN, tick=False), unchanged():
        assert digest.ask_for_mails(SEVEN) == 0


# A person who is away


@pytest.fixture
def deputy(reader, colleague):
    """Ola, who acts for Kari from Monday until Thursday."""
    User.objects.filter(pk=colleague.pk).update(email="ola@example.org")
    days = {"first_day": TODAY, "last_day": TODAY + 3 * DAY}
    absences.add(person=reader, deputy=colleague, **days, by=reader, today=TODAY)
    return User.objects.get(pk=colleague.pk)


def to(person, at=SEVEN):
    return next((each for each in sent(at) if each.to == [person.email]), None)


def test_the_deputy_gets_what_is_due_for_the_person_who_is_away_and_so_does_the_person(reader, deputy, late):
    OpportunityFactory(owner=reader, name="Bare")
    plan(OpportunityFactory(owner=deputy, name="Own"), text="Own call", due=TODAY)

    message = to(deputy)

    assert message.subject == ("Monday 2 March: 1 task today; for Kari Nordmann: 1 task late, 1 without a next step")
    own, theirs = message.body.split("For Kari Nordmann, who is away until Thu 5 Mar\n")
    assert "Own call" in own
    assert "Ring them" not in own
    assert f"{settings.BASE_URL}/?person={reader.pk}\n" in theirs
    assert "Ring them – Fleet telematics" in theirs
    assert "- Bare\n" in theirs
    assert [each.to for each in mail.outbox if "Ring them" in each.body] == [[reader.email], [deputy.email]]


def test_the_part_for_the_person_who_is_away_is_in_the_language_of_the_deputy(reader, deputy, late):
    User.objects.filter(pk=deputy.pk).update(language="nb")

    message = to(deputy)

    assert message.subject == "mandag 2. mars: for Kari Nordmann: 1 forfalt oppgave"
    assert "For Kari Nordmann, som er borte til tor 5. mar" in message.body


def test_the_deputy_gets_nothing_on_a_day_after_the_absence(deputy, late):
    assert to(deputy, SEVEN + 4 * DAY) is None


def test_an_absence_that_ended_before_the_mail_is_written_is_not_in_it(reader, deputy, late):
    with time_machine.travel(SEVEN, tick=False):
        assert digest.ask_for_mails(SEVEN) == 2
        absences.end(reader.absences.get(), today=TODAY)
        mails.deliver()

    assert [each.to for each in mail.outbox] == [[reader.email]]


def test_the_deputy_of_a_lead_gets_the_requests_that_the_lead_sees_and_no_others(rep, colleague):
    lead = factories.UserFactory(role=SALES_MANAGER, first_name="Liv", last_name="Moe", email="liv@example.org")
    other = factories.UserFactory()
    User.objects.filter(pk=rep.pk).update(unit=UnitFactory(lead=lead))
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    User.objects.filter(pk=colleague.pk).update(email="ola@example.org")
    seen = opportunity_in(DEVELOP, owner=rep, name="Ferries", next_step="Wait")
    factories.ask(seen)
    step = factories.step("customer_need")
    transitions.ask_for_waiver(opportunity=seen, step=step, by=rep, at=NOW, reason="They do not know.")
    factories.ask(opportunity_in(DEVELOP, owner=other, name="Hidden", next_step="Wait"))
    absences.add(person=lead, deputy=colleague, first_day=TODAY, last_day=TODAY, by=lead, today=TODAY)

    message = to(User.objects.get(pk=colleague.pk))

    assert message.subject == "Monday 2 March: for Liv Moe: 2 requests"
    assert "For Liv Moe, who is away until Mon 2 Mar" in message.body
    assert "Kari Nordmann asks to close as lost – Ferries" in message.body
    assert "Kari Nordmann asks to waive “Customer need” – Ferries" in message.body
    assert "Hidden" not in message.body


def test_a_deputy_who_may_only_read_now_gets_nothing_for_another(reader, deputy, late):
    deputy.groups.clear()

    assert to(deputy) is None
