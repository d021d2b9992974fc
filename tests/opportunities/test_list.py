"""The list of opportunities: permissions, search, filters, order, pages and totals."""

import re
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from opportunities import transitions
from opportunities.views import list_page
from salesflow.users.models import SALESPERSON, User
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    QUALIFY,
    TODAY,
    AccountFactory,
    OpportunityFactory,
    add_team_member,
    copies,
    edit,
    opportunity_in,
    ready_opportunity,
    stage,
    won_opportunity,
)

pytestmark = pytest.mark.django_db

LIST = "/opportunities/"


def listed(client, **query):
    """The names in the list, in order."""
    return re.findall(
        r'<th scope="row"[^>]*>\s*<a [^>]*>([^<]*[^<\s])', client.get(LIST, query, follow=True).content.decode()
    )


# Permissions


def test_a_visitor_is_sent_to_the_sign_in_page(client):
    assert client.get(LIST).status_code == 302


def test_a_user_without_a_role_is_refused(client_of, stranger):
    page = client_of(stranger).get(LIST)

    assert page.status_code == 403
    assert "role" in page.content.decode()


def test_a_rep_sees_own_and_team_opportunities(client_of, rep, colleague):
    OpportunityFactory(owner=rep, name="Mine")
    OpportunityFactory(owner=colleague, name="Not mine")
    add_team_member(OpportunityFactory(owner=colleague, name="Ours"), user=rep)

    assert set(listed(client_of(rep))) == {"Mine", "Ours"}


def test_a_manager_sees_every_opportunity(client_of, rep, manager):
    OpportunityFactory(owner=rep, name="Mine")

    assert listed(client_of(manager)) == ["Mine"]


def test_a_get_writes_nothing(client_of, rep):
    OpportunityFactory(owner=rep)
    client = client_of(rep)

    with unchanged():
        client.get(LIST, {"q": "x", "sort": "name"})


# Lines


def test_a_line_shows_account_stage_progress_revenue_date_owner_and_status(client_of, rep):
    ready_opportunity(
        DEVELOP,
        owner=rep,
        name="Sensors",
        account=AccountFactory(name="Havbris AS"),
        estimated_revenue=Decimal(480000),
        estimated_close_date=TODAY,
    )

    page = " ".join(client_of(rep).get(LIST).content.decode().split())

    for words in (
        "Havbris AS",
        "Develop",
        "Ready",
        "NOK 480,000",
        "2 Mar 2026",
        "Kari Nordmann",
        "Nothing planned",
        "1 of 1 shown",
    ):
        assert words in page


def test_a_line_links_to_its_opportunity(client_of, rep):
    opportunity = OpportunityFactory(owner=rep)

    assert f'<a href="/opportunities/{opportunity.pk}/" data-open' in client_of(rep).get(LIST).content.decode()


def test_names_and_search_text_are_shown_as_text(client_of, rep):
    OpportunityFactory(owner=rep, name="<script>alert(1)</script>")

    page = client_of(rep).get(LIST, {"q": '"><script>'}).content.decode()

    assert "<script>alert" not in page
    assert '"><script>' not in page


# Search and filters


def test_search_finds_parts_of_the_names_of_opportunity_and_account(client_of, rep, subtests):
    OpportunityFactory(owner=rep, name="Tromsø archive 100%_", account=AccountFactory(name="Kommune Nord"))
    OpportunityFactory(owner=rep, name="Another")
    client = client_of(rep)

    for typed in ("TROMSØ", "tromso", "  archive  ", "archive troms", "Kommune", "100%_"):
        with subtests.test(typed):
            assert listed(client, q=typed) == ["Tromsø archive 100%_"]


def test_search_has_no_wildcards(client_of, rep):
    OpportunityFactory(owner=rep, name="Another")

    assert listed(client_of(rep), q="%") == []


def test_the_list_shows_open_opportunities_and_others_by_status_filter(client_of, rep):
    won_opportunity(owner=rep, name="Won one")
    OpportunityFactory(owner=rep, name="Open one")
    client = client_of(rep)

    assert listed(client) == ["Open one"]
    assert listed(client, status="won") == ["Won one"]
    assert listed(client, status="lost") == []
    assert set(listed(client, status="all")) == {"Open one", "Won one"}


def test_the_list_can_be_filtered_by_stage_and_owner(client_of, rep, manager):
    opportunity_in(DEVELOP, owner=rep, name="Further")
    OpportunityFactory(owner=manager, name="Own")
    client = client_of(manager)

    assert listed(client, stage=stage(DEVELOP).pk) == ["Further"]
    assert listed(client, stage=stage(QUALIFY).pk) == ["Own"]
    assert listed(client, owner="me") == ["Own"]


def test_a_manager_can_filter_by_any_owner_with_a_chip(client_of, rep, colleague, manager):
    OpportunityFactory(owner=rep, name="Hers")
    OpportunityFactory(owner=colleague, name="His")
    client = client_of(manager)

    page = " ".join(client.get(LIST, {"owner": rep.pk}).content.decode().split())

    assert listed(client, owner=rep.pk) == ["Hers"]
    assert '<a class="chip" href="?">Owner: Kari Nordmann' in page
    assert f'<option value="{rep.pk}" selected>Kari Nordmann</option>' in page


def test_a_person_without_opportunities_has_none_in_the_list(client_of, rep, colleague, manager):
    OpportunityFactory(owner=rep)

    assert listed(client_of(manager), owner=colleague.pk) == []


def test_an_unknown_owner_is_named_and_left_out(client_of, rep, manager):
    OpportunityFactory(owner=rep, name="Hers")

    page = client_of(manager).get(LIST, {"owner": "999999"}).content.decode()

    assert "Owner: There is no such person." in page and "Hers" in page


def test_a_rep_can_only_choose_their_own(client_of, rep, colleague):
    OpportunityFactory(owner=rep, name="Mine")

    page = client_of(rep).get(LIST, {"owner": colleague.pk}).content.decode()

    assert "Owner: Only your own can be chosen." in page and "Mine" in page
    assert "Ola Hansen" not in page


def test_a_filter_of_many_people_offers_only_the_chosen_one(client_of, rep, manager):
    OpportunityFactory(owner=rep)
    User.objects.bulk_create(User(username=f"p{number}", email=f"p{number}@example.org") for number in range(60))
    group = Group.objects.get(name=SALESPERSON)
    group.user_set.add(*User.objects.filter(username__startswith="p"))

    page = client_of(manager).get(LIST, {"owner": rep.pk}).content.decode()

    assert re.findall(
        r'<option value="\d+"[^>]*>([^<]+)<', page.partition("id_owner")[2].partition("</select>")[0]
    ) == ["Kari Nordmann"]


def test_the_filter_bar_shows_the_filters_of_the_address(client_of, rep):
    OpportunityFactory(owner=rep)

    page = client_of(rep).get(LIST, {"q": "sør", "status": "won"}).content.decode()

    assert 'value="sør"' in page
    assert '<option value="won" selected>' in page


def test_more_filters_are_folded(client_of, rep):
    OpportunityFactory(owner=rep)

    page = client_of(rep).get(LIST, {"ready": "1"}).content.decode()

    assert "<summary>More filters</summary>" in page
    assert 'href="/opportunities/filters/?ready=1"' in page


# Order


@pytest.fixture
def three(rep):
    """Three opportunities that every column sorts as a, b, c. The last one has no values."""
    for name, entries in {
        "c": {},
        "a": {"account": AccountFactory(name="Alfa"), "estimated_revenue": 900, "estimated_close_date": TODAY},
        "b": {"account": AccountFactory(name="beta"), "estimated_revenue": 80, "estimated_close_date": TODAY + DAY},
    }.items():
        OpportunityFactory(owner=rep, name=name, **entries)


ORDERS = [
    ("name", "abc"),
    ("-name", "cba"),
    ("account", "abc"),
    ("-account", "bac"),
    ("revenue", "bac"),
    ("-revenue", "abc"),
    ("close", "abc"),
    ("due", "cab"),
    ("age", "cab"),
    ("-close", "bac"),
    ("", "bac"),
    ("stage", "cab"),
    ("owner", "cab"),
    ("-status", "cab"),
]


def test_columns_sort_both_ways_with_empty_values_last(client_of, rep, three, subtests):
    client = client_of(rep)

    for sort, order in ORDERS:
        with subtests.test(sort):
            assert "".join(listed(client, sort=sort)) == order


def test_stages_sort_in_the_order_of_the_process(client_of, rep):
    opportunity_in("Propose", owner=rep, name="late")
    opportunity_in(DEVELOP, owner=rep, name="middle")
    OpportunityFactory(owner=rep, name="early")

    assert listed(client_of(rep), sort="stage") == ["early", "middle", "late"]


def test_the_last_changed_opportunity_is_listed_first(client_of, rep):
    first = OpportunityFactory(owner=rep, name="first")
    OpportunityFactory(owner=rep, name="second", at=NOW + DAY)
    edit(first, at=NOW + 2 * DAY, rating="hot")

    assert listed(client_of(rep)) == ["first", "second"]


def test_the_header_of_the_sorted_column_links_to_the_reverse_order(client_of, rep, three):
    page = " ".join(client_of(rep).get(LIST, {"sort": "-revenue"}).content.decode().split())

    assert re.search(r'aria-sort="descending"> <a class="sort" id="sort-revenue" href="\?sort=revenue">Revenue', page)
    assert page.count("aria-sort") == 1


# Pages


def test_the_pages_of_the_list_keep_filters_and_order(client_of, rep):
    copies(OpportunityFactory(owner=rep), 60)

    first = client_of(rep).get(LIST, {"q": "copy", "sort": "name"}).content.decode()
    second = client_of(rep).get(LIST, {"q": "copy", "sort": "name", "page": 2}).content.decode()

    assert "1–50 of 60" in first
    assert 'href="?q=copy&amp;sort=name&amp;page=2"' in first
    assert "Copy 0050" in second
    assert "Copy 0049" not in second


@pytest.mark.parametrize("page", ["-1", "0", "3", "9" * 30, "9" * 5000, "x", "", "1.5", "\x00"])
def test_an_invalid_page_number_shows_an_existing_page(client_of, rep, page):
    OpportunityFactory(owner=rep, name="Only")

    assert listed(client_of(rep), page=page) == ["Only"]


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "xx"},
        {"sort": "--name"},
        {"sort": "-"},
        {"sort": "password"},
        {"sort": ["name", "-name"]},
        {"q": "\x00"},
        {"q": "\u202e"},
        {"stage": "9" * 25},
        {"stage": str(2**63)},
        {"stage": "-1"},
        {"stage": "x"},
        {"status": "xx"},
        {"owner": "1"},
        {"q": " "},
    ],
)
def test_an_invalid_filter_is_ignored(client_of, rep, query):
    OpportunityFactory(owner=rep, name="Only")

    assert listed(client_of(rep), **query) == ["Only"]


def test_a_too_long_or_broken_text_is_no_server_error(client_of, rep):
    client = client_of(rep)

    assert client.get(LIST, {"q": "a " * 3000}).status_code == 200
    assert client.get(f"{LIST}?q=%ED%A0%80").status_code == 400
    assert client.get(f"{LIST}?page=%FF").status_code == 400


@pytest.mark.sweep
def test_a_thousand_lines_run_as_many_queries_as_ten(client_of, rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep, account=AccountFactory())
    copies(opportunity, 9)
    client = client_of(rep)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    copies(opportunity, 990)

    with CaptureQueriesContext(connection) as more:
        page = client.get(LIST).content.decode()

    assert "of 1,000" in page
    assert len(more) == len(few) <= 9


# Empty


def test_an_empty_list_offers_a_new_opportunity(client_of, rep):
    page = client_of(rep).get(LIST).content.decode()

    assert "No opportunities yet" in page
    assert 'class="btn btn-primary" href="/opportunities/new/"' in page


def test_a_search_without_result_offers_to_clear_the_filters(client_of, rep):
    OpportunityFactory(owner=rep)

    page = client_of(rep).get(LIST, {"q": "zzz"}).content.decode()

    assert "Nothing found" in page
    assert "Clear filters" in page
    assert 'href="?q=zzz&amp;status=all"' in page


def test_a_list_with_only_closed_opportunities_offers_to_show_them(client_of, rep):
    won_opportunity(owner=rep)

    page = client_of(rep).get(LIST).content.decode()

    assert "No open opportunities" in page
    assert 'href="?status=all"' in page


@pytest.mark.parametrize("asked", [{"due": "overdue"}, {"due": "today"}, {"due": "none"}, {"closing": "month"}])
def test_a_closed_opportunity_is_neither_due_nor_closing(client_of, rep, asked):
    dates = {"overdue": TODAY - DAY, "today": TODAY}
    planned = {"next_step": "Call", "next_step_due": dates[asked["due"]]} if asked.get("due") in dates else {}
    with time_machine.travel(NOW, tick=False):
        won_opportunity(owner=rep, name="Won", estimated_close_date=TODAY, **planned)
        OpportunityFactory(owner=rep, name="Open", estimated_close_date=TODAY, **planned)

        assert listed(client_of(rep), status="all", **asked) == ["Open"]
        assert listed(client_of(rep), status="won", **asked) == []


def test_the_links_of_a_list_for_print_keep_all_rows(client_of, rep):
    copies(OpportunityFactory(owner=rep), list_page.ROWS_FOR_PRINT)

    page = client_of(rep).get(LIST, {"rows": "all"}).content.decode()

    assert 'href="?rows=all&amp;page=2"' in page
    assert 'href="?sort=name&amp;rows=all"' in page


# Chips, clean addresses, totals


def test_each_filter_in_use_is_a_chip_that_removes_it(client_of, rep):
    OpportunityFactory(owner=rep, name="Fleet")

    page = " ".join(client_of(rep).get(LIST, {"owner": "me", "status": "all"}).content.decode().split())

    assert '<a class="chip" href="?status=all">Owner: Me' in page
    assert '<a class="chip" href="?owner=me">Status: All' in page


def test_a_list_without_filters_has_no_chips(client_of, rep):
    OpportunityFactory(owner=rep)

    assert 'class="chip"' not in client_of(rep).get(LIST).content.decode()


@pytest.mark.parametrize(
    ("asked", "clean"),
    [
        ("?q=&status=open&stage=&owner=&sort=", LIST),
        ("?q=fleet&status=open&stage=&owner=me&sort=", f"{LIST}?q=fleet&owner=me"),
    ],
)
def test_an_address_with_empty_values_leads_to_the_one_without(client_of, rep, asked, clean):
    answer = client_of(rep).get(f"{LIST}{asked}")

    assert answer.status_code == 302
    assert answer.url in (clean, clean.removeprefix(LIST))


def test_the_total_line_adds_up_all_that_is_found(client_of, rep):
    for number in range(60):
        OpportunityFactory(owner=rep, name=f"Deal {number}", estimated_revenue=1000, probability=50)
    OpportunityFactory(owner=rep, name="Other", estimated_revenue=7)

    page = " ".join(client_of(rep).get(LIST, {"q": "deal"}).content.decode().split())

    assert "50 of 60 shown" in page
    assert "NOK 60,000" in page
    assert "weighted NOK 30,000" in page


def test_a_date_that_has_passed_says_how_many_days_ago(client_of, rep):
    today = timezone.localdate()
    OpportunityFactory(owner=rep, estimated_close_date=today - 4 * DAY, next_step="Call", next_step_due=today - DAY)

    page = " ".join(client_of(rep).get(LIST).content.decode().split())

    assert "4 days past" in page
    assert "1 day late:" in page


@pytest.mark.parametrize(("days", "is_on_hold", "is_late"), [(21, False, False), (22, False, True), (22, True, False)])
def test_the_days_in_a_stage_are_marked_when_they_exceed_its_target(client_of, rep, days, is_on_hold, is_late):
    opportunity = opportunity_in(DEVELOP, owner=rep)  # target: 21 days
    if is_on_hold:
        transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason="They reorganise.")

    with time_machine.travel(NOW + days * DAY, tick=False):
        page = " ".join(client_of(rep).get(LIST).content.decode().split())
        panel = " ".join(client_of(rep).get(opportunity.get_absolute_url()).content.decode().split())

    assert (f'<span class="is-late">{days}</span>' in page) == is_late
    assert (f'class="track-note is-late">{days} days, target 21' in panel) == is_late
