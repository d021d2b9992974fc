"""The pages of sales targets."""

import datetime
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.http import QueryDict

from opportunities import targets
from opportunities.models import SalesTarget
from salesflow.users.models import SALES_MANAGER, User
from tests.support.factories import NOW, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db

YEAR = targets.fiscal_year(2026, first_month=1)


@pytest.fixture(autouse=True)
def _in_march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client_of, manager):
    return client_of(manager)


def address(person):
    return f"/reports/targets/people/{person.pk}/"


def post(client, person, version=0, year=2026, what="save", **entries):
    """Posts the form with these amounts, by the number of the month in the year."""
    months = {f"month_{year}_{int(name[1:]):02}": value for name, value in entries.items() if name[1:].isdigit()}
    others = {name: value for name, value in entries.items() if not name[1:].isdigit()}
    every = {targets.field_of(month): "" for month in targets.fiscal_year(year, first_month=1)}
    data = {**every, **months, "version": str(version), "token": "t" * 22, "what": what, **others}
    return client.post(f"{address(person)}?year={year}", data)


def stored(person):
    return {month.month: amount for month, amount in targets.amounts_of(person, YEAR).items()}


def shown(response):
    """The value of the field of each month that has one."""
    form = response.context["form"]
    values = {month.month: form[targets.field_of(month)].value() for month in form.months}
    return {month: str(value).replace("\xa0", " ") for month, value in values.items() if value}


def test_the_page_lists_teams_and_people_with_the_sum_of_the_year(client, manager, rep):
    unit = UnitFactory(name="North")
    user = User.objects.get(pk=manager.pk)
    targets.set_amounts(rep, {YEAR[0]: Decimal(100), YEAR[11]: Decimal(50)}, version=0, by=user, at=NOW)

    page = client.get("/reports/targets/").content.decode()

    assert "North" in page and f'href="/reports/targets/units/{unit.pk}/?year=2026"' in page
    assert f'href="{address(rep)}?year=2026"' in page
    assert "NOK\xa0150" in page


def test_a_team_or_a_manager_without_a_target_has_the_sum_of_its_people(client, manager, rep, colleague):
    lead = UserFactory(first_name="Nina", last_name="Holm", role=SALES_MANAGER)
    north = UnitFactory(name="North", lead=lead)
    south = UnitFactory(name="South", parent=north, lead=lead)
    UnitFactory(name="West")
    User.objects.filter(pk=rep.pk).update(unit=north)
    User.objects.filter(pk=colleague.pk).update(unit=south)
    set_targets = partial(targets.set_amounts, version=0, by=User.objects.get(pk=manager.pk), at=NOW)
    set_targets(rep, {YEAR[0]: Decimal(100)})
    set_targets(colleague, {YEAR[0]: Decimal(7), YEAR[5]: Decimal(20)})
    set_targets(south, {YEAR[5]: Decimal(50)})

    rows = {row.name: (row.amount, row.note) for row in client.get("/reports/targets/").context["rows"]}

    assert rows["North"] == (157, "The sum of its people and teams.")
    assert rows["South"] == (57, "In months without a target of its own the sum of its people and teams.")
    assert rows["West"] == (None, "")
    assert rows["Nina Holm"] == (157, "The sum of the teams that this person leads.")
    assert rows["Kari Nordmann"] == (100, "")

    set_targets(lead, {YEAR[0]: Decimal(1)})
    rows = {row.name: (row.amount, row.note) for row in client.get("/reports/targets/").context["rows"]}
    assert rows["Nina Holm"] == (1, "")


def test_amounts_are_saved_and_shown(client, rep):
    saved = post(client, rep, m1="100", m3="1 500,50")

    assert (saved.status_code, saved.url) == (303, f"{address(rep)}?year=2026")
    assert stored(rep) == {1: 100, 3: Decimal("1500.50")}
    assert shown(client.get(address(rep))) == {1: "100", 3: "1,500.50"}


def test_an_emptied_field_removes_the_target(client, rep):
    post(client, rep, m1="100", m2="200")

    post(client, rep, version=2, m1="", m2="200")

    assert stored(rep) == {2: 200}


@pytest.mark.parametrize("typed", ["0", "-5", "much"])
def test_an_amount_that_is_none_is_refused_beside_its_field(client, rep, typed):
    refused = post(client, rep, m1=typed, m2="200")

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["month_2026_01"]
    assert shown(refused) == {1: typed, 2: "200"}
    assert stored(rep) == {}


def test_an_amount_is_split_over_a_quarter_and_not_saved_yet(client, rep):
    page = post(client, rep, what="split", m1="7", split_amount="100", split_over="2026-04-01")

    assert page.status_code == 200
    assert shown(page) == {1: "7", 4: "33.33", 5: "33.33", 6: "33.34"}
    assert "Look at the months and save." in page.content.decode()
    assert stored(rep) == {}


def test_an_amount_is_split_over_the_year(client, rep):
    page = post(client, rep, what="split", split_amount="1200", split_over="year")

    assert shown(page) == dict.fromkeys(range(1, 13), "100")


def test_nothing_to_split_is_said_beside_its_field(client, rep):
    for typed in ("", "0", "x"):
        page = post(client, rep, what="split", m1="7", split_amount=typed, split_over="year")

        assert page.status_code == 422
        assert list(page.context["form"].errors) == ["split_amount"]
        assert shown(page) == {1: "7"}


def test_the_year_before_is_copied_into_the_fields(client, rep):
    post(client, rep, year=2025, m1="100", m12="1200")

    page = post(client, rep, version=2, what="copy", m2="7")

    assert shown(page) == {1: "100", 2: "7", 12: "1,200"}
    assert stored(rep) == {}


def test_a_year_before_without_targets_is_said(client, rep):
    page = post(client, rep, what="copy", m2="7")

    assert "There are no targets of the year before." in page.content.decode()
    assert shown(page) == {2: "7"}


def test_a_conflict_shows_both_values_and_the_second_save_works(client, rep, client_of):
    other = UserFactory(role=SALES_MANAGER, first_name="Per", last_name="Lie")
    post(client_of(other), rep, m1="170", m2="5")

    refused = post(client, rep, m1="180")

    assert refused.status_code == 409
    text = refused.content.decode()
    assert "Per Lie changed this while you wrote" in text and "NOK\xa0170" in text
    assert stored(rep) == {1: 170, 2: 5}
    form = refused.context["form"]
    assert shown(refused) == {1: "180", 2: "5"}
    again = post(client, rep, version=form["version"].value(), m1="180", m2="5")
    assert again.status_code == 303
    assert stored(rep) == {1: 180, 2: 5}


def test_the_value_of_the_other_person_can_be_chosen(client, rep, client_of):
    post(client_of(UserFactory(role=SALES_MANAGER)), rep, m1="170")
    refused = post(client, rep, m1="180")
    (choice,) = refused.context["form"].comparisons

    chosen = {"choice_month_2026_01": "theirs", "typed_month_2026_01": choice.typed}
    again = post(client, rep, version=1, m1="180", **chosen)

    assert again.status_code == 303
    assert stored(rep) == {1: 170}


def test_a_post_without_a_version_is_a_bad_request(client, rep):
    assert client.post(address(rep), {"what": "save"}).status_code == 400


def test_the_page_says_who_changed_the_targets_last(client, rep, manager):
    post(client, rep, m1="100")

    page = client.get(address(rep)).content.decode()

    assert f"Changed last by {manager}" in page
    assert "NOK\xa0100 are set for January 2026 – December 2026." in page


def test_only_managers_see_the_pages_and_only_of_whom_they_see(client_of, rep, colleague):
    unit = UnitFactory(name="North")
    lead = UserFactory(role=SALES_MANAGER)
    unit.lead = lead
    unit.save()
    User.objects.filter(pk=rep.pk).update(unit=unit)

    assert client_of(rep).get("/reports/targets/").status_code == 404
    assert client_of(rep).get(address(rep)).status_code == 404
    assert client_of(lead).get(address(rep)).status_code == 200
    assert client_of(lead).get(f"/reports/targets/units/{unit.pk}/").status_code == 200
    assert client_of(lead).get(address(colleague)).status_code == 404
    assert post(client_of(lead), colleague, m1="100").status_code == 404
    assert not SalesTarget.objects.exists()


@pytest.mark.parametrize("year", ["x", "0", "99999", "1999"])
def test_a_year_that_is_none_is_the_present_one(client, rep, year):
    assert client.get(address(rep), {"year": year}).context["year"].number == 2026


def test_the_year_is_the_fiscal_one(client, rep, settings):
    settings.FISCAL_YEAR_FIRST_MONTH = 7

    months = client.get(address(rep)).context["form"].months

    assert (months[0], months[-1]) == (datetime.date(2025, 7, 1), datetime.date(2026, 6, 1))


@pytest.mark.parametrize("months", [[], ["month_2026_01"], ["month_2026_02"] * 2])
def test_a_form_without_each_month_once_is_a_400_and_loses_no_target(client_of, manager, rep, months):
    targets.set_amounts(rep, {datetime.date(2026, 2, 1): Decimal(9)}, version=0, by=manager, at=NOW)
    sent = QueryDict(mutable=True)
    sent.update({"version": "1", "token": "t" * 22, "what": "save"})
    every = [targets.field_of(month) for month in targets.fiscal_year(2026, first_month=1)]
    for name in [*every, "month_2026_02"] if len(months) == 2 else months:
        sent.appendlist(name, "5")

    answer = client_of(manager).post(
        f"{address(rep)}?year=2026", sent.urlencode(), content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 400
    assert stored(rep) == {2: Decimal(9)}
