"""The list of opportunities: who sees which, search, filters, order, pages, and addresses that make no sense."""

import copy
import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.models import Opportunity, write_guard
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
    return re.findall(r'<th scope="row">\s*<a [^>]*>([^<]+)</a>', client.get(LIST, query).content.decode())


def many(opportunity, count):
    """Copies of an opportunity; a list reads nothing but their own rows."""
    copies = [copy.copy(opportunity) for _ in range(count)]
    for number, each in enumerate(copies):
        each.pk, each.name, each.search_text = None, f"Copy {number:04}", f"copy {number:04}"
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(copies)


# Who sees it


def test_a_visitor_signs_in_first(client):
    assert client.get(LIST).status_code == 302


def test_somebody_without_a_role_is_told_so(client_of, stranger):
    page = client_of(stranger).get(LIST)

    assert page.status_code == 403
    assert "role" in page.content.decode()


def test_a_rep_sees_what_is_theirs_and_what_they_work_on(client_of, rep, colleague):
    OpportunityFactory(owner=rep, name="Mine")
    OpportunityFactory(owner=colleague, name="Not mine")
    add_team_member(OpportunityFactory(owner=colleague, name="Ours"), user=rep)

    assert set(listed(client_of(rep))) == {"Mine", "Ours"}


def test_a_manager_sees_all(client_of, rep, manager):
    OpportunityFactory(owner=rep, name="Mine")

    assert listed(client_of(manager)) == ["Mine"]


def test_looking_writes_nothing(client_of, rep):
    OpportunityFactory(owner=rep)
    client = client_of(rep)

    with unchanged():
        client.get(LIST, {"q": "x", "sort": "name"})


# What a line says


def test_a_line_says_where_the_opportunity_stands(client_of, rep):
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
        "4 of 4",
        "Ready",
        "NOK 480,000",
        "2 Mar 2026",
        "Kari Nordmann",
        "In progress",
    ):
        assert words in page


def test_a_line_leads_to_its_opportunity(client_of, rep):
    opportunity = OpportunityFactory(owner=rep)

    assert f'<a href="/opportunities/{opportunity.pk}/">' in client_of(rep).get(LIST).content.decode()


def test_what_people_type_is_shown_as_text(client_of, rep):
    OpportunityFactory(owner=rep, name="<script>alert(1)</script>")

    page = client_of(rep).get(LIST, {"q": '"><script>'}).content.decode()

    assert "<script>alert" not in page
    assert '"><script>' not in page


# Search and filters


@pytest.mark.parametrize("typed", ["TROMSØ", "tromso", "  archive  ", "archive troms", "Kommune", "100%_"])
def test_search_finds_any_part_of_the_names_of_opportunity_and_account(client_of, rep, typed):
    OpportunityFactory(owner=rep, name="Tromsø archive 100%_", account=AccountFactory(name="Kommune Nord"))
    OpportunityFactory(owner=rep, name="Another")

    assert listed(client_of(rep), q=typed) == ["Tromsø archive 100%_"]


def test_search_takes_every_character_as_it_is(client_of, rep):
    OpportunityFactory(owner=rep, name="Another")

    assert listed(client_of(rep), q="%") == []


def test_the_list_shows_what_is_open_and_by_choice_what_is_closed(client_of, rep):
    won_opportunity(owner=rep, name="Won one")
    OpportunityFactory(owner=rep, name="Open one")
    client = client_of(rep)

    assert listed(client) == ["Open one"]
    assert listed(client, status="won") == ["Won one"]
    assert listed(client, status="lost") == []
    assert set(listed(client, status="all")) == {"Open one", "Won one"}


def test_the_list_can_be_narrowed_to_a_stage_and_to_what_is_mine(client_of, rep, manager):
    opportunity_in(DEVELOP, owner=rep, name="Further")
    OpportunityFactory(owner=manager, name="Own")
    client = client_of(manager)

    assert listed(client, stage=stage(DEVELOP).pk) == ["Further"]
    assert listed(client, stage=stage(QUALIFY).pk) == ["Own"]
    assert listed(client, owner="me") == ["Own"]


def test_the_filter_bar_shows_what_the_address_says(client_of, rep):
    OpportunityFactory(owner=rep)

    page = client_of(rep).get(LIST, {"q": "sør", "status": "won"}).content.decode()

    assert 'value="sør"' in page
    assert '<option value="won" selected>' in page


def test_filters_asked_for_less_often_are_folded_away_until_one_is_in_use(client_of, rep):
    OpportunityFactory(owner=rep)
    client = client_of(rep)

    assert "<details ><summary>More filters" in client.get(LIST, {"ready": "xx"}).content.decode()
    assert "<details open><summary>More filters" in client.get(LIST, {"ready": "1"}).content.decode()


# Order


@pytest.fixture
def three(rep):
    """Three opportunities that every column sorts as a, b, c; the last knows nothing."""
    for name, entries in {
        "c": {},
        "a": {"account": AccountFactory(name="Alfa"), "estimated_revenue": 900, "estimated_close_date": TODAY},
        "b": {"account": AccountFactory(name="beta"), "estimated_revenue": 80, "estimated_close_date": TODAY + DAY},
    }.items():
        OpportunityFactory(owner=rep, name=name, **entries)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", "abc"),
        ("-name", "cba"),
        ("account", "abc"),
        ("-account", "bac"),
        ("revenue", "bac"),
        ("-revenue", "abc"),
        ("close", "abc"),
        ("-close", "bac"),
        ("", "bac"),
        ("stage", "cab"),
        ("owner", "cab"),
        ("-status", "cab"),
    ],
)
def test_columns_sort_both_ways_with_what_is_unknown_last(client_of, rep, three, sort, order):
    assert "".join(listed(client_of(rep), sort=sort)) == order


def test_stages_sort_in_the_order_of_the_process(client_of, rep):
    opportunity_in("Propose", owner=rep, name="late")
    opportunity_in(DEVELOP, owner=rep, name="middle")
    OpportunityFactory(owner=rep, name="early")

    assert listed(client_of(rep), sort="stage") == ["early", "middle", "late"]


def test_what_was_changed_last_stands_first(client_of, rep):
    first = OpportunityFactory(owner=rep, name="first")
    OpportunityFactory(owner=rep, name="second", at=NOW + DAY)
    edit(first, at=NOW + 2 * DAY, rating="hot")

    assert listed(client_of(rep)) == ["first", "second"]


def test_the_sorted_column_says_so_and_turns_round(client_of, rep, three):
    page = " ".join(client_of(rep).get(LIST, {"sort": "-revenue", "q": ""}).content.decode().split())

    assert re.search(r'aria-sort="descending"> <a class="sort" href="\?sort=revenue">Estimated revenue', page)
    assert page.count("aria-sort") == 1


# Pages


def test_the_list_has_pages_that_keep_filters_and_order(client_of, rep):
    many(OpportunityFactory(owner=rep), 60)

    first = client_of(rep).get(LIST, {"q": "copy", "sort": "name"}).content.decode()
    second = client_of(rep).get(LIST, {"q": "copy", "sort": "name", "page": 2}).content.decode()

    assert "1–50 of 60" in first
    assert 'href="?q=copy&amp;sort=name&amp;page=2"' in first
    assert "Copy 0050" in second
    assert "Copy 0049" not in second


@pytest.mark.parametrize("page", ["-1", "0", "3", "9" * 30, "9" * 5000, "x", "", "1.5", "\x00"])
def test_a_page_that_is_not_there_is_answered_with_one_that_is(client_of, rep, page):
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
def test_an_address_that_makes_no_sense_says_nothing(client_of, rep, query):
    OpportunityFactory(owner=rep, name="Only")

    assert listed(client_of(rep), **query) == ["Only"]


def test_text_far_too_long_or_broken_is_no_error(client_of, rep):
    client = client_of(rep)

    assert client.get(LIST, {"q": "a " * 3000}).status_code == 200
    assert client.get(f"{LIST}?q=%ED%A0%80").status_code == 400
    assert client.get(f"{LIST}?page=%FF").status_code == 400


def test_a_thousand_lines_ask_as_many_questions_as_ten(client_of, rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep, account=AccountFactory())
    many(opportunity, 9)
    client = client_of(rep)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    many(opportunity, 990)

    with CaptureQueriesContext(connection) as more:
        page = client.get(LIST).content.decode()

    assert "of 1,000" in page
    assert len(more) == len(few) <= 8


# Empty


def test_without_opportunities_the_page_offers_the_first(client_of, rep):
    page = client_of(rep).get(LIST).content.decode()

    assert "No opportunities yet" in page
    assert 'class="btn btn-primary" href="/opportunities/new/"' in page


def test_when_nothing_is_found_the_page_says_so_and_offers_to_clear(client_of, rep):
    OpportunityFactory(owner=rep)

    page = client_of(rep).get(LIST, {"q": "zzz"}).content.decode()

    assert "Nothing found" in page
    assert "Clear filters" in page
    assert 'href="?q=zzz&amp;status=all"' in page


def test_when_all_are_closed_the_page_offers_to_show_them(client_of, rep):
    won_opportunity(owner=rep)

    page = client_of(rep).get(LIST).content.decode()

    assert "No open opportunities" in page
    assert 'href="?status=all"' in page


# What cannot be used


LEFT_OUT = "cannot be used and is left out"


def test_an_address_that_makes_sense_is_not_remarked_on(client_of, rep):
    OpportunityFactory(owner=rep)
    client, asked = (
        client_of(rep),
        {"q": "", "status": "all", "stage": stage(QUALIFY).pk, "owner": "me", "sort": "-name"},
    )

    assert LEFT_OUT not in client.get(LIST).content.decode()
    assert LEFT_OUT not in client.get(LIST, asked).content.decode()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("x" * 201, "The text has 201 characters. Shorten it to at most 200 characters."),
        ("\u200b\u00ad", "Type something that can be seen."),
        ("\u0301", "Type something that can be seen."),
        ("a\x00b", "U+0000"),
        ("\u202e", "U+202E"),
    ],
)
def test_a_search_that_cannot_be_used_is_said_to_be_left_out_and_stays_in_its_field(client_of, rep, typed, why):
    OpportunityFactory(owner=rep, name="Sensors")

    answer = client_of(rep).get(LIST, {"q": typed})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert LEFT_OUT in page
    assert f"Search: {answer.context['list_page'].filter.left_out['q'].removeprefix('Search: ')}" in page
    assert why in page
    assert f'value="{typed}"' in page
    assert "Sensors" in page


@pytest.mark.parametrize("name", ["status", "stage", "owner", "due", "ready", "closing", "sort"])
@pytest.mark.parametrize("value", ["nonsense", "9223372036854775808", "-1", "\x00"])
def test_a_filter_that_is_not_understood_is_said_to_be_left_out(client_of, rep, name, value):
    OpportunityFactory(owner=rep, name="Sensors")

    answer = client_of(rep).get(LIST, {name: value})

    assert answer.status_code == 200
    assert list(answer.context["list_page"].filter.left_out) == [name]
    assert LEFT_OUT in answer.content.decode()
    assert "Sensors" in answer.content.decode()
    assert "Clear filters" not in answer.content.decode()


def test_what_is_left_out_is_said_in_norwegian(client_of, rep):
    client = client_of(rep)
    client.cookies["django_language"] = "nb"
    OpportunityFactory(owner=rep)

    page = client.get(LIST, {"q": "\u200b", "status": "x"}).content.decode()

    assert "kan ikke brukes og er utelatt" in page
    assert "Søk: Skriv noe som synes." in page


@pytest.mark.parametrize("asked", [{"due": "overdue"}, {"due": "today"}, {"due": "none"}, {"closing": "month"}])
def test_a_closed_opportunity_is_neither_due_nor_closing(client_of, rep, asked):
    dates = {"overdue": TODAY - DAY, "today": TODAY}
    planned = {"next_step": "Call", "next_step_due": dates[asked["due"]]} if asked.get("due") in dates else {}
    with time_machine.travel(NOW, tick=False):
        won_opportunity(owner=rep, name="Won", estimated_close_date=TODAY, **planned)
        OpportunityFactory(owner=rep, name="Open", estimated_close_date=TODAY, **planned)

        assert listed(client_of(rep), status="all", **asked) == ["Open"]
        assert listed(client_of(rep), status="won", **asked) == []


def test_the_pages_of_a_list_for_print_and_its_columns_go_on_with_all_rows(client_of, rep, monkeypatch):
    monkeypatch.setattr("opportunities.views.list_page.ROWS_FOR_PRINT", 2)
    for _ in range(3):
        OpportunityFactory(owner=rep)

    page = client_of(rep).get(LIST, {"rows": "all"}).content.decode()

    assert 'href="?rows=all&amp;page=2"' in page
    assert 'href="?sort=name&amp;rows=all"' in page
