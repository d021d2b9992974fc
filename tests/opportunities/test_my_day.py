"""My day: its sections, the lists that its numbers link to, and the empty page."""

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
    """The names of the opportunities in each section that is not empty."""
    day = my_day.of(user, at=at)
    return {
        section.name: [line.opportunity.name for line in section.lines] for section in day.sections if section.count
    }


def planned(name, owner, due=None, **entries):
    return OpportunityFactory(name=name, owner=owner, next_step="Ring them", next_step_due=due, **entries)


def put_on_hold(opportunity):
    transitions.hold(opportunity=opportunity, by=opportunity.owner, at=NOW, reason="They reorganise.")


def copies(opportunity, count):
    made = [copy.copy(opportunity) for _ in range(count)]
    for each in made:
        each.pk = None
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(made)


def page_of(client, address="/"):
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return unescape(response.content.decode())


def tiles(page):
    """The count and the link of each tile, by its title."""
    found = re.findall(r'<a class="tile[^"]*" href="([^"]+)">\s*<b>([\d,]+)</b>\s*<span>([^<]+)</span>', page)
    return {title: (int(count.replace(",", "")), address) for address, count, title in found}


def listed(client, address):
    return set(re.findall(r'<th scope="row"[^>]*>\s*<a [^>]*>([^<]+)</a>', page_of(client, address)))


# The sections


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


def test_overdue_steps_are_sorted_by_days_late(rep):
    planned("a day", rep, TODAY - DAY)
    planned("a week", rep, TODAY - 7 * DAY)

    lines = my_day.of(rep, at=NOW).sections[0].lines

    assert [(line.opportunity.name, line.days_late) for line in lines] == [("a week", 7), ("a day", 1)]


def test_ready_and_finished_opportunities_are_ready_to_advance(rep):
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
def test_closing_this_month_lists_close_dates_of_this_month(rep, expected, is_shown):
    planned("expected", rep, estimated_close_date=expected)

    assert names(rep) == ({"closing": ["expected"]} if is_shown else {})


def test_an_opportunity_without_next_step_and_date_has_nothing_planned(rep):
    OpportunityFactory(owner=rep, name="nothing")
    OpportunityFactory(owner=rep, name="a day", next_step_due=TODAY + DAY)
    planned("a step", rep)

    assert names(rep) == {"unplanned": ["nothing"]}


def test_an_opportunity_on_hold_is_listed_only_by_its_dates(rep):
    put_on_hold(OpportunityFactory(owner=rep, name="unplanned"))
    put_on_hold(ready_opportunity(QUALIFY, owner=rep, name="ready", next_step="Ring"))
    put_on_hold(planned("late", rep, TODAY - DAY, estimated_close_date=TODAY))

    assert names(rep) == {"overdue": ["late"], "closing": ["late"]}


def test_closed_opportunities_and_those_of_others_are_not_listed(rep, colleague, manager):
    won_opportunity(owner=rep, next_step_due=TODAY - DAY, estimated_close_date=TODAY)
    add_team_member(planned("ours", colleague, TODAY), user=rep)

    assert names(rep) == {}
    assert names(manager) == {}
    assert my_day.of(manager, at=NOW).open == 0


# The page


@pytest.fixture
def full_day(rep, colleague):
    planned("late", rep, TODAY - 3 * DAY, account=AccountFactory(name="Havbris AS"), estimated_revenue=480000)
    put_on_hold(planned("late and on hold", rep, TODAY - DAY))
    planned("now", rep, TODAY)
    planned("closing", rep, estimated_close_date=TODAY)
    ready_opportunity(QUALIFY, owner=rep, name="ready", next_step="Ring")
    put_on_hold(ready_opportunity(QUALIFY, owner=rep, name="ready and on hold", next_step="Ring"))
    OpportunityFactory(owner=rep, name="unplanned")
    put_on_hold(OpportunityFactory(owner=rep, name="unplanned and on hold"))
    won_opportunity(owner=rep, name="won", next_step_due=TODAY, estimated_close_date=TODAY)
    OpportunityFactory(owner=colleague, name="of a colleague")


def test_each_tile_links_to_the_list_that_it_counts(client_of, rep, full_day):
    client = client_of(rep)
    day = my_day.of(rep, at=NOW)
    shown = tiles(page_of(client))

    assert set(shown) == set(TITLES.values())
    for section in day.sections:
        count, address = shown[TITLES[section.name]]
        assert count == section.count > 0
        assert listed(client, address) == {line.opportunity.name for line in section.lines}


def test_a_manager_sees_only_their_own_opportunities(client_of, manager, full_day):
    planned("the manager's", manager, TODAY)
    client = client_of(manager)

    page = page_of(client)

    assert tiles(page)["Due today"][0] == 1
    assert listed(client, tiles(page)["Due today"][1]) == {"the manager's"}
    assert "late" not in re.findall(r'<span class="row-what">\s*<a [^>]*>([^<]+)</a>', page)


def test_a_line_shows_step_account_stage_revenue_and_lateness(client_of, rep, full_day):
    page = " ".join(page_of(client_of(rep)).split()).replace("\N{NO-BREAK SPACE}", " ")

    for words in ("Ring them", "Qualify · NOK 480,000", "3 days late", "1 day late", "On hold"):
        assert words in page
    assert "0 days in Qualify" in page


def test_a_long_section_is_cut_and_links_to_the_list(client_of, rep):
    copies(planned("late", rep, TODAY - DAY), my_day.ROWS)

    page = page_of(client_of(rep))

    assert page.count('<span class="row-what">') == my_day.ROWS
    assert re.search(r'href="/opportunities/\?owner=me&due=overdue">Show all', page)


def test_a_short_section_has_no_link_to_the_list(client_of, rep):
    planned("late", rep, TODAY - DAY)

    assert "Show all" not in page_of(client_of(rep))


def test_the_page_says_all_clear_when_nothing_is_due(client_of, rep):
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


def test_a_manager_without_opportunities_gets_a_link_to_the_list(client_of, manager, rep):
    OpportunityFactory(owner=rep)

    page = page_of(client_of(manager))

    assert 'class="btn btn-primary" href="/opportunities/"' in page
    assert "The opportunities of others are in the list and the funnel." in page


def test_the_page_is_translated_to_norwegian(client_of, rep):
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


def test_a_visitor_signs_in_and_a_user_without_a_role_is_refused(client, client_of, stranger):
    assert client.get("/").status_code == 302
    assert client_of(stranger).get("/").status_code == 403


def test_a_get_writes_nothing_and_a_post_is_refused(client_of, rep, full_day):
    client = client_of(rep)

    with unchanged():
        client.get("/")
        assert client.post("/").status_code == 405


def test_a_thousand_opportunities_run_as_many_queries_as_ten(client_of, rep):
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


# The filters of the list that My day links to


@pytest.mark.parametrize("query", ["due=x", "due=", "ready=2", "ready=True", "closing=year", "due=today%00", "today=x"])
def test_an_invalid_filter_is_ignored(client_of, rep, query):
    planned("only", rep, TODAY)

    assert listed(client_of(rep), f"/opportunities/?{query}") == {"only"}


def test_the_filter_bar_shows_the_chosen_filter(client_of, rep):
    planned("late", rep, TODAY - DAY)

    page = page_of(client_of(rep), "/opportunities/?due=overdue&ready=&closing=")

    assert '<option value="overdue" selected>' in page
    assert "Clear filters" in page
    assert 'href="?due=overdue&sort=name"' in page
