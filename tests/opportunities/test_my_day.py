"""My day: what is asked of whom, that each number leads to exactly that list, and what a new rep sees."""

import copy
import datetime
import re
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities import transitions
from opportunities.models import Opportunity, write_guard
from opportunities.pipeline import my_day
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    NOW,
    QUALIFY,
    TODAY,
    AccountFactory,
    OpportunityFactory,
    add_team_member,
    finished_opportunity,
    opportunity_in,
    ready_opportunity,
    won_opportunity,
)

pytestmark = pytest.mark.django_db

TITLES = {
    "overdue": "Overdue",
    "today": "Due today",
    "ready": "Ready to advance",
    "closing": "Closing this month",
    "unplanned": "Nothing planned",
}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def names(user, at=NOW):
    """What stands in each section that is not empty."""
    day = my_day.of(user, at=at)
    return {
        section.name: [line.opportunity.name for line in section.lines] for section in day.sections if section.count
    }


def planned(name, owner, due=None, **entries):
    return OpportunityFactory(name=name, owner=owner, next_step="Ring them", next_step_due=due, **entries)


def held(opportunity):
    transitions.hold(opportunity=opportunity, by=opportunity.owner, at=NOW, reason="They reorganise.")


def copies(opportunity, count):
    made = [copy.copy(opportunity) for _ in range(count)]
    for each in made:
        each.pk = None
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(made)


def page_of(client, address="/"):
    response = client.get(address)
    assert response.status_code == 200
    return unescape(response.content.decode())


def tiles(page):
    """Each tile's count and the list it leads to, by its title."""
    found = re.findall(r'<a class="tile[^"]*" href="([^"]+)">\s*<b>([\d,]+)</b>\s*<span>([^<]+)</span>', page)
    return {title: (int(count.replace(",", "")), address) for address, count, title in found}


def listed(client, address):
    return set(re.findall(r'<th scope="row"[^>]*>\s*<a [^>]*>([^<]+)</a>', page_of(client, address)))


# What stands in the sections


def test_a_next_step_is_overdue_the_day_after_it_was_due(rep):
    planned("late", rep, TODAY - DAY)
    planned("now", rep, TODAY)
    planned("soon", rep, TODAY + DAY)
    planned("some time", rep)

    assert names(rep) == {"overdue": ["late"], "today": ["now"]}


def test_today_is_the_date_of_the_organisation(rep):
    late_in_the_evening = datetime.datetime(2026, 3, 2, 23, 30, tzinfo=datetime.UTC)  # half past midnight in Oslo
    planned("tomorrow's", rep, TODAY + DAY)

    assert names(rep, at=late_in_the_evening) == {"today": ["tomorrow's"]}


def test_what_is_longest_overdue_stands_first_and_says_for_how_long(rep):
    planned("a day", rep, TODAY - DAY)
    planned("a week", rep, TODAY - 7 * DAY)

    lines = my_day.of(rep, at=NOW).sections[0].lines

    assert [(line.opportunity.name, line.days_late) for line in lines] == [("a week", 7), ("a day", 1)]


def test_what_is_ready_can_move_on_and_finished_ones_wait_to_be_closed(rep):
    ready_opportunity(DEVELOP, owner=rep, name="ready", next_step="Ring", estimated_revenue=9)
    finished_opportunity(owner=rep, name="finished", next_step="Ring", estimated_revenue=8)
    opportunity_in(CLOSE, owner=rep, name="not ready", next_step="Ring")

    assert names(rep) == {"ready": ["ready", "finished"]}


@pytest.mark.parametrize(
    ("expected", "is_shown"),
    [
        (datetime.date(2026, 2, 28), False),
        (datetime.date(2026, 3, 1), True),
        (datetime.date(2026, 3, 31), True),
        (datetime.date(2026, 4, 1), False),
        (datetime.date(2027, 3, 2), False),
        (None, False),
    ],
)
def test_what_closes_this_month_is_of_this_month(rep, expected, is_shown):
    planned("expected", rep, estimated_close_date=expected)

    assert names(rep) == ({"closing": ["expected"]} if is_shown else {})


def test_nothing_is_planned_when_there_is_neither_a_step_nor_a_day(rep):
    OpportunityFactory(owner=rep, name="nothing")
    OpportunityFactory(owner=rep, name="a day", next_step_due=TODAY + DAY)
    planned("a step", rep)

    assert names(rep) == {"unplanned": ["nothing"]}


def test_on_hold_nothing_is_asked_but_what_has_a_date(rep):
    held(OpportunityFactory(owner=rep, name="unplanned"))
    held(ready_opportunity(QUALIFY, owner=rep, name="ready", next_step="Ring"))
    held(planned("late", rep, TODAY - DAY, estimated_close_date=TODAY))

    assert names(rep) == {"overdue": ["late"], "closing": ["late"]}


def test_what_is_closed_or_of_others_asks_nothing(rep, colleague, manager):
    won_opportunity(owner=rep, next_step_due=TODAY - DAY, estimated_close_date=TODAY)
    add_team_member(planned("ours", colleague, TODAY), user=rep)

    assert names(rep) == {}
    assert names(manager) == {}
    assert my_day.of(manager, at=NOW).open == 0


# The page


@pytest.fixture
def full_day(rep, colleague):
    planned("late", rep, TODAY - 3 * DAY, account=AccountFactory(name="Havbris AS"), estimated_revenue=480000)
    held(planned("late and held", rep, TODAY - DAY))
    planned("now", rep, TODAY)
    planned("closing", rep, estimated_close_date=TODAY)
    ready_opportunity(QUALIFY, owner=rep, name="ready", next_step="Ring")
    held(ready_opportunity(QUALIFY, owner=rep, name="ready and held", next_step="Ring"))
    OpportunityFactory(owner=rep, name="unplanned")
    held(OpportunityFactory(owner=rep, name="unplanned and held"))
    won_opportunity(owner=rep, name="won", next_step_due=TODAY, estimated_close_date=TODAY)
    OpportunityFactory(owner=colleague, name="of a colleague")


def test_each_number_leads_to_exactly_that_list(client_of, rep, full_day):
    client = client_of(rep)
    day = my_day.of(rep, at=NOW)
    shown = tiles(page_of(client))

    assert set(shown) == set(TITLES.values())
    for section in day.sections:
        count, address = shown[TITLES[section.name]]
        assert count == section.count > 0
        assert listed(client, address) == {line.opportunity.name for line in section.lines}


def test_a_manager_sees_their_own_day_and_not_everybodys(client_of, manager, full_day):
    planned("the manager's", manager, TODAY)
    client = client_of(manager)

    page = page_of(client)

    assert tiles(page)["Due today"][0] == 1
    assert listed(client, tiles(page)["Due today"][1]) == {"the manager's"}
    assert "late" not in re.findall(r'<span class="row-what">\s*<a [^>]*>([^<]+)</a>', page)


def test_a_line_says_what_to_do_with_whom(client_of, rep, full_day):
    page = " ".join(page_of(client_of(rep)).split()).replace("\N{NO-BREAK SPACE}", " ")

    for words in ("Ring them", "Havbris AS · Qualify · NOK 480,000", "3 days late", "1 day late", "On hold"):
        assert words in page
    assert "0 days in Qualify" in page


def test_a_long_section_is_cut_and_shows_the_way_to_the_rest(client_of, rep):
    copies(planned("late", rep, TODAY - DAY), my_day.ROWS)

    page = page_of(client_of(rep))

    assert page.count('<span class="row-what">') == my_day.ROWS
    assert re.search(r'href="/opportunities/\?owner=me&due=overdue">Show all', page)


def test_a_short_section_is_all_there_is(client_of, rep):
    planned("late", rep, TODAY - DAY)

    assert "Show all" not in page_of(client_of(rep))


def test_when_nothing_is_due_all_is_clear(client_of, rep):
    planned("some time", rep, TODAY + 30 * DAY)

    page = page_of(client_of(rep))

    assert "All clear" in page
    assert "<h2" in page and "panel-head" not in page


def test_a_new_rep_is_offered_a_new_opportunity(client_of, rep, colleague):
    OpportunityFactory(owner=colleague)

    page = page_of(client_of(rep))

    assert "You have no open opportunities" in page
    assert 'class="btn btn-primary" href="/opportunities/new/"' in page
    assert 'class="btn btn-secondary" href="/opportunities/"' not in page


def test_a_manager_without_opportunities_is_led_to_those_of_others(client_of, manager, rep):
    OpportunityFactory(owner=rep)

    page = page_of(client_of(manager))

    assert 'class="btn btn-primary" href="/opportunities/"' in page
    assert "The opportunities of others are in the list and the funnel." in page


def test_the_page_speaks_norwegian(client_of, rep):
    OpportunityFactory(owner=rep, estimated_revenue=1_234_567, estimated_close_date=TODAY)
    client = client_of(rep)
    client.post("/user/language/", {"language": "nb"})

    page = page_of(client).replace("\N{NO-BREAK SPACE}", " ")

    assert "02.03.2026" in page
    assert "Kvalifiser · 1 234 567 kr" in " ".join(page.split())


def test_names_are_shown_as_text(client_of, rep):
    planned("<script>alert(1)</script>", rep, TODAY, account=AccountFactory(name="<b>A</b>"))

    page = client_of(rep).get("/").content.decode()

    assert "<script>alert" not in page and "<b>A" not in page


def test_who_has_no_role_is_told_so_and_a_visitor_signs_in(client, client_of, stranger):
    assert client.get("/").status_code == 302
    assert client_of(stranger).get("/").status_code == 403


def test_looking_writes_nothing_and_only_looking_is_possible(client_of, rep, full_day):
    client = client_of(rep)

    with unchanged():
        client.get("/")
        assert client.post("/").status_code == 405


def test_a_thousand_ask_as_many_questions_as_ten(client_of, rep):
    opportunity = ready_opportunity(
        QUALIFY, owner=rep, account=AccountFactory(), next_step_due=TODAY - DAY, estimated_close_date=TODAY
    )
    copies(opportunity, 9)
    client = client_of(rep)
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    copies(opportunity, 990)

    with CaptureQueriesContext(connection) as more:
        page = client.get("/").content.decode()

    assert "1,000" in page
    assert len(more) == len(few) <= 15


# The filters of the list that My day leads to


@pytest.mark.parametrize("query", ["due=x", "due=", "ready=2", "ready=True", "closing=year", "due=today%00", "today=x"])
def test_a_filter_that_makes_no_sense_says_nothing(client_of, rep, query):
    planned("only", rep, TODAY)

    assert listed(client_of(rep), f"/opportunities/?{query}") == {"only"}


def test_the_filter_bar_shows_what_was_asked_and_keeps_it(client_of, rep):
    planned("late", rep, TODAY - DAY)

    page = page_of(client_of(rep), "/opportunities/?due=overdue&ready=&closing=")

    assert '<option value="overdue" selected>' in page
    assert "Clear filters" in page
    assert 'href="?due=overdue&sort=name"' in page
