"""The opportunity before and after another one, in the list from which the reader came."""

import pytest
from django.urls import reverse

from tests.support.factories import OpportunityFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

LIST = reverse("opportunity_list")


@pytest.fixture(scope="module")
def rows(cast):
    return [OpportunityFactory(owner=cast["rep"], name=f"Turbine {letter}") for letter in "ABC"]


def lead(client, which, opportunity, **more):
    return client.get(reverse(f"{which}_opportunity", args=[opportunity.pk]), **more)


def test_the_neighbours_are_those_of_the_list_as_it_was_filtered_and_sorted(rows, rep_client):
    first, second, third = rows
    rep_client.get(LIST, {"q": "turbine", "sort": "name"})

    assert lead(rep_client, "next", second).url == third.get_absolute_url()
    assert lead(rep_client, "previous", second).url == first.get_absolute_url()

    rep_client.get(LIST, {"q": "turbine", "sort": "-name"})
    assert lead(rep_client, "next", second).url == first.get_absolute_url()


def test_at_either_end_the_opportunity_stays_and_the_page_says_so(rows, rep_client):
    first, _second, third = rows
    rep_client.get(LIST, {"sort": "name"})

    answer = lead(rep_client, "next", third, follow=True)
    assert answer.redirect_chain[-1][0] == third.get_absolute_url()
    assert "This is the last opportunity of the list." in answer.content.decode()
    answer = lead(rep_client, "previous", first, follow=True)
    assert "This is the first opportunity of the list." in answer.content.decode()


def test_after_an_opportunity_that_left_the_list_comes_the_first(rows, rep, rep_client):
    elsewhere = OpportunityFactory(owner=rep, name="Windmill")
    rep_client.get(LIST, {"q": "turbine", "sort": "name"})

    assert lead(rep_client, "next", elsewhere).url == rows[0].get_absolute_url()


def test_a_foreign_opportunity_has_no_neighbours(rows, rep_client):
    foreign = OpportunityFactory(owner=UserFactory())
    rep_client.get(LIST, {"q": "nothing has this"})

    assert lead(rep_client, "next", foreign).status_code == 404


def test_the_page_links_to_its_neighbours_only_after_the_list(rows, rep_client):
    page = rows[1].get_absolute_url()
    rep_client.get("/")
    assert "data-neighbours" not in rep_client.get(page).content.decode()

    rep_client.get(LIST)
    assert "data-neighbours" in rep_client.get(page).content.decode()


def test_a_prefetch_at_the_end_leaves_no_message(rows, rep_client):
    rep_client.get(LIST, {"sort": "name"})

    answer = lead(rep_client, "next", rows[2], headers={"Sec-Purpose": "prefetch"})

    assert answer.status_code == 403
    assert "last opportunity" not in rep_client.get(rows[2].get_absolute_url()).content.decode()
