"""The target that a forecast compares with is that of the people whose opportunities the reader sees."""

import datetime
from decimal import Decimal

import pytest

from opportunities import targets
from opportunities.reports.target_sums import TargetSums
from salesflow.users.models import COLLEAGUE, SALES_MANAGER, Absence, User
from tests.support.factories import NOW, TODAY, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db

MARCH = datetime.date(2026, 3, 1)


@pytest.fixture
def setter():
    """Sees all, so that the targets of everyone may be set."""
    return UserFactory(role=SALES_MANAGER, sees_all=True)


@pytest.fixture
def sales(setter):
    """A unit with a person and a target of its own, and a unit below it with a person."""
    sales = UnitFactory(name="Sales")
    north = UnitFactory(name="Sales north", parent=sales)
    for subject, amount in (
        (sales, 500),
        (UserFactory(username="of sales", unit=sales), 30),
        (UserFactory(username="of north", unit=north), 100),
    ):
        put(subject, amount, setter)
    return sales


def put(subject, amount, by):
    targets.set_amounts(subject, {MARCH: Decimal(amount)}, version=0, by=by, at=NOW)


def target_of(reader):
    return TargetSums([MARCH], User.objects.get(pk=reader.pk)).of_all_seen().get(MARCH)


def test_a_colleague_compares_with_the_own_unit_without_those_below(sales):
    assert target_of(UserFactory(role=COLLEAGUE, unit=sales)) == Decimal(30)


def test_the_lead_of_all_below_compares_with_the_target_of_the_unit(sales):
    lead = UserFactory(role=SALES_MANAGER)
    sales.lead = lead
    sales.save()

    assert target_of(lead) == Decimal(500)


def test_the_own_target_of_a_lead_who_is_in_another_unit_counts_too(sales, setter):
    lead = UserFactory(role=SALES_MANAGER, unit=UnitFactory(name="Office"))
    sales.lead = lead
    sales.save()
    put(lead, 7, setter)

    assert target_of(lead) == Decimal(507)


def test_a_deputy_compares_with_the_targets_of_both(sales, setter):
    of_sales, deputy = User.objects.get(username="of sales"), UserFactory()
    put(deputy, 4, setter)
    days = {"first_day": TODAY, "last_day": TODAY + datetime.timedelta(days=9999)}
    Absence.objects.create(person=of_sales, deputy=deputy, set_by=setter, **days)

    assert target_of(deputy) == Decimal(34)


def test_a_salesperson_compares_with_the_own_target(sales):
    assert target_of(User.objects.get(username="of north")) == Decimal(100)


def test_who_sees_all_compares_with_all_units_and_the_people_of_none(sales, setter):
    put(UserFactory(), 1, setter)

    assert target_of(setter) == Decimal(501)
