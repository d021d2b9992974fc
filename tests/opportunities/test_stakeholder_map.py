"""The map of the people of an opportunity, and the other opportunities of a contact."""

import re

import pytest
from django.urls import reverse

from opportunities.editing import editing
from stages.models import LostGate, Process
from tests.support.factories import (
    NOW,
    ContactFactory,
    OpportunityFactory,
    UserFactory,
    add_decision_maker,
    add_stakeholder,
    add_team_member,
    edit,
    lose,
    reread,
    won_opportunity,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of, rep):
    return client_of(rep)


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep, name="Fleet")


def map_url(opportunity):
    return reverse("stakeholder_map", args=[opportunity.pk])


def others_url(row):
    return reverse("stakeholder_opportunities", args=[row.opportunity_id, row.pk])


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def cells(response):
    """The text of each cell of the map, by influence."""
    rows = re.findall(r"<tr>(.*?)</tr>", html(response), re.DOTALL)[1:]
    found = {}
    for row in rows:
        head, *others = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        said = [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in (head, *others)]
        found[said[0].removeprefix("Influence: ")] = said[1:]
    return found


# The map


def test_the_map_places_people_by_influence_and_attitude(client, opportunity):
    eva, per = ContactFactory(name="Eva Lind"), ContactFactory(name="Per Lund")
    add_stakeholder(opportunity, contact=eva, roles=("champion", "end_user"), attitude="supporter", influence="high")
    add_stakeholder(opportunity, contact=per, attitude="opponent", influence="low")

    page = client.get(map_url(opportunity))

    assert cells(page) == {
        "High": ["Eva Lind Champion, End user Edit : Eva Lind", "– Nobody", "– Nobody", "– Nobody"],
        "Medium": ["– Nobody"] * 4,
        "Low": ["– Nobody", "– Nobody", "Per Lund Edit : Per Lund", "– Nobody"],
    }


def test_the_map_says_who_decides_who_supports_and_who_is_against(client, opportunity):
    add_decision_maker(opportunity, contact=ContactFactory(name="Eva Lind"), attitude="supporter")
    add_stakeholder(opportunity, contact=ContactFactory(name="Per Lund"), attitude="opponent")

    said = text(client.get(map_url(opportunity)))

    assert "Decides Eva Lind Supports us Eva Lind Is against Per Lund" in said


def test_the_map_names_the_roles_that_nobody_has_with_the_page_that_adds_one(client, opportunity):
    add_stakeholder(opportunity, roles=("decision_maker", "economic_buyer"), attitude="neutral")

    page = client.get(map_url(opportunity))

    missing = re.findall(r"Nobody has the role ([A-Z][a-z ]+?)(?= Wh)", text(page))
    assert missing == ["Champion", "Technical buyer", "End user"]
    add = f"{reverse('stakeholder_add', args=[opportunity.pk])}?roles=champion&amp;came_from=map"
    assert f'href="{add}"' in html(page)
    form = html(client.get(add.replace("&amp;", "&")))
    assert re.search(r'<input[^>]*value="champion"[^>]*checked|<input[^>]*checked[^>]*value="champion"', form)


def test_an_unknown_attitude_is_set_from_the_map_and_leads_back_to_it(client, opportunity):
    row = add_stakeholder(opportunity, contact=ContactFactory(name="Eva Lind"))
    change = reverse("stakeholder_edit", args=[opportunity.pk, row.pk])

    page = client.get(map_url(opportunity))
    form = client.get(f"{change}?came_from=map")
    posted = {"attitude": "supporter", "influence": "high", "came_from": "map", "version": reread(opportunity).version}
    saved = client.post(change, posted)

    assert "The attitude of Eva Lind is unknown" in text(page)
    assert f'href="{change}?came_from=map"' in html(page)
    assert 'name="came_from" value="map"' in html(form)
    assert saved["Location"] == map_url(opportunity)
    assert "The attitude of Eva Lind is unknown" not in text(client.get(map_url(opportunity)))


def test_a_person_who_is_added_from_the_map_leads_back_to_it(client, opportunity):
    posted = {"contact": ContactFactory().pk, "roles": "champion", "attitude": "unknown", "influence": "unknown"}
    posted |= {"came_from": "map"}

    saved = client.post(
        reverse("stakeholder_add", args=[opportunity.pk]), {f"add-{name}": value for name, value in posted.items()}
    )

    assert saved["Location"] == map_url(opportunity)
    assert opportunity.stakeholders.get().roles == ("champion",)


def test_a_map_without_people_says_what_comes_there(client, opportunity):
    page = client.get(map_url(opportunity))

    assert "Nobody is on the map yet" in text(page)
    assert "Nobody has the role Decision maker" in text(page)


def test_the_map_of_a_closed_opportunity_offers_no_change(client, rep):
    opportunity = won_opportunity(owner=rep)

    page = client.get(map_url(opportunity))

    assert page.status_code == 200
    assert "Set attitude" not in text(page)
    assert "/stakeholders/add/" not in html(page)


def test_the_map_draws_those_with_a_role_first_and_says_that_it_is_cut(client, rep, opportunity):
    with editing(opportunity, by=rep, at=NOW) as record:
        for contact in ContactFactory.create_batch(99):
            record.stakeholders.create(contact=contact)
    add_stakeholder(opportunity, contact=ContactFactory(name="Bjarne"))
    add_stakeholder(opportunity, contact=ContactFactory(name="Cecilie"), roles="champion")

    said = text(client.get(map_url(opportunity)))

    assert "The first 100 of 101 people" in said
    assert "Cecilie" in said
    assert "Bjarne" not in said


@pytest.mark.sweep
@pytest.mark.parametrize("many", [1, 30])
def test_the_map_takes_the_same_queries_for_any_number(client, opportunity, many, django_assert_num_queries):
    for _ in range(many):
        add_stakeholder(opportunity)

    with django_assert_num_queries(5):
        client.get(map_url(opportunity))


def test_the_card_has_the_shapes_the_words_and_what_is_missing(client, opportunity):
    add_decision_maker(opportunity, contact=ContactFactory(name="Eva Lind"), attitude="supporter", influence="high")
    add_stakeholder(opportunity, contact=ContactFactory(name="Per Lund"))

    page = client.get(opportunity.get_absolute_url())

    card = re.search(r'id="people".*?</section>', html(page), re.DOTALL)[0]
    said = " ".join(re.sub(r"<[^>]+>", " ", card).split())
    assert "Supporter · Influence: High" in said
    assert "1 Supporter 1 Unknown Missing: Champion, Economic buyer" in said
    assert f'href="{map_url(opportunity)}"' in card


# The other opportunities of a contact


def test_the_page_lists_the_other_opportunities_of_the_contact_with_role_stage_and_result(client, rep, opportunity):
    eva = ContactFactory(name="Eva Lind")
    row = add_stakeholder(opportunity, contact=eva)
    add_stakeholder(OpportunityFactory(owner=rep, name="Lorries"), contact=eva, roles=("champion", "end_user"))
    Process.objects.update(lost_gate=LostGate.ANY)
    lose(edit(OpportunityFactory(owner=rep, name="Trailers"), contact=eva), by=rep, description="No money.")

    page = client.get(others_url(row))

    assert "Lorries" in text(page)
    assert "Champion, End user" in text(page)
    assert "Stakeholder, Contact" in text(page)
    assert "Lost" in text(page)
    assert html(page).count("data-row") == 2


def test_only_opportunities_that_the_reader_may_see_are_listed_and_counted(client, rep, opportunity):
    eva = ContactFactory(name="Eva Lind")
    row = add_stakeholder(opportunity, contact=eva)
    shared = OpportunityFactory(owner=UserFactory(), name="Shared")
    add_stakeholder(shared, contact=eva)
    add_team_member(shared, user=rep)
    add_stakeholder(OpportunityFactory(owner=UserFactory(), name="Secret"), contact=eva)

    page, tab = client.get(others_url(row)), client.get(f"{opportunity.get_absolute_url()}?tab=stakeholders")

    assert ("Shared" in text(page), "Secret" in text(page)) == (True, False)
    assert "1 other opportunity" in text(tab)


def test_the_row_of_another_opportunity_is_a_404(client, rep, opportunity):
    row = add_stakeholder(OpportunityFactory(owner=rep))

    there = reverse("stakeholder_opportunities", args=[opportunity.pk, row.pk])

    assert client.get(there).status_code == 404


def test_a_contact_without_other_opportunities_has_no_link_and_a_page_that_says_so(client, opportunity):
    row = add_stakeholder(opportunity)

    assert others_url(row) not in html(client.get(f"{opportunity.get_absolute_url()}?tab=stakeholders"))
    assert "None that you can see." in text(client.get(others_url(row)))


@pytest.mark.sweep
@pytest.mark.parametrize("many", [1, 25])
def test_other_opportunities_take_the_same_queries_for_any_number(
    client, rep, opportunity, many, django_assert_num_queries
):
    eva = ContactFactory(name="Eva Lind")
    row = add_stakeholder(opportunity, contact=eva)
    for _ in range(many):
        add_stakeholder(OpportunityFactory(owner=rep), contact=eva)

    with django_assert_num_queries(8):
        page = client.get(others_url(row))

    assert html(page).count("data-row") == min(many, 20)
    assert ("page=2" in html(page)) == (many > 20)
