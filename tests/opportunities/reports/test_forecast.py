"""The forecast: hand-made opportunities and targets, with known figures."""

import datetime
from decimal import Decimal

import pytest

from opportunities import targets
from opportunities.models import write_guard
from opportunities.reports import forecast
from opportunities.reports.tables import Days
from salesflow.users.models import COLLEAGUE, SALES_MANAGER, User
from tests.support.behind_figures import listed, scope_of
from tests.support.factories import (
    DAY,
    NOW,
    TODAY,
    OpportunityFactory,
    UnitFactory,
    UserFactory,
    add_team_member,
    copies,
    lost_opportunity,
    won_opportunity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

QUARTER = Days(datetime.date(2026, 1, 1), datetime.date(2026, 3, 31))
MARCH = datetime.date(2026, 3, 1)
IN_MARCH = TODAY + 10 * DAY


def tables(reader, period=QUARTER, **options):
    return {table.key: table for table in forecast.tables(scope_of(reader, period, **options))}


def figures(table):
    """The figures of each row that are not nothing, by its label and the key of the column."""
    rows = [*table.rows, *([table.total] if table.total else [])]
    found = {}
    for row in rows:
        named = zip((column.key for column in table.columns), row.figures, strict=True)
        found[str(row.label)] = {key: figure.value for key, figure in named if figure.value}
    return found


def months(reader, period=QUARTER, **options):
    return figures(tables(reader, period, **options)["months"])


def opportunity(owner, revenue=100, date=IN_MARCH, category="pipeline", **more):
    entries = {"estimated_revenue": revenue and Decimal(revenue), "estimated_close_date": date, **more}
    return OpportunityFactory(owner=owner, forecast_category=category, **entries)


def set_target(manager, subject, amount, month=MARCH):
    version = targets.version_of(subject)
    targets.set_amounts(subject, {month: Decimal(amount)}, version=version, by=User.objects.get(pk=manager.pk), at=NOW)


def test_what_is_open_is_in_the_month_of_its_date_by_category(rep):
    opportunity(rep, 100, category="committed", probability=90)
    opportunity(rep, 200, category="best_case", probability=50)
    opportunity(rep, "300.50", category="pipeline")  # 20 percent, that of Qualify
    opportunity(rep, None, category="pipeline")

    assert months(rep)["March 2026"] == {
        "count": 4,
        "committed": 100,
        "best_case": 200,
        "pipeline": Decimal("300.50"),
        "weighted": Decimal("250.10"),
    }


def test_rows_besides_months_are_overdue_later_and_without_a_date(rep):
    opportunity(rep, 1, TODAY - DAY)
    opportunity(rep, 10, QUARTER.first - 400 * DAY)
    opportunity(rep, 100, QUARTER.last + DAY)
    opportunity(rep, 1000, None)
    opportunity(rep, 10000, TODAY)

    found = {label: row.get("pipeline") for label, row in months(rep).items()}

    assert found == {
        "January 2026": None,
        "February 2026": None,
        "March 2026": 10000,
        "These months": 10000,
        "Overdue": 11,
        "Later": 100,
        "No date": 1000,
        "Total": 11111,
    }


def test_a_period_to_come_has_a_row_of_what_closes_before_it(rep):
    opportunity(rep, 100)

    found = months(rep, Days(datetime.date(2026, 4, 1), datetime.date(2026, 6, 30)))

    assert found["Earlier"] == {"count": 1, "pipeline": 100, "weighted": 20}


def test_a_period_that_is_over_has_only_what_was_won(rep):
    opportunity(rep, 100, TODAY - 30 * DAY)
    won_opportunity(owner=rep, at=NOW - 20 * DAY)

    found = months(rep, Days(datetime.date(2026, 2, 1), datetime.date(2026, 2, 28)))

    assert found["February 2026"] == {"won": 450_000}
    assert found["Overdue"]["pipeline"] == 100


def test_months_are_whole_ones(rep):
    opportunity(rep, 100, datetime.date(2026, 3, 31))

    assert list(months(rep, Days(datetime.date(2026, 3, 10), datetime.date(2026, 3, 12)))) == [
        *("March 2026", "Overdue", "Later", "No date", "Total")
    ]


def test_what_is_omitted_is_left_out_and_counted_in_a_note(rep):
    opportunity(rep, 100, category="omitted")
    opportunity(rep, 100, category="omitted", date=None)

    table = tables(rep)["months"]

    assert figures(table)["March 2026"] == {}
    assert {str(row.label): row.note for row in [*table.rows, table.total] if row.note} == {
        "March 2026": "1 omitted is left out",
        "These months": "1 omitted is left out",
        "No date": "1 omitted is left out",
        "Total": "2 omitted are left out",
    }


def test_what_was_lost_is_in_no_figure(rep):
    lost_opportunity(owner=rep, estimated_revenue=Decimal(100), estimated_close_date=IN_MARCH)

    assert not any(months(rep).values())


# Targets


def test_won_and_committed_and_won_and_weighted_are_compared_with_the_target(rep, manager):
    opportunity(rep, 50_000, category="committed", probability=50)
    won_opportunity(owner=rep)
    set_target(manager, rep, 600_000)

    found = months(rep)

    assert found["March 2026"] == {
        "count": 1,
        "committed": 50_000,
        "weighted": 25_000,
        "won": 450_000,
        "target": 600_000,
        "covered_by_committed": Decimal("83.3"),
        "covered_by_weighted": Decimal("79.2"),
    }
    assert found["These months"]["covered_by_committed"] == Decimal("83.3")
    assert "target" not in found["Total"]


def test_without_a_target_there_is_no_coverage(rep):
    won_opportunity(owner=rep)

    assert months(rep)["March 2026"] == {"won": 450_000}


def test_the_target_of_a_period_is_the_sum_of_its_months(rep, manager):
    set_target(manager, rep, 100)
    set_target(manager, rep, 30, datetime.date(2026, 1, 1))
    set_target(manager, rep, 7, datetime.date(2026, 4, 1))

    assert months(rep)["These months"]["target"] == 130


def test_a_rep_has_the_own_target_and_a_manager_that_of_all(rep, colleague, manager):
    set_target(manager, rep, 100)
    set_target(manager, colleague, 30)

    assert months(rep)["March 2026"]["target"] == 100
    assert months(manager)["March 2026"]["target"] == 130
    assert months(manager, owner=str(colleague.pk))["March 2026"]["target"] == 30


def test_a_unit_without_a_target_has_the_sum_of_what_is_below_it(rep, colleague, manager):
    north = UnitFactory(name="North")
    harbours, rivers = UnitFactory(name="Harbours", parent=north), UnitFactory(name="Rivers", parent=north)
    User.objects.filter(pk=rep.pk).update(unit=harbours)
    User.objects.filter(pk=colleague.pk).update(unit=rivers)
    set_target(manager, rep, 100)
    set_target(manager, colleague, 30)
    set_target(manager, rivers, 50)

    found = figures(tables(manager)["units"])

    assert {label: row.get("target") for label, row in found.items()} == {
        "North": 150,
        "North › Harbours": 100,
        "North › Rivers": 50,
    }
    assert months(manager, unit=str(harbours.pk))["March 2026"]["target"] == 100


def test_the_target_of_people_in_no_team_is_the_sum_of_theirs(rep, colleague, manager):
    User.objects.filter(pk=colleague.pk).update(unit=UnitFactory())
    set_target(manager, rep, 100)
    set_target(manager, colleague, 30)

    assert months(manager, unit="none")["March 2026"]["target"] == 100


def test_a_lead_has_no_target_of_people_in_no_team(rep, manager):
    north = UnitFactory(name="North")
    north.lead = lead = UserFactory(role=SALES_MANAGER)
    north.save()
    set_target(manager, rep, 100)
    set_target(manager, north, 30)

    assert "target" not in months(lead, unit="none")["March 2026"]


def test_disabled_owners_have_no_target(rep, manager):
    set_target(manager, rep, 100)

    assert "target" not in months(manager, owner="disabled")["March 2026"]


# By person and by team


def test_a_manager_compares_people_and_teams(rep, colleague, manager):
    north = UnitFactory(name="North")
    harbours = UnitFactory(name="Harbours", parent=north)
    User.objects.filter(pk=rep.pk).update(unit=north)
    User.objects.filter(pk=colleague.pk).update(unit=harbours)
    opportunity(rep, 100)
    opportunity(colleague, 30)
    opportunity(colleague, 7, TODAY - DAY)
    won_opportunity(owner=colleague)

    found = tables(manager)

    assert {label: row.get("pipeline") for label, row in figures(found["people"]).items()} == {
        "Kari Nordmann": 100,
        "Ola Hansen": 30,
    }
    assert {label: row.get("pipeline") for label, row in figures(found["units"]).items()} == {
        "North": 130,
        "North › Harbours": 30,
    }
    assert figures(found["units"])["North"]["won"] == 450_000


def test_a_person_with_a_target_and_nothing_else_is_there(rep, manager):
    set_target(manager, rep, 100)

    assert figures(tables(manager)["people"]) == {"Kari Nordmann": {"target": 100}}


def test_a_rep_and_a_manager_of_no_unit_compare_nobody(rep):
    UnitFactory()
    lonely = UserFactory(role=SALES_MANAGER)

    assert list(tables(rep)) == ["months"]
    assert list(tables(lonely)) == ["months"]


def test_a_lead_has_the_people_of_the_unit_and_not_who_is_on_a_team_with_them(rep, colleague):
    north = UnitFactory(name="North")
    north.lead = lead = UserFactory(role=SALES_MANAGER)
    north.save()
    User.objects.filter(pk=rep.pk).update(unit=north)
    opportunity(rep, 100)
    add_team_member(opportunity(colleague, 30), user=lead)

    assert list(figures(tables(lead)["people"])) == ["Kari Nordmann"]
    assert list(figures(tables(lead)["units"])) == ["North"]


# The list behind a figure


def test_the_count_leaves_out_what_is_omitted_in_the_list_too(rep):
    counted = opportunity(rep, 100)
    opportunity(rep, 100, category="omitted")
    row = next(row for row in tables(rep)["months"].rows if row.label == "March 2026")

    behind = listed(rep, row.figures[0].filters)

    assert list(behind.rows) == [counted]
    assert behind.shown("forecast") == "All but omitted"


@pytest.mark.parametrize("asked", ["x", "0", "99999999999999999999", "\x00"])
def test_a_person_and_a_unit_that_are_none_are_left_out(rep, asked):
    opportunity(rep, 100)

    assert months(rep, owner=asked, unit=asked)["March 2026"]["pipeline"] == 100


# Many


def test_a_long_period_has_its_first_36_months(rep):
    opportunity(rep, 100, datetime.date(2029, 1, 15))

    table = tables(rep, Days(datetime.date(2026, 1, 1), datetime.date(2035, 12, 31)))["months"]

    found = figures(table)
    assert list(found)[:2] == ["January 2026", "February 2026"]
    assert len(found) == 36 + len(("These months", "Overdue", "Later", "No date", "Total"))
    assert found["Later"]["pipeline"] == 100
    assert table.guide == "The first 36 months are shown, until December 2028. What closes after them is in Later."


def test_a_period_of_36_months_is_shown_whole(rep):
    table = tables(rep, Days(datetime.date(2026, 1, 1), datetime.date(2028, 12, 31)))["months"]

    assert table.guide == ""


def test_of_many_people_those_with_the_most_are_shown(manager):
    first = opportunity(manager, 100)
    people = UserFactory.create_batch(forecast.MOST_PEOPLE)
    for each, revenue in zip(copies(first, len(people)), range(1, 100), strict=False):
        each.owner, each.estimated_revenue = people[revenue - 1], Decimal(revenue)
        with write_guard.guarded_every():
            each.save()

    table = tables(manager)["people"]

    assert len(table.rows) == forecast.MOST_PEOPLE
    assert str(people[0]) not in figures(table) and str(people[1]) in figures(table)
    assert "The 50 people with the most are shown." in table.guide


def test_more_people_and_teams_take_no_more_queries(rep, manager, django_assert_max_num_queries):
    opportunity(rep, 100)
    for _ in range(5):
        person = UserFactory(unit=UnitFactory())
        opportunity(person, 100)
        set_target(manager, person, 100)
    scope = scope_of(manager, QUARTER)

    with django_assert_max_num_queries(7):
        forecast.tables(scope)


def test_the_people_are_those_whom_the_filters_by_owner_and_team_keep(rep, colleague, manager):
    north = UnitFactory(name="Sales north")
    User.objects.filter(pk=rep.pk).update(unit=north)
    for person in (rep, colleague):
        set_target(manager, person, 500)

    assert list(figures(tables(manager, unit=str(north.pk))["people"])) == ["Kari Nordmann"]
    assert list(figures(tables(manager, unit="none")["people"])) == ["Ola Hansen"]
    assert list(figures(tables(manager, owner=str(colleague.pk))["people"])) == ["Ola Hansen"]


def test_a_colleague_sees_no_target_of_a_team_below_the_own_one(manager):
    sales = UnitFactory(name="Sales")
    north = UnitFactory(name="Sales north", parent=sales)
    set_target(manager, north, 500)
    set_target(manager, UserFactory(unit=north), 70)
    reader = UserFactory(role=COLLEAGUE, unit=sales)

    assert "target" not in months(reader)["March 2026"]
    assert "target" not in months(reader, unit=str(sales.pk))["March 2026"]
