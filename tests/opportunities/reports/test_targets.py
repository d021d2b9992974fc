"""Sales targets: who may set them, how an amount is split, and that nothing is lost when two people set them."""

import datetime
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from opportunities import access, targets
from opportunities.models import SalesTarget
from opportunities.refusals import Gone, NotAllowed, StaleVersion
from salesflow.users.models import COLLEAGUE, SALES_MANAGER, User
from tests.support.factories import DAY, NOW, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db

YEAR = targets.fiscal_year(2026, first_month=1)
JANUARY, FEBRUARY, MARCH = YEAR[:3]


def set_targets(subject, by, amounts, version=None, at=NOW):
    version = targets.version_of(subject) if version is None else version
    amounts = {month: amount and Decimal(amount) for month, amount in amounts.items()}
    return targets.set_amounts(subject, amounts, version=version, by=by, at=at)


def stored(subject):
    return targets.amounts_of(subject, YEAR)


def test_a_target_is_stored_with_who_set_it_and_with_its_history(rep, manager):
    set_targets(rep, manager, {JANUARY: 100, FEBRUARY: "200.50"})
    set_targets(rep, manager, {JANUARY: 150}, at=NOW + DAY)
    set_targets(rep, manager, {FEBRUARY: None})

    target = SalesTarget.objects.get()
    assert (target.person, target.month, target.amount) == (rep, JANUARY, 150)
    assert (target.set_by, target.set_at) == (manager, NOW + DAY)
    changes = SalesTarget.history.order_by("history_id").values_list("history_type", "month", "amount", "history_user")
    assert list(changes) == [
        ("+", JANUARY, 100, manager.pk),
        ("+", FEBRUARY, Decimal("200.50"), manager.pk),
        ("~", JANUARY, 150, manager.pk),
        ("-", FEBRUARY, Decimal("200.50"), manager.pk),
    ]


def test_an_amount_that_stays_writes_nothing(rep, manager):
    set_targets(rep, manager, {JANUARY: 100})

    assert set_targets(rep, manager, {JANUARY: 100, FEBRUARY: None}) == []
    assert targets.version_of(rep) == 1


def test_a_unit_and_a_person_have_targets_of_their_own(rep, manager):
    unit = UnitFactory()
    set_targets(unit, User.objects.get(pk=manager.pk), {JANUARY: 100})

    assert stored(unit) == {JANUARY: 100}
    assert stored(rep) == {}


# Two people at once


def test_what_only_one_side_changed_is_kept(rep, manager):
    other = UserFactory(role=SALES_MANAGER)
    set_targets(rep, manager, {JANUARY: 100, FEBRUARY: 100})
    set_targets(rep, other, {JANUARY: 170, FEBRUARY: 100})

    set_targets(rep, manager, {JANUARY: 100, FEBRUARY: 250}, version=2)

    assert stored(rep) == {JANUARY: 170, FEBRUARY: 250}


def test_what_both_changed_differently_is_a_conflict_and_nothing_is_saved(rep, manager):
    other = UserFactory(role=SALES_MANAGER, first_name="Per", last_name="Lie")
    set_targets(rep, manager, {JANUARY: 100, MARCH: 10})
    set_targets(rep, other, {JANUARY: 170, MARCH: 20}, at=NOW + DAY)

    with pytest.raises(StaleVersion) as refused:
        set_targets(rep, manager, {JANUARY: 180, FEBRUARY: 250, MARCH: 10}, version=2)

    (conflict,) = refused.value.conflicts
    assert (conflict.field, conflict.mine, conflict.theirs) == ("month_2026_01", 180, 170)
    assert (conflict.by, conflict.at, conflict.is_own) == (other, NOW + DAY, False)
    assert (refused.value.version, refused.value.merged) == (4, {"month_2026_03": 20})
    assert stored(rep) == {JANUARY: 170, MARCH: 20}


def test_the_same_amount_by_two_people_is_no_conflict(rep, manager):
    other = UserFactory(role=SALES_MANAGER)
    set_targets(rep, other, {JANUARY: 170})

    assert set_targets(rep, manager, {JANUARY: 170}, version=0) == []


def test_a_target_that_another_person_removed_is_a_conflict(rep, manager):
    set_targets(rep, manager, {JANUARY: 100})
    set_targets(rep, UserFactory(role=SALES_MANAGER), {JANUARY: None})

    with pytest.raises(StaleVersion):
        set_targets(rep, manager, {JANUARY: 180}, version=1)


def test_a_version_that_never_was_is_refused(rep, manager):
    with pytest.raises(Gone):
        set_targets(rep, manager, {JANUARY: 180}, version=1)

    assert not SalesTarget.objects.exists()


# Who may


def test_only_a_manager_sets_targets(rep, colleague):
    for user in (rep, colleague, UserFactory(role=COLLEAGUE), UserFactory(role=None)):
        with pytest.raises(NotAllowed):
            set_targets(rep, user, {JANUARY: 100})

    assert not SalesTarget.objects.exists()


def test_a_lead_sets_targets_of_the_units_they_lead_and_of_their_people(rep, colleague):
    north, south = UnitFactory(name="North"), UnitFactory(name="South")
    below = UnitFactory(name="Harbours", parent=north)
    lead = UserFactory(role=SALES_MANAGER)
    north.lead = lead
    north.save()
    User.objects.filter(pk=rep.pk).update(unit=below)
    User.objects.filter(pk=colleague.pk).update(unit=south)

    assert set(access.people_whose_targets_may_be_set(lead)) == {lead, rep}
    assert set(access.units_whose_targets_may_be_set(lead)) == {north, below}
    for subject in (colleague, south):
        with pytest.raises(NotAllowed):
            set_targets(subject, lead, {JANUARY: 100})
    assert not SalesTarget.objects.exists()


# The table


def create(amount, person):
    return SalesTarget.objects.create(person=person, month=JANUARY, amount=Decimal(amount), set_by=person, set_at=NOW)


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_the_database_refuses_an_amount_that_is_none(rep, amount):
    with pytest.raises(IntegrityError, match="sales_target_is_more_than_nothing"), transaction.atomic():
        create(amount, person=rep)


def test_the_database_refuses_an_amount_with_too_many_digits(rep):
    too_many = IntegrityError if connection.vendor == "sqlite" else DataError
    with pytest.raises(too_many), transaction.atomic():
        create("1000000000000", person=rep)

    assert create("999999999999.99", person=rep)


def test_the_database_refuses_a_target_of_nobody_and_of_two(rep, manager):
    for of in ({}, {"person": rep, "unit": UnitFactory()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SalesTarget.objects.create(**of, month=JANUARY, amount=1, set_by=manager, set_at=NOW)


def test_the_database_refuses_a_second_target_of_a_month(rep, manager):
    set_targets(rep, manager, {JANUARY: 100})

    with pytest.raises(IntegrityError), transaction.atomic():
        SalesTarget.objects.create(person=rep, month=JANUARY, amount=1, set_by=manager, set_at=NOW)


# Months and parts


def test_a_fiscal_year_has_twelve_months_from_its_first():
    assert targets.fiscal_year(2026, first_month=7)[0] == datetime.date(2026, 7, 1)
    assert targets.fiscal_year(2026, first_month=7)[-1] == datetime.date(2027, 6, 1)


def test_the_last_month_takes_the_rest():
    assert list(targets.split(Decimal(100), YEAR[:3]).values()) == [
        *(Decimal("33.33"), Decimal("33.33"), Decimal("33.34"))
    ]


@given(st.decimals(Decimal("0.01"), Decimal("999999999999.99"), places=2), st.integers(1, 12))
def test_the_parts_are_the_whole_and_differ_by_less_than_a_cent_for_each(amount, count):
    parts = list(targets.split(amount, YEAR[:count]).values())

    assert sum(parts) == amount
    assert len(set(parts[:-1])) <= 1
    assert 0 <= parts[-1] - parts[0] < count * Decimal("0.01")
