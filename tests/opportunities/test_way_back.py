"""The way back from an opportunity leads to the list as it was, or to My day."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from tests.support.factories import DEVELOP, QUALIFY, OpportunityFactory, opportunity_in, ready_opportunity, stage
from tests.support.pages import drawn_for

pytestmark = pytest.mark.django_db

LIST = reverse("opportunity_list")


def crumb(client, address):
    """The link of the first crumb of a page."""
    page = client.get(address).content.decode()
    return page[page.index('<p class="crumb">') :].split('href="')[1].split('"')[0]


def test_without_a_list_before_it_leads_to_the_plain_list(rep, client_of):
    assert crumb(client_of(rep), OpportunityFactory(owner=rep).get_absolute_url()) == LIST


def test_it_leads_to_the_list_with_its_filter_order_and_page(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    query = f"?q=fleet&stage={stage(DEVELOP).pk}&sort=-revenue&page=1"
    client.get(f"{LIST}{query}")

    assert crumb(client, opportunity.get_absolute_url()) == escape(f"{LIST}{query}")
    assert crumb(client, reverse("opportunity_edit", args=[opportunity.pk])) == escape(f"{LIST}{query}")


def test_it_survives_a_move(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(QUALIFY, owner=rep)
    client.get(f"{LIST}?q=fleet")
    moved = client.post(reverse("advance", args=[opportunity.pk]), drawn_for(opportunity))

    assert crumb(client, moved.url) == f"{LIST}?q=fleet"


def test_from_my_day_it_leads_to_my_day(rep, client_of):
    client, opportunity = client_of(rep), OpportunityFactory(owner=rep)
    client.get(f"{LIST}?q=fleet")
    client.get(reverse("my_day"))

    assert crumb(client, opportunity.get_absolute_url()) == reverse("my_day")
    assert "My day</a>" in client.get(opportunity.get_absolute_url()).content.decode()


def test_a_page_that_is_only_fetched_ahead_changes_nothing(rep, client_of):
    client, opportunity = client_of(rep), OpportunityFactory(owner=rep)
    client.get(f"{LIST}?q=fleet")
    client.get(reverse("my_day"), headers={"Sec-Purpose": "prefetch"})

    assert crumb(client, opportunity.get_absolute_url()) == f"{LIST}?q=fleet"


@pytest.mark.parametrize(
    "value", ["https://evil.example/", "1 https://evil.example/ ", "x", "\x00", "1 opportunity_list q=1"]
)
def test_a_cookie_that_we_did_not_sign_leads_to_the_plain_list(rep, client_of, value):
    client, opportunity = client_of(rep), OpportunityFactory(owner=rep)
    client.cookies[settings.WAY_BACK_COOKIE_NAME] = value

    assert crumb(client, opportunity.get_absolute_url()) == LIST


def test_another_user_of_the_browser_does_not_see_what_was_searched_for(rep, colleague, client):
    client.force_login(rep)
    client.get(f"{LIST}?q=secret")
    client.force_login(colleague)

    assert crumb(client, OpportunityFactory(owner=colleague).get_absolute_url()) == LIST


def test_a_very_long_query_is_not_stored(rep, client_of):
    client, opportunity = client_of(rep), OpportunityFactory(owner=rep)
    client.get(f"{LIST}?q={'x' * 3000}")

    assert crumb(client, opportunity.get_absolute_url()) == LIST


def test_the_cookie_is_hidden_from_scripts(rep, client_of):
    cookie = client_of(rep).get(LIST).cookies[settings.WAY_BACK_COOKIE_NAME]

    assert cookie["httponly"] and cookie["samesite"] == "Lax"
