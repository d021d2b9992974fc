"""Quick find: what it answers, to whom, and at what cost."""

import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from opportunities import pages
from opportunities.editing import last_looks
from opportunities.pipeline.finding import answers
from salesflow.users.models import COLLEAGUE
from tests.support.factories import (
    DEVELOP,
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    OpportunityFactory,
    UserFactory,
    opportunity_in,
    won_opportunity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

FIND = reverse("find")


ANSWER = re.compile(r"data-answer>\s*(?:<span>)?(.*?)(?:</span>|</a>)", re.DOTALL)


def names(response):
    return [html.unescape(each.strip()) for each in ANSWER.findall(response.content.decode())]


def found(client, text, **more):
    """The names of the answers, in their order."""
    return names(client.get(FIND, {"q": text, **more}))


@pytest.fixture
def manager_client(manager, client_of):
    return client_of(manager)


@pytest.fixture(scope="module")
def rows(cast):
    account = AccountFactory(name="Nordlys Shipping", organisation_number="984661185")
    ContactFactory(name="Åse Bråten", account=account, email="ase@nordlys.example")
    CompetitorFactory(name="Driftsblikk")
    return {
        "mine": opportunity_in(DEVELOP, owner=cast["rep"], name="Fleet sensors", account=account),
        "won": won_opportunity(owner=cast["rep"], name="Fleet pilot"),
        "foreign": OpportunityFactory(owner=UserFactory(), name="Fleet abroad"),
    }


def test_words_of_a_name_or_of_the_account_find_the_opportunity(rows, rep_client):
    for text in ("fleet sensors", "SENS", "nordlys fleet", "  fleet   sens "):
        assert "Fleet sensors" in found(rep_client, text), text


def test_open_opportunities_come_before_closed_ones(rows, rep_client):
    assert found(rep_client, "fleet")[:2] == ["Fleet sensors", "Fleet pilot"]


def test_a_rep_never_finds_what_a_rep_may_not_see(rows, rep_client, manager_client):
    assert "Fleet abroad" not in found(rep_client, "fleet abroad")
    assert "Fleet abroad" in found(manager_client, "fleet abroad")


def test_customers_are_found_by_name_number_and_address(rows, rep_client):
    cases = {
        "nordl": "Nordlys Shipping",
        "984 661 185": "Nordlys Shipping",
        "ase bra": "Åse Bråten",
        "Ase@Nordlys.example": "Åse Bråten",
        "drift": "Driftsblikk",
    }
    for text, name in cases.items():
        assert name in found(rep_client, text), text


def test_a_text_that_nothing_has_says_so_and_one_that_cannot_be_seen_is_refused(rows, rep_client):
    assert "Nothing found for “zzz”" in rep_client.get(FIND, {"q": "zzz"}).content.decode()

    page = rep_client.get(FIND, {"q": "\u200b\u00ad"}).content.decode()
    assert "Type something that can be seen." in page


def test_pages_and_actions_are_found_in_the_language_of_the_reader(rows, rep_client):
    assert "My tasks" in found(rep_client, "task")
    rep_client.cookies["django_language"] = "nb"
    assert "Mine oppgaver" in found(rep_client, "oppg")


def test_a_page_is_offered_only_to_those_who_may_open_it(rows, rep_client, manager_client):
    assert "Administration" not in found(rep_client, "admin")
    assert "Administration" in found(manager_client, "admin")
    for page in pages.EVERY:
        assert manager_client.get(page.address).status_code in (200, 302), page.name


def test_of_an_opportunity_on_the_screen_its_actions_are_offered(rows, rep_client):
    mine, won = rows["mine"], rows["won"]

    assert found(rep_client, "lose", at=mine.pk)[0] == "Close as Lost"
    assert "Add a task" in found(rep_client, "", at=mine.pk)
    of_won = found(rep_client, "a", at=won.pk)
    assert "Add a task" not in of_won
    assert "Upload files" in found(rep_client, "upload", at=won.pk)


@pytest.mark.sweep
def test_every_action_that_is_offered_opens(rows, rep, rep_client):
    addresses = {
        answer.address
        for opportunity in (rows["mine"], rows["won"])
        for letter in "acefhlopruw"
        for group in answers.groups(rep, letter, opportunity)
        for answer in group.answers
    }

    assert [each for each in addresses if rep_client.get(each).status_code not in (200, 302)] == []


def test_a_reader_is_offered_no_action_that_writes(rows, client_of):
    reader = UserFactory(role=COLLEAGUE)
    opportunity = rows["mine"]
    opportunity_reader = client_of(reader)

    assert found(opportunity_reader, "task", at=opportunity.pk) == ["My tasks", "All opportunities with “task”"]
    assert "New opportunity" not in found(opportunity_reader, "new")


def test_a_foreign_opportunity_on_the_screen_gives_nothing_away(rows, rep_client):
    page = rep_client.get(FIND, {"q": "", "at": rows["foreign"].pk})

    assert "abroad" not in page.content.decode()


@pytest.mark.parametrize("at", ["x", "0", "-1", "9" * 30, "1&at=2"])
def test_an_impossible_opportunity_is_none(rows, rep_client, at):
    assert rep_client.get(f"{FIND}?q=fleet&at={at}").status_code == 200


def test_without_a_text_the_opportunities_opened_last_are_listed(rows, rep, rep_client):
    for name in ("won", "mine"):
        last_looks.see(opportunity=rows[name], by=rep, at=timezone.now(), version=rows[name].version)

    assert found(rep_client, "") == ["New opportunity", "Fleet sensors", "Fleet pilot"]


def test_the_answers_cost_the_same_for_any_number_of_rows(rows, rep, rep_client, django_assert_max_num_queries):
    for number in range(12):
        OpportunityFactory(owner=rep, name=f"Fleet {number}", account=AccountFactory(name=f"Fleet owner {number}"))
        ContactFactory(name=f"Fleet person {number}")
    with django_assert_max_num_queries(15):
        few = rep_client.get(FIND, {"q": "fleet", "at": rows["mine"].pk})

    assert len(names(few)) <= 5 * answers.MOST_ANSWERS
