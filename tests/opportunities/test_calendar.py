"""The calendar feed: open tasks with a date, at a secret address that its user can end."""

import datetime

import pytest
import vobject
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from opportunities.activities import reminders
from opportunities.editing.rules import InvalidEntry
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import DAY, TODAY, AccountFactory, OpportunityFactory, plan
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_oslo(settings):
    settings.TIME_ZONE = "Europe/Oslo"


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep, name="Fleet; telematics, phase 2", account=AccountFactory(name="Nordlys"))


def address_of(user):
    reminders.make_calendar(user)
    return reverse("calendar", args=[user.pk, reminders.calendar_key(reminders.of(user))])


def entries(address):
    """What a calendar program reads there, without signing in."""
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_task_with_a_date_takes_the_whole_day(rep, opportunity):
    task = plan(opportunity, text="Ring them", due=TODAY)

    [entry] = entries(address_of(rep))

    assert entry["summary"] == "Ring them – Fleet; telematics, phase 2"
    assert entry["dtstart"].dt == TODAY
    assert entry["description"] == "Nordlys"
    assert entry["url"].endswith(opportunity.get_absolute_url())
    assert entry["uid"].startswith(f"task-{task.pk}@")


def test_a_task_with_a_time_is_at_that_time_of_the_organisation(rep, opportunity):
    plan(opportunity, text="Ring them", due=TODAY, time=datetime.time(14, 30))
    plan(opportunity, text="Ring again", due=datetime.date(2026, 7, 1), time=datetime.time(14, 30))

    winter, summer = entries(address_of(rep))

    assert winter["dtstart"].dt == datetime.datetime(2026, 3, 2, 13, 30, tzinfo=datetime.UTC)
    assert winter["dtend"].dt == datetime.datetime(2026, 3, 2, 14, 0, tzinfo=datetime.UTC)
    assert summer["dtstart"].dt == datetime.datetime(2026, 7, 1, 12, 30, tzinfo=datetime.UTC)


def test_tasks_without_a_date_or_of_others_or_ended_are_left_out(rep, colleague, opportunity):
    factories.add_team_member(opportunity, user=colleague)
    plan(opportunity, text="Some day")
    plan(opportunity, text="Theirs", due=TODAY, owner=colleague)
    factories.complete(plan(opportunity, text="Done", due=TODAY))

    assert entries(address_of(rep)) == []


def test_a_hostile_text_stays_within_its_entry(rep, opportunity):
    plan(opportunity, text="Ring; them, now\\nEND:VEVENT BEGIN:VALARM <b>", due=TODAY)

    calendar = Calendar.from_ical(Client().get(address_of(rep)).content)

    assert len(calendar.walk("VEVENT")) == 1
    assert calendar.walk("VALARM") == []


def test_a_new_address_ends_the_old_one(rep, opportunity):
    plan(opportunity, text="Ring them", due=TODAY)
    old = address_of(rep)
    new = address_of(rep)

    assert Client().get(old).status_code == 404
    assert len(entries(new)) == 1


def test_the_address_ends_with_the_right_to_sign_in(rep, opportunity):
    address = address_of(rep)
    rep.is_active = False
    rep.save()
    assert Client().get(address).status_code == 404

    rep.is_active = True
    rep.save()
    rep.groups.clear()
    assert Client().get(address).status_code == 404


def test_no_other_key_opens_it(rep, colleague, opportunity):
    key = reminders.calendar_key
    mine, theirs = address_of(rep), address_of(colleague)
    assert mine.rsplit("/", 2)[1] != theirs.rsplit("/", 2)[1]
    wrong = [
        (rep.pk, key(reminders.of(colleague))),
        (rep.pk, "x"),
        (rep.pk, "é"),
        (999_999, key(reminders.of(rep))),
    ]

    for user, secret in wrong:
        assert Client().get(reverse("calendar", args=[user, secret])).status_code == 404


def test_an_id_that_no_database_holds_is_no_calendar(rep):
    address = reverse("calendar", args=[2**63, "x"])

    assert Client(raise_request_exception=False).get(address).status_code in (400, 404)  # SQLite, PostgreSQL


def test_a_user_without_a_calendar_has_no_address(rep):
    without = reminders.of(rep)
    assert reminders.calendar_key(without) == ""
    reminders.set_digest(rep, is_wanted=True)

    for key in ("", "0" * 64):
        assert Client().get(f"/feeds/{rep.pk}/{key}/tasks.ics").status_code == 404


def test_reading_it_writes_nothing_and_no_one_stores_it(rep, opportunity):
    address = address_of(rep)

    with unchanged():
        answer = Client().get(address)
        assert Client().post(address).status_code == 405

    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer


def test_the_page_makes_shows_and_ends_the_address(rep, client_of):
    client, page = client_of(rep), reverse("my_tasks")

    Form(client.get(page), reverse("make_calendar")).press(client, "Make an address for the calendar")
    address = client.get(page).context["calendar_address"]
    assert address in client.get(page).content.decode()
    assert entries(address[address.index("/feeds/") :]) == []

    Form(client.get(page), reverse("make_calendar")).press(client, "End the address")
    assert client.get(page).context["calendar_address"] == ""
    assert Client().get(address[address.index("/feeds/") :]).status_code == 404


def test_the_calendar_is_named_in_the_language_of_its_user(rep, opportunity):
    rep.language = "nb"
    rep.save()

    calendar = Calendar.from_ical(Client().get(address_of(rep)).content)

    assert calendar["x-wr-calname"] == "Salesflow: oppgavene til Kari Nordmann"


def test_another_library_reads_every_kind_of_entry(rep, client_of):
    """`vobject`, of calendar servers and programs, does not share the code that writes the feed."""
    fleet = OpportunityFactory(owner=rep, name="Flåte; på sjø, år 2", account=AccountFactory(name="Ærlig & Ørn\\Å"))
    plain = OpportunityFactory(owner=rep, name="Vans")
    long_text = "Ring Åse på " + "Brønnøysund " * 15
    plan(fleet, text="Send tilbud", due=TODAY - 9 * DAY)
    plan(fleet, text="Ring dem: nå", due=TODAY, time=datetime.time(14, 30))
    plan(fleet, text=long_text.strip(), due=TODAY + DAY)
    plan(plain, text="Send offer", due=TODAY + 2 * DAY)
    plan(plain, text="Some day")
    factories.complete(plan(plain, text="Done", due=TODAY))
    address = address_of(rep)
    with refused(InvalidEntry):  # so no entry has one
        plan(plain, text="A line\nbreak", due=TODAY)

    content = Client().get(address).content

    assert all(len(line) <= 75 and b"\n" not in line for line in content.split(b"\r\n"))
    calendar = vobject.readOne(content.decode())
    assert (calendar.name, calendar.version.value) == ("VCALENDAR", "2.0")
    late, at_a_time, long, of_none = calendar.vevent_list
    assert late.summary.value == "Send tilbud – Flåte; på sjø, år 2"
    assert (late.dtstart.value, late.description.value) == (TODAY - 9 * DAY, "Ærlig & Ørn\\Å")
    assert at_a_time.summary.value == "Ring dem: nå – Flåte; på sjø, år 2"
    assert at_a_time.dtstart.value == datetime.datetime(2026, 3, 2, 13, 30, tzinfo=datetime.UTC)
    assert at_a_time.dtend.value - at_a_time.dtstart.value == datetime.timedelta(minutes=30)
    assert long.summary.value == f"{long_text.strip()} – Flåte; på sjø, år 2"
    assert (of_none.summary.value, of_none.dtstart.value) == ("Send offer – Vans", TODAY + 2 * DAY)
    assert not hasattr(of_none, "description")
    assert of_none.url.value.endswith(plain.get_absolute_url())
    assert len({entry.uid.value for entry in calendar.vevent_list}) == 4

    client, page = client_of(rep), reverse("my_tasks")
    Form(client.get(page), reverse("make_calendar")).press(client, "End the address")
    assert Client().get(address).status_code == 404
