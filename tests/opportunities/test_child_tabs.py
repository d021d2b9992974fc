"""The tabs of child tables have pages: a tab with many rows is no heavier than one with a page of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities.editing import editing
from opportunities.editing.children import CHILDREN
from opportunities.views.paging import ROWS_OF_A_PART
from salesflow.users.models import COLLEAGUE
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import NOW, OpportunityFactory, reread

pytestmark = pytest.mark.django_db

ADD = {
    "stakeholder": lambda record: record.stakeholders.create(contact=factories.ContactFactory()),
    "competitor": lambda record: record.competitor_links.create(competitor=factories.CompetitorFactory()),
    "team_member": lambda record: record.team_members.create(user=factories.UserFactory()),
    "note": lambda record: factories.notes.add(record, text="They called."),
    "attachment": lambda record: factories.attachments.add(record, factories.store(), name="Offer.pdf"),
    "task": lambda record: factories.tasks.plan(record, text="Call them"),
}


def add(opportunity, name, number):
    with editing(opportunity, by=opportunity.owner, at=NOW) as record:
        for _ in range(number):
            ADD[name](record)


def tab_of(client, opportunity, table, **query):
    return client.get(opportunity.get_absolute_url(), {"tab": table.tab, **query})


TABS = {name: table for name, table in CHILDREN.items() if table.has_tab}
each_tab = pytest.mark.parametrize("table", TABS.values(), ids=TABS)


@each_tab
def test_a_tab_shows_its_rows_a_page_at_a_time(rep, client_of, table):
    opportunity, client = OpportunityFactory(owner=rep), client_of(rep)
    add(opportunity, table.name, ROWS_OF_A_PART + 5)

    first, second = tab_of(client, opportunity, table), tab_of(client, opportunity, table, page=2)

    assert (len(first.context["rows"]), len(second.context["rows"])) == (ROWS_OF_A_PART, 5)
    assert f"?tab={table.tab}&amp;page=2" in first.content.decode()
    shown = {row.pk for page in (first, second) for row in page.context["rows"]}
    assert shown == set(table.model.objects.filter(opportunity=opportunity).values_list("pk", flat=True))


@each_tab
def test_a_colleague_who_may_only_read_gets_no_form_on_a_tab(client_of, table):
    unit = factories.UnitFactory()
    opportunity = OpportunityFactory(owner=factories.UserFactory(unit=unit))
    add(opportunity, table.name, 1)

    shown = tab_of(client_of(factories.UserFactory(role=COLLEAGUE, unit=unit)), opportunity, table)

    assert (shown.status_code, len(shown.context["rows"])) == (200, 1)
    assert shown.context["add_form"] is None


@pytest.mark.sweep
@each_tab
def test_a_tab_with_many_rows_costs_the_queries_of_one_with_few(rep, client_of, table):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            assert tab_of(client, opportunity, table).status_code == 200
        return len(counted)

    opportunity, client = OpportunityFactory(owner=rep), client_of(rep)
    add(opportunity, table.name, ROWS_OF_A_PART + 1)
    few = queries()
    add(reread(opportunity), table.name, 2 * ROWS_OF_A_PART)

    assert queries() == few <= 15


def test_the_people_beside_a_page_of_stakeholders_are_the_first_of_all(rep, client_of):
    opportunity, client = OpportunityFactory(owner=rep), client_of(rep)
    add(opportunity, "stakeholder", ROWS_OF_A_PART + 1)
    last = factories.add_decision_maker(reread(opportunity))

    page = tab_of(client, opportunity, CHILDREN["stakeholder"])

    assert page.context["people"].stakeholders[0] == last
    assert last not in page.context["rows"]


def from_tab(opportunity, table):
    """The headers of a form that htmx sends from the tab."""
    address = f"http://testserver{opportunity.get_absolute_url()}?tab={table.tab}"
    return {"HX-Request": "true", "HX-Target": "tab-body", "HX-Current-URL": address}


def test_a_refused_form_of_a_tab_is_shown_with_the_list(rep, client_of, subtests):
    opportunity, client = OpportunityFactory(owner=rep), client_of(rep)
    for table in TABS.values():
        add(opportunity, table.name, 1)
        (row,) = tab_of(client, opportunity, table).context["rows"]
        with subtests.test(table.name), unchanged():
            url = reverse(f"{table.name}_add", args=[opportunity.pk])
            answer = client.post(url, {"add-note": "Typed"}, headers=from_tab(opportunity, table))

            html = answer.content.decode()
            assert answer.status_code == 422
            assert (answer["HX-Retarget"], answer["HX-Reselect"]) == ("#tab-body", "#tab-body")
            assert 'id="tab-body"' in html
            assert str(row) in html
            assert f'action="{url}"' in html
            assert "data-error-summary" in html
            assert "Typed" in html or "note" not in answer.context["form"].fields


def test_a_form_of_a_tab_that_is_closed_meanwhile_is_shown_with_the_list(rep, client_of):
    won, client = factories.won_opportunity(owner=rep), client_of(rep)
    table = TABS["stakeholder"]

    answer = client.post(reverse("stakeholder_add", args=[won.pk]), {"add-note": "Typed"}, headers=from_tab(won, table))

    html = answer.content.decode()
    assert answer.status_code == 409
    assert str(won.stakeholders.first()) in html
    assert "Typed" in html


def test_a_note_that_was_removed_meanwhile_is_no_reason_to_hide_the_others(rep, manager, client_of):
    opportunity, client = OpportunityFactory(owner=rep), client_of(rep)
    gone, _ = factories.write_note(opportunity, text="Gone"), factories.write_note(opportunity, text="Still here")
    factories.remove(gone, by=manager)

    url = reverse("note_pin", args=[opportunity.pk, gone.pk])
    answer = client.post(url, {"is_pinned": "on"}, headers=from_tab(opportunity, TABS["note"]))

    assert answer.status_code == 409
    assert "Still here" in answer.content.decode()
    assert "Ingrid Dahl removed" in answer.content.decode()
