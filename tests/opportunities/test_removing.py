"""Removing a child row that changed after the page was opened. The page shows the change first."""

import pytest
from django.urls import reverse

from opportunities.models import Stakeholder, TeamMember
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import OpportunityFactory
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db

ROWS = {
    "stakeholder": (factories.add_stakeholder, {"roles": Stakeholder.Role.DECISION_MAKER}, "Decision maker"),
    "competitor": (factories.add_competitor, {"note": "Cheaper by half"}, "Cheaper by half"),
    "team_member": (factories.add_team_member, {"role": TeamMember.Role.DELIVERY}, "Delivery"),
    "task": (factories.plan, {"text": "Write to them"}, "Write to them"),
}


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def row_of(kind, opportunity):
    return ROWS[kind][0](opportunity)


def remove_page(client, kind, row):
    url = reverse(f"{kind}_remove", args=[row.opportunity_id, row.pk])
    return Form(client.get(url), url)


@pytest.mark.parametrize("kind", ROWS)
def test_removing_a_row_that_another_user_changed_shows_the_change_first(client_of, rep, manager, opportunity, kind):
    client, row, (_, changed, shown) = client_of(rep), row_of(kind, opportunity), ROWS[kind]
    page = remove_page(client, kind, row)
    factories.change_row(row, by=manager, **changed)

    with unchanged():
        answer = page.press(client, "Remove")

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Ingrid Dahl changed “" in text
    assert "after this page was opened. Look at it before you remove it." in text
    assert shown in text


@pytest.mark.parametrize("kind", ROWS)
def test_pressing_remove_again_removes_the_changed_row(client_of, rep, manager, opportunity, kind):
    client, row, (_, changed, *_) = client_of(rep), row_of(kind, opportunity), ROWS[kind]
    page = remove_page(client, kind, row)
    factories.change_row(row, by=manager, **changed)
    again = Form(page.press(client, "Remove"), page.action)

    answer = again.press(client, "Remove")

    assert answer.status_code == 303
    assert not type(row).objects.filter(pk=row.pk).exists()


def test_the_sentence_about_the_change_is_translated(client_of, rep, manager, opportunity):
    client, row = client_of(rep), factories.add_stakeholder(opportunity)
    client.cookies["django_language"] = "nb"
    page = remove_page(client, "stakeholder", row)
    factories.change_row(row, by=manager, roles=Stakeholder.Role.DECISION_MAKER)

    text = page.press(client, "Fjern").content.decode()

    assert "Ingrid Dahl endret «roller» etter at denne siden ble åpnet. Se på den før du fjerner den." in text


def test_a_change_by_the_same_user_is_described_as_another_window(client_of, rep, opportunity):
    client, row = client_of(rep), factories.add_stakeholder(opportunity)
    page = remove_page(client, "stakeholder", row)
    factories.change_row(row, by=rep, roles=Stakeholder.Role.DECISION_MAKER)

    answer = page.press(client, "Remove")

    assert answer.status_code == 409
    assert "You changed “roles” in another window. Look at it before you remove it." in answer.content.decode()


def test_a_row_that_was_changed_and_changed_back_is_removed_at_once(client_of, rep, manager, opportunity):
    client, row = client_of(rep), factories.add_stakeholder(opportunity)
    page, roles = remove_page(client, "stakeholder", row), row.roles
    factories.change_row(row, by=manager, roles=Stakeholder.Role.DECISION_MAKER)
    factories.change_row(row, by=manager, roles=roles)

    assert page.press(client, "Remove").status_code == 303


def test_a_change_of_another_row_does_not_stop_the_removal(client_of, rep, manager, opportunity):
    client, row, other = client_of(rep), factories.add_stakeholder(opportunity), factories.add_stakeholder(opportunity)
    page = remove_page(client, "stakeholder", row)
    factories.change_row(other, by=manager, roles=Stakeholder.Role.DECISION_MAKER)

    assert page.press(client, "Remove").status_code == 303


def test_the_admin_shows_a_changed_row_before_removing_it(client_of, manager, rep, opportunity):
    client, row = client_of(manager), factories.add_stakeholder(opportunity)
    url = reverse("admin:opportunities_opportunity_change", args=[opportunity.pk])
    page = Form(client.get(url), None)
    factories.change_row(row, by=rep, roles=Stakeholder.Role.DECISION_MAKER)
    page.fields["stakeholders-0-DELETE"] = "on"

    with unchanged():
        answer = client.post(url, page.fields.urlencode(), content_type=FORM)

    assert answer.status_code == 409
    assert "Kari Nordmann changed “roles” after this page was opened." in answer.content.decode()
    again = Form(answer, None)
    assert client.post(url, again.fields.urlencode(), content_type=FORM).status_code == 302
    assert not opportunity.stakeholders.filter(pk=row.pk).exists()
