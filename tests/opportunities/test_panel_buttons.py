"""The buttons of a panel that do more than save, such as “add one” and “the contact is the decision maker”."""

import pytest

from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, PROPOSE, QUALIFY, opportunity_in, reread, stage

pytestmark = pytest.mark.django_db


def press(client, opportunity, stage_name, also, **entries):
    posted = {"stage": stage(stage_name).pk, "version": reread(opportunity).version, "also": also, **entries}
    return client.post(f"{opportunity.get_absolute_url()}save/", posted)


def test_the_button_makes_the_contact_a_decision_maker(rep, client_of):
    opportunity, contact = opportunity_in(QUALIFY, owner=rep), factories.ContactFactory()

    assert press(client_of(rep), opportunity, QUALIFY, "contact_decides", contact=contact.pk).status_code == 303

    assert [(row.contact, row.roles) for row in opportunity.stakeholders.all()] == [(contact, ("decision_maker",))]


def test_the_button_keeps_the_other_roles_of_the_contact(rep, client_of):
    opportunity, contact = opportunity_in(QUALIFY, owner=rep), factories.ContactFactory()
    factories.add_stakeholder(opportunity, contact=contact, roles="champion", attitude="supporter")

    assert press(client_of(rep), opportunity, QUALIFY, "contact_decides", contact=contact.pk).status_code == 303

    row = opportunity.stakeholders.get()
    assert (row.roles, row.attitude) == (("decision_maker", "champion"), "supporter")
    assert reread(opportunity).decision_maker_count == 1


def test_the_button_without_a_contact_is_refused(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)

    with unchanged():
        answer = press(client, opportunity, QUALIFY, "contact_decides", contact="")

    assert answer.status_code == 422
    assert "Choose the contact first." in answer.content.decode()


def test_the_button_uses_the_contact_of_the_opportunity_in_another_stage(rep, client_of):
    factories.change_step("decision_maker_identified", stage=stage(DEVELOP))
    opportunity, contact = opportunity_in(QUALIFY, owner=rep), factories.ContactFactory()
    opportunity = factories.edit(opportunity, contact=contact)

    assert press(client_of(rep), opportunity, DEVELOP, "contact_decides").status_code == 303

    assert [(row.contact, row.roles) for row in opportunity.stakeholders.all()] == [(contact, ("decision_maker",))]


def test_the_button_of_another_stage_is_a_400_and_saves_nothing(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)

    with unchanged():
        answer = press(client, opportunity, DEVELOP, "contact_decides", customer_need="Lorries")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("stage_name", "field", "page"),
    [
        (QUALIFY, "decision_maker_identified", "stakeholders/add/?stage={stage}&roles=decision_maker"),
        (DEVELOP, "stakeholders_identified", "stakeholders/add/?stage={stage}"),
        (DEVELOP, "competitors_identified", "competitors/add/?stage={stage}"),
        (PROPOSE, "sales_team_identified", "team/add/?stage={stage}"),
    ],
)
def test_add_one_redirects_to_the_page_that_adds_the_evidence(rep, client_of, stage_name, field, page):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)

    answer = press(client, opportunity, stage_name, f"add_for:{field}", **{field: "on"})

    assert answer.url == f"{opportunity.get_absolute_url()}{page.format(stage=stage(stage_name).pk)}"
    assert client.get(answer.url).status_code == 200


def test_add_one_saves_the_entries_except_ticks_without_evidence(rep, client_of):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    ticks = {"stakeholders_identified": "on", "competitors_identified": "on"}

    press(client_of(rep), opportunity, DEVELOP, "add_for:stakeholders_identified", customer_need="Lorries", **ticks)

    opportunity = reread(opportunity)
    assert opportunity.customer_need == "Lorries"
    assert not opportunity.stakeholders_identified
    assert not opportunity.competitors_identified


def test_add_one_saves_ticks_with_evidence(rep, client_of):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    factories.add_competitor(opportunity)
    ticks = {"stakeholders_identified": "on", "competitors_identified": "on"}

    press(client_of(rep), opportunity, DEVELOP, "add_for:stakeholders_identified", **ticks)

    assert reread(opportunity).competitors_identified


def test_add_one_with_an_invalid_entry_saves_nothing(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)

    with unchanged():
        answer = press(client, opportunity, QUALIFY, "add_for:decision_maker_identified", estimated_budget="much")

    assert answer.status_code == 422


@pytest.mark.parametrize("asked", ["customer_need", "sales_team_identified", "", "add_for:"])
def test_add_one_for_an_unknown_field_only_saves(rep, client_of, asked):
    opportunity = opportunity_in(QUALIFY, owner=rep)

    answer = press(client_of(rep), opportunity, DEVELOP, f"add_for:{asked}", customer_need="Lorries")

    assert answer.url == f"{opportunity.get_absolute_url()}?stage={stage(DEVELOP).pk}"
    assert reread(opportunity).customer_need == "Lorries"
