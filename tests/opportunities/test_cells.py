"""The next step, close date, revenue, owner and rating are changed in the row of the list."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from opportunities.pipeline.lists.table import CHANGED_IN_PLACE
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import QUALIFY, opportunity_in, reread
from tests.support.pages import Form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/opportunities/?q=ferr"}
ENTRIES = {
    "revenue": ({"cell-estimated_revenue": "1,500"}, lambda each: each.estimated_revenue == 1500),
    "close": ({"cell-estimated_close_date": "2027-03-01"}, lambda each: str(each.estimated_close_date) == "2027-03-01"),
    "rating": ({"cell-rating": "hot"}, lambda each: each.rating == "hot"),
    "next": ({"next-text": "Call Berit"}, lambda each: each.next_step == "Call Berit"),
}


@pytest.fixture(scope="module")
def made_once(cast):
    return opportunity_in(QUALIFY, owner=cast["rep"], name="Ferries", estimated_revenue=1000)


@pytest.fixture
def opportunity(made_once):
    return reread(made_once)


def cell(opportunity, name):
    return f"{opportunity.get_absolute_url()}cell/{name}/"


def test_each_cell_that_can_be_changed_links_to_its_form(opportunity, rep, client_of):
    page = client_of(rep).get("/opportunities/").content.decode()

    found = re.findall(r'<a class="cell" href="([^"]+)"', page)
    assert [cell(opportunity, name) for name in ("revenue", "close", "next", "owner")] == found
    assert {resolve(address).view_name for address in found} == {"list_cell"}
    assert set(CHANGED_IN_PLACE) == {*ENTRIES, "owner"}


@pytest.mark.parametrize("name", ENTRIES)
def test_a_cell_is_changed_and_answered_with_its_row_and_the_totals(opportunity, rep, client_of, name):
    client, address = client_of(rep), cell(opportunity, name)
    entries, is_written = ENTRIES[name]
    form = Form(client.get(address, **HTMX), address)
    form.fields.update({**form.fields.dict(), **entries})

    answer = client.post(address, form.fields.dict(), follow=True, **HTMX)

    assert is_written(reread(opportunity))
    assert answer["HX-Retarget"] == "closest tr"
    row = answer.content.decode()
    assert f'id="row-{opportunity.pk}"' in row
    assert 'id="list-totals" hx-swap-oob="true"' in row
    assert row.count(" data-focus") == 1  # of the name, where the list has no such column
    if name == "revenue":
        assert row.count("1,500") == 2  # in the row and in the total


def test_without_htmx_the_form_has_a_page_and_leads_back_to_the_list(opportunity, rep, client_of):
    client, address = client_of(rep), cell(opportunity, "close")
    client.get("/opportunities/?q=ferr")
    page = client.get(address)
    assert "<h1>" in page.content.decode()

    answer = Form(page, address).press(client, "Save", **{"cell-estimated_close_date": "2027-03-01"})

    assert answer.status_code == 303
    assert answer["Location"] == "/opportunities/?q=ferr"
    assert client.get(f"{opportunity.get_absolute_url()}row/")["Location"] == "/opportunities/?q=ferr"


def test_a_wrong_entry_is_said_in_the_cell_and_changes_nothing(opportunity, rep, client_of):
    client, address = client_of(rep), cell(opportunity, "revenue")
    form = Form(client.get(address, **HTMX), address)

    with unchanged():
        answer = client.post(address, {**form.fields.dict(), "cell-estimated_revenue": "much"}, **HTMX)

    assert answer.status_code == 422
    assert 'value="much"' in answer.content.decode()
    assert "<h1>" not in answer.content.decode()
    assert "HX-Retarget" not in answer


def test_a_conflict_shows_both_values_and_a_second_save_decides(opportunity, rep, manager, client_of):
    client, address = client_of(rep), cell(opportunity, "revenue")
    form = Form(client.get(address, **HTMX), address)
    factories.edit(opportunity, by=manager, estimated_revenue=2000)

    answer = client.post(address, {**form.fields.dict(), "cell-estimated_revenue": "3000"}, **HTMX)

    assert answer.status_code == 409
    text = answer.content.decode()
    assert "2,000" in text
    assert "3,000" in text
    again = Form(answer, address)
    assert client.post(address, again.fields.dict(), **HTMX).status_code == 303
    assert reread(opportunity).estimated_revenue == 3000


def test_a_form_without_the_version_of_its_page_is_a_bad_request(opportunity, rep, client_of):
    client = client_of(rep)
    for name, (entries, _is_written) in ENTRIES.items():
        named = "next-version" if name == "next" else "cell-version"
        with unchanged():
            answer = client.post(cell(opportunity, name), {**entries, named: None}, **HTMX)
        assert answer.status_code == 400, name


def test_the_owner_is_given_away_in_the_row_by_who_may(opportunity, rep, colleague, client_of):
    factories.add_team_member(opportunity, user=colleague)
    address = cell(opportunity, "owner")
    assert client_of(colleague).get(address, **HTMX).status_code == 403
    assert address not in client_of(colleague).get("/opportunities/").content.decode()
    assert cell(opportunity, "close") in client_of(colleague).get("/opportunities/").content.decode()
    client = client_of(rep)
    form = Form(client.get(address, **HTMX), address)

    answer = client.post(
        address, {**form.fields.dict(), "cell-owner": str(colleague.pk), "cell-stays": ""}, follow=True, **HTMX
    )

    assert reread(opportunity).owner == colleague
    assert answer.status_code == 200


def test_one_that_its_reader_no_longer_sees_leaves_the_list(opportunity, rep, colleague, client_of):
    client, address = client_of(rep), cell(opportunity, "owner")
    form = Form(client.get(address, **HTMX), address)
    entries = {name: value for name, value in form.fields.dict().items() if name != "cell-stays"}

    answer = client.post(address, {**entries, "cell-owner": str(colleague.pk)}, **HTMX)

    assert reread(opportunity).owner == colleague
    row = client.get(answer["Location"], **HTMX)
    assert f'id="row-{opportunity.pk}"' not in row.content.decode()
    assert row.status_code == 200


def test_a_closed_opportunity_has_no_cell_to_change(opportunity, rep, client_of):
    factories.lose(factories.fill(opportunity), by=rep)
    client = client_of(rep)

    assert 'class="cell"' not in client.get("/opportunities/?status=all").content.decode()
    for name in (*ENTRIES, "owner"):
        assert client.get(cell(opportunity, name), **HTMX).status_code == 303
    form = {"cell-rating": "hot", "cell-version": 1, "cell-token": "a" * 20}
    assert client.post(cell(opportunity, "rating"), form, **HTMX).status_code == 409
    assert client.get(cell(opportunity, "name"), **HTMX).status_code == 404


def test_a_step_that_was_planned_meanwhile_is_not_planned_again(opportunity, rep, manager, client_of):
    client, address = client_of(rep), cell(opportunity, "next")
    form = Form(client.get(address, **HTMX), address)
    factories.plan(opportunity, by=manager, text="Visit them")

    answer = client.post(address, {**form.fields.dict(), "next-text": "Call Berit"}, **HTMX)

    assert answer.status_code == 409
    assert "Visit them" in answer.content.decode()


@pytest.mark.sweep
def test_a_row_costs_the_same_for_many_rows_in_the_list(opportunity, rep, client_of):
    client = client_of(rep)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{opportunity.get_absolute_url()}row/?cell=close", **HTMX).status_code == 200
        return len(queries)

    cost()
    few = cost()
    for _ in range(3):
        opportunity_in(QUALIFY, owner=rep, name="Ferries")
    assert cost() == few <= 12
