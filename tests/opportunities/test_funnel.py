"""The funnel: its figures compared with a simple count, the links of its stages, and who sees what."""

import copy
import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities import transitions
from opportunities.models import Opportunity, write_guard
from stages.models import Process
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    OpportunityFactory,
    add_team_member,
    edit,
    finished_opportunity,
    opportunity_in,
    ready_opportunity,
    won_opportunity,
)

pytestmark = pytest.mark.django_db

FUNNEL = "/funnel/"


def second_process(*names, **fields):
    process = Process.objects.create(name_en="Renewal", **fields)
    for order, name in enumerate(names):
        factories.add_stage(process, name, order=order, probability=50)
    return process


def copies(opportunity, *changes):
    """Copies of this opportunity with these columns changed."""
    made = []
    for columns in changes:
        each = copy.copy(opportunity)
        each.pk = None
        for name, value in columns.items():
            setattr(each, name, value)
        made.append(each)
    with write_guard.guarded_every():
        return Opportunity.objects.bulk_create(made)


def page_of(client, **query):
    response = client.get(FUNNEL, query)
    assert response.status_code == 200
    return unescape(response.content.decode())


def stage_links(page):
    """The link and the count of each stage in the table."""
    cells = re.findall(
        r'<th scope="row">\s*<a href="([^"]+)">([^<]+)</a>(?:(?!</tr>).)*?'
        r'<td data-label="Open" class="num">(?:<a [^>]*>)?([\d,]+)<',
        page.partition('id="stages"')[2].partition('id="phases"')[0],
        re.DOTALL,
    )
    return {name: (address, int(count.replace(",", ""))) for address, name, count in cells if name != "Total"}


def count_in_list(client, address):
    page = client.get(address).content.decode()
    found = re.search(r"([\d,]+)\s+opportunit", page)
    return int(found[1].replace(",", "")) if found and "Nothing found" not in page else 0


@pytest.fixture
def opportunities(rep):
    """Open, on hold, finished and won opportunities, with and without a revenue and their own probability."""
    qualify = OpportunityFactory(owner=rep, estimated_revenue=Decimal("100.01"))
    copies(
        qualify,
        {"estimated_revenue": None},
        {"estimated_revenue": None, "probability": 90},
        {"estimated_revenue": Decimal("0.07"), "probability": 33},
        {"estimated_revenue": Decimal("999999999999.99"), "probability": 99},
        {"estimated_revenue": Decimal("0.00"), "probability": 0},
        {"estimated_revenue": Decimal("1234567.89"), "probability": 0},
    )
    held = opportunity_in(DEVELOP, owner=rep, estimated_revenue=Decimal(250000), probability=100)
    transitions.hold(opportunity=held, by=rep, at=NOW, reason="Their budget is not decided.")
    copies(held, *({"estimated_revenue": Decimal("0.1") * n} for n in range(1, 40)))
    opportunity_in(PROPOSE, owner=rep)
    finished_opportunity(owner=rep, estimated_revenue=Decimal(70000))
    won_opportunity(owner=rep, estimated_revenue=Decimal(80000))


# The page


def test_each_stage_links_to_the_list_that_it_counts(client_of, rep, manager, colleague, opportunities):
    OpportunityFactory(owner=colleague)
    opportunity_in(DEVELOP, owner=manager)
    client = client_of(manager)

    for query in ({}, {"owner": "me"}):
        links = stage_links(page_of(client, **query))
        assert set(links) == {QUALIFY, DEVELOP, PROPOSE, CLOSE}
        for address, count in links.values():
            assert count_in_list(client, address) == count
    assert links[DEVELOP][1] == 1


def test_an_archived_stage_links_to_its_list(client_of, rep):
    opportunity_in(DEVELOP, owner=rep)
    OpportunityFactory(owner=rep)
    factories.change_stage(DEVELOP, is_archived=True)
    client = client_of(rep)

    page = page_of(client)
    address, count = stage_links(page)[DEVELOP]

    assert "Archived" in page
    assert count_in_list(client, address) == count == 1


def test_the_funnel_of_a_rep_counts_what_they_may_see(client_of, rep, colleague):
    OpportunityFactory(owner=rep)
    add_team_member(OpportunityFactory(owner=colleague), user=rep)
    OpportunityFactory(owner=colleague)
    client = client_of(rep)

    assert stage_links(page_of(client, owner="all"))[QUALIFY][1] == 2
    assert stage_links(page_of(client))[QUALIFY][1] == stage_links(page_of(client, owner="me"))[QUALIFY][1] == 1


def test_the_funnel_of_an_owner_and_the_lists_behind_it_agree(client_of, opportunities, manager, rep, colleague):
    OpportunityFactory(owner=colleague)
    client = client_of(manager)

    page = page_of(client, owner=rep.pk)

    links = stage_links(page)
    assert links[QUALIFY][1] == 7 and f"owner={rep.pk}" in links[QUALIFY][0]
    assert {name: count_in_list(client, address) for name, (address, _) in links.items()} == {
        name: count for name, (_, count) in links.items()
    }
    assert re.search(rf'owner={rep.pk}"\s+aria-current="true">Kari Nordmann</a>', page)


def test_an_unknown_owner_of_the_funnel_is_left_out_and_named(client_of, rep, colleague, manager):
    OpportunityFactory(owner=rep)

    assert "Owner: There is no such person." in page_of(client_of(manager), owner="999999")
    assert "Owner: Only your own can be chosen." in page_of(client_of(rep), owner=colleague.pk)
    assert stage_links(page_of(client_of(rep), owner=colleague.pk))[QUALIFY][1] == 1


def test_the_funnel_of_an_owner_without_open_opportunities_says_so(client_of, rep, colleague, manager):
    OpportunityFactory(owner=rep)

    assert "Nothing to count" in page_of(client_of(manager), owner=colleague.pk)


def test_the_chart_has_labels_and_integer_coordinates(client_of, opportunities, rep):
    client = client_of(rep)
    client.post("/user/language/", {"language": "nb"})

    page = page_of(client)
    drawings = re.findall(r'<svg role="img".*?</svg>', page, re.DOTALL)

    assert len(drawings) == 4
    assert all(re.search(r"<title>.+: .+</title>", drawing) for drawing in drawings)
    assert all("<desc>Den lengste søylen i tabellen er like bred som kolonnen.</desc>" in each for each in drawings)
    numbers = re.findall(r' (?:x|y|width|height)="([^"]*)"', "".join(drawings))
    assert numbers and all(re.fullmatch(r"\d+%?", number) for number in numbers)
    assert "style=" not in page


def test_the_longest_bar_is_full_and_a_short_bar_is_visible(client_of, rep):
    OpportunityFactory(owner=rep, estimated_revenue=Decimal("0.01"))
    opportunity_in(DEVELOP, owner=rep, estimated_revenue=Decimal(1_000_000), probability=25)
    opportunity_in(PROPOSE, owner=rep)

    page = page_of(client_of(rep))

    assert re.findall(r'class="bar-0" width="(\d+)"', page) == ["4", "1000", "0", "0"]
    assert re.findall(r'class="bar-1" width="(\d+)"', page) == ["0", "250", "0", "0"]


def test_the_page_says_how_many_opportunities_have_no_revenue(client_of, rep):
    OpportunityFactory(owner=rep)
    OpportunityFactory(owner=rep, estimated_revenue=Decimal(1500))

    page = page_of(client_of(rep))

    assert "1 without estimated revenue" in page
    assert ">Estimated, NOK</th>" in page and ">1,500</a>" in page


def test_figures_are_formatted_for_norwegian(client_of, rep):
    OpportunityFactory(owner=rep, estimated_revenue=Decimal("1234567.50"))
    client = client_of(rep)
    client.post("/user/language/", {"language": "nb"})

    page = page_of(client)

    assert "Beregnet, kr" in page and "1 234 567,50".replace(" ", "\N{NO-BREAK SPACE}") in page
    assert "Kvalifiser" in page


def test_a_process_can_be_chosen_when_there_are_several(client_of, rep):
    OpportunityFactory(owner=rep)
    client = client_of(rep)
    assert 'aria-label="Process"' not in page_of(client)
    renewal = second_process("Ask", "Sign")
    OpportunityFactory(owner=rep, process=renewal)

    page = page_of(client, process=renewal.pk)

    assert f'href="?process={renewal.pk}"' in page
    assert set(stage_links(page)) == {"Ask", "Sign"}
    assert set(stage_links(page_of(client))) == {QUALIFY, DEVELOP, PROPOSE, CLOSE}


def test_a_process_without_visible_opportunities_is_not_offered(client_of, rep, colleague):
    OpportunityFactory(owner=rep)
    renewal = second_process("Ask")
    OpportunityFactory(owner=colleague, process=renewal)

    page = page_of(client_of(rep), process=renewal.pk)

    assert "Renewal" not in page
    assert set(stage_links(page)) == {QUALIFY, DEVELOP, PROPOSE, CLOSE}


@pytest.mark.parametrize("process", ["x", "", "0", "-1", str(2**63), "9" * 5000, "\x00", ["1", "2"]])
def test_an_invalid_process_shows_the_default_process(client_of, rep, process):
    OpportunityFactory(owner=rep)

    assert set(stage_links(page_of(client_of(rep), process=process, owner="x\x00"))) == {
        QUALIFY,
        DEVELOP,
        PROPOSE,
        CLOSE,
    }


def test_an_empty_funnel_offers_a_new_opportunity(client_of, rep):
    won_opportunity(owner=rep)

    page = page_of(client_of(rep))

    assert "Nothing to count" in page
    assert 'class="btn btn-primary" href="/opportunities/new/"' in page
    assert "<svg role" not in page


def test_the_page_works_without_a_process(client_of, rep):
    Process.objects.update(is_default=False, is_archived=True)

    assert "Nothing to count" in page_of(client_of(rep))


def test_names_are_shown_as_text(client_of, rep):
    factories.change_stage(QUALIFY, name_en="<b>Qualify</b>")
    OpportunityFactory(owner=rep)

    assert "<b>Qualify" not in client_of(rep).get(FUNNEL).content.decode()


def test_a_visitor_signs_in_and_a_user_without_a_role_is_refused(client, client_of, stranger):
    assert client.get(FUNNEL).status_code == 302
    assert client_of(stranger).get(FUNNEL).status_code == 403


def test_a_get_writes_nothing_and_a_post_is_refused(client_of, rep):
    ready_opportunity(QUALIFY, owner=rep)
    client = client_of(rep)

    with unchanged():
        client.get(FUNNEL)
        assert client.post(FUNNEL).status_code == 405


@pytest.mark.sweep
def test_a_thousand_opportunities_run_as_many_queries_as_ten(client_of, rep):
    opportunity = edit(OpportunityFactory(owner=rep), estimated_revenue=Decimal(10))
    client = client_of(rep)
    with CaptureQueriesContext(connection) as few:
        client.get(FUNNEL)
    copies(opportunity, *({"probability": number % 101} for number in range(1000)))

    with CaptureQueriesContext(connection) as more:
        page = client.get(FUNNEL).content.decode()

    assert "1,001" in page
    assert len(more) == len(few) <= 15


@pytest.mark.parametrize(
    "asked", [{"owner": "x"}, {"owner": "9223372036854775808"}, {"process": "x"}, {"process": "0"}]
)
def test_the_page_says_which_filters_it_ignores(client_of, rep, asked):
    OpportunityFactory(owner=rep)
    client = client_of(rep)

    assert "cannot be used and is left out" in client.get("/funnel/", asked).content.decode()
    assert "cannot be used and is left out" not in client.get("/funnel/", {"owner": "me"}).content.decode()


@pytest.mark.parametrize("name", ["owner", "process"])
def test_a_value_given_twice_uses_the_last_and_says_so(client_of, rep, name):
    OpportunityFactory(owner=rep)
    last = {"owner": "me", "process": str(Process.objects.get(is_default=True).pk)}[name]

    page = client_of(rep).get("/funnel/", {name: ["", last]}).content.decode()

    assert "The address has more than one value. The last one is used." in page
