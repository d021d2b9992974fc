"""The page My day: its parts, the table of a manager, and the filters of the list that it links to."""

import copy
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.models import Opportunity, write_guard
from opportunities.pipeline import my_day
from tests.support.day_pages import page_of, planned, put_on_hold, words
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    DAY,
    NOW,
    PROPOSE,
    TODAY,
    AccountFactory,
    OpportunityFactory,
    UserFactory,
    ready_opportunity,
    won_opportunity,
)

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def copies(opportunity, count):
    made = [copy.copy(opportunity) for _ in range(count)]
    for each in made:
        each.pk = None
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(made)


def listed(client, address):
    return set(re.findall(r'<th scope="row"[^>]*> ?<a [^>]*>([^<]*[^<\s])', page_of(client, address)))


# The page


def test_a_long_group_is_cut_and_links_to_the_list_of_all(client_of, rep):
    copies(planned("late", rep, TODAY - DAY), my_day.ROWS)
    planned("slipped", rep, estimated_close_date=TODAY - DAY)
    planned("now", rep, TODAY)
    client = client_of(rep)

    page = page_of(client)

    count = my_day.ROWS + 2
    assert page.count('class="day-name"') == my_day.ROWS + 1
    assert f"Show all {count}" in words(page)
    assert f"{count} opportunities" in page_of(client, "/opportunities/?owner=me&day=late")
    assert listed(client, "/opportunities/?owner=me&day=today") == {"now"}


def test_the_page_says_all_clear_when_nothing_is_due(client_of, rep):
    planned("some time", rep, TODAY + 30 * DAY)

    page = page_of(client_of(rep))

    assert "All clear" in page
    assert "0 deals need you" in words(page)


def test_a_new_rep_is_offered_a_new_opportunity(client_of, rep, colleague):
    OpportunityFactory(owner=colleague)

    page = page_of(client_of(rep))

    assert "You have no open opportunities" in page
    assert 'class="btn btn-primary" href="/opportunities/new/"' in page
    assert 'class="btn btn-secondary" href="/opportunities/"' not in page


def test_the_page_is_translated_to_norwegian(client_of, rep):
    OpportunityFactory(owner=rep, estimated_revenue=1_234_567, estimated_close_date=TODAY - DAY)
    client = client_of(rep)
    client.post("/user/language/", {"language": "nb"})

    page = words(page_of(client))

    assert "mandag 2. mars 1 salgsmulighet trenger deg" in page
    assert "Lukkedato passert for 1 dag siden" in page
    assert "Kvalifiser, 6 igjen 1 234 567 kr" in page


def test_names_are_shown_as_text(client_of, rep):
    planned("<script>alert(1)</script>", rep, TODAY, account=AccountFactory(name="<b>A</b>"))

    page = client_of(rep).get("/").content.decode()

    assert "<script>alert" not in page and "<b>A" not in page


def test_a_visitor_signs_in_and_a_user_without_a_role_is_refused(client, client_of, stranger):
    assert client.get("/").status_code == 302
    assert client_of(stranger).get("/").status_code == 403


def test_a_get_writes_nothing_and_a_post_is_refused(client_of, rep):
    opportunity, client = planned("late", rep, TODAY - DAY), client_of(rep)

    with unchanged():
        client.get("/")
        client.get(f"/day/{opportunity.pk}/done/")
        assert client.post("/").status_code == 405


@pytest.mark.sweep
def test_a_thousand_opportunities_run_as_many_queries_as_ten_and_weigh_below_100_kb(client_of, rep):
    late = planned("Fleet telematics for all lorries", rep, TODAY - DAY, estimated_close_date=TODAY - DAY)
    ready = ready_opportunity(PROPOSE, owner=rep, name="Fleet telematics for all lorries")
    now, stuck = planned("Now", rep, TODAY), OpportunityFactory(owner=rep)
    for each in (late, ready, now, stuck):
        copies(each, 2)
    client = client_of(rep)
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    for each in (late, ready, now, stuck):
        copies(each, 250)

    with CaptureQueriesContext(connection) as more:
        page = client.get("/").content

    assert b"1,012 deals" in page
    assert len(more) == len(few) <= 15
    assert len(page) < 100_000


# The table of a manager


@pytest.fixture
def figures(rep, colleague, manager):
    planned("late", rep, TODAY - DAY, estimated_close_date=TODAY - DAY)
    planned("slipped", rep, TODAY + DAY, estimated_close_date=TODAY - 2 * DAY)
    OpportunityFactory(owner=rep, name="unplanned")
    planned("old and late", rep, TODAY - DAY, at=NOW - 90 * DAY)
    put_on_hold(OpportunityFactory(owner=rep, name="held"))
    won_opportunity(owner=rep, name="won")
    planned("fine", colleague, TODAY + DAY)
    planned("the manager's", manager, TODAY)


def table(page):
    """The figures and links of each owner, in order."""
    found = {}
    for name, cells in re.findall(r'<th scope="row"> <a href="/funnel/[^"]*">([^<]+)</a> </th>(.*?)</tr>', page):
        found[name] = re.findall(r'<td class="num"> (?:<a href="([^"]+)"[^>]*>|<span class="muted">)([\d,]+)', cells)
    return found


def test_each_figure_of_an_owner_links_to_exactly_these_opportunities(client_of, manager, rep, figures):
    client = client_of(manager)

    shown = table(page_of(client))

    assert {name: [int(count) for _, count in cells] for name, cells in shown.items()} == {
        "Ingrid Dahl": [1, 0, 0, 0],
        "Kari Nordmann": [5, 2, 2, 1],
        "Ola Hansen": [1, 0, 0, 0],
    }
    expected = [
        {"late", "slipped", "unplanned", "old and late", "held"},
        {"late", "old and late"},
        {"late", "slipped"},
        {"unplanned"},
    ]
    assert [listed(client, address) for address, _ in shown["Kari Nordmann"]] == expected


def test_stuck_is_the_same_number_for_the_owner_and_the_manager(client_of, manager, rep, figures):
    of_the_rep = re.search(r'id="day-stuck-count"[^>]*>(\d+)<', page_of(client_of(rep)))[1]

    assert table(page_of(client_of(manager)))["Kari Nordmann"][3][1] == of_the_rep


def test_the_owners_are_sorted_by_name_and_their_own_opportunities_come_in_groups(client_of, manager, figures):
    page = page_of(client_of(manager))

    assert list(table(page)) == ["Ingrid Dahl", "Kari Nordmann", "Ola Hansen"]
    assert re.findall(r"data-focus>([^<]*[^<\s])", page) == ["the manager's"]


def test_a_rep_sees_no_figures_of_others(client_of, rep, figures):
    assert table(page_of(client_of(rep))) == {}


@pytest.mark.sweep
def test_many_owners_come_in_pages_with_as_many_queries(client_of, manager):
    for number in range(3):
        planned("late", UserFactory(username=f"a{number:03}"), TODAY - DAY)
    client = client_of(manager)
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    for number in range(3, 45):
        planned("late", UserFactory(username=f"a{number:03}"), TODAY - DAY)

    with CaptureQueriesContext(connection) as more:
        first = page_of(client)
    last = page_of(client, "/?page=3")

    assert len(table(first)) == 20 and list(table(last)) == [f"a{number:03}" for number in range(40, 45)]
    assert len(more) == len(few) <= 15


def test_a_manager_without_any_opportunity_to_see_is_offered_a_new_one(client_of, manager):
    assert "You have no open opportunities" in page_of(client_of(manager))


# The filters of the list that My day links to


@pytest.mark.parametrize(
    "query", ["due=x", "due=", "ready=2", "ready=True", "closing=decade", "due=today%00", "today=x", "day=x", "stuck=2"]
)
def test_an_invalid_filter_is_ignored(client_of, rep, query):
    planned("only", rep, TODAY)

    assert listed(client_of(rep), f"/opportunities/?{query}") == {"only"}


def test_the_filter_bar_shows_the_chosen_filter(client_of, rep):
    planned("late", rep, TODAY - DAY)

    page = page_of(client_of(rep), "/opportunities/?due=overdue&day=late")

    assert "Next step: Overdue" in page and "My day: Late or slipped" in page
    assert "Clear filters" in page
    assert 'href="?due=overdue&day=late&sort=name"' in page
