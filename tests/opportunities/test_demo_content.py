"""What `manage.py demo` makes: sixty opportunities whose histories might be somebody's work."""

import datetime
import io
import itertools
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.demo import bulk, users
from opportunities.models import Closing, Event, Opportunity, StageVisit, Stakeholder, Task, Waiver, write_guard
from opportunities.verify import run as verification
from salesflow.users.models import SALES_MANAGER, SALESPERSON, User
from tests.support.db_assertions import unchanged
from tests.support.factories import PASSWORD, STAGES, UserFactory

pytestmark = pytest.mark.demo

MONTHS = datetime.timedelta(days=30)


def run(*options):
    printed = io.StringIO()
    call_command("demo", *options, stdout=printed)
    return printed.getvalue()


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """What the command printed, and the demo it made, for all tests of this module that ask for it."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=hashers), transaction.atomic():
        yield run()
        transaction.set_rollback(True)


def opportunities(**which):
    return Opportunity.objects.filter(**which)


# What it makes


def test_it_makes_sixty_opportunities_and_four_users(demo, db):
    assert Opportunity.objects.count() == 60
    assert {user.username: (user.roles, user.is_superuser) for user in User.objects.all()} == {
        "rep": ({SALESPERSON}, False),
        "rep2": ({SALESPERSON}, False),
        "manager": ({SALES_MANAGER}, False),
        "admin": ({SALES_MANAGER}, True),
    }
    assert all(user.get_full_name() and user.email for user in User.objects.all())
    assert {user.language for user in User.objects.filter(username__startswith="rep")} == {"en", "nb"}


def test_verify_finds_no_fault_in_it(demo, db):
    assert list(verification.faults()) == []


def test_some_are_open_in_each_stage_some_ready_and_some_not(demo, db):
    for stage in STAGES:
        here = opportunities(status="open", is_finished=False, active_stage__name_en=stage)
        assert {True, False} == set(here.values_list("is_ready", flat=True)), stage


def test_some_are_won_some_lost_from_each_stage_and_some_finished_but_not_closed(demo, db):
    lost_from = Closing.objects.filter(outcome="lost", reopened_at=None).values_list("stage__name_en", flat=True)

    assert opportunities(status="won").count() >= 8
    assert set(lost_from) == set(STAGES)
    assert set(opportunities(status="lost").values_list("status_reason__key", flat=True)) == {"canceled", "out_sold"}
    assert opportunities(status="open", is_finished=True).exists()


BY_A_MIGRATION = {Event.Kind.CONVERTED}


@pytest.mark.parametrize("kind", sorted(set(Event.Kind.values) - BY_A_MIGRATION))
def test_everything_that_can_happen_has_happened(demo, db, kind):
    assert Event.objects.filter(kind=kind).exists()


def test_some_are_on_hold_and_some_have_a_waiver_by_the_manager(demo, db):
    assert opportunities(is_on_hold=True).exists()
    assert {waiver.by.username for waiver in Waiver.objects.select_related("by")} == {"manager"}
    assert opportunities(status="open", waivers__isnull=False).exists()


def test_next_steps_are_overdue_due_today_planned_or_not_planned_at_all(demo, db):
    today = timezone.localdate()

    assert opportunities(status="open", next_step_due__lt=today).count() >= 3
    assert opportunities(status="open", next_step_due=today).exists()
    assert opportunities(status="open", next_step_due__gt=today).count() >= 10
    assert opportunities(status="open", next_step="").exists()
    assert not opportunities(next_step_due__isnull=False).exclude(status="open").exists()


def test_revenues_and_close_dates_are_believable(demo, db):
    for opportunity in Opportunity.objects.all():
        assert Decimal(40_000) <= opportunity.estimated_revenue <= Decimal(8_000_000)
        assert abs(opportunity.estimated_close_date - timezone.localdate()) < 10 * MONTHS


def test_large_ones_are_shared_between_the_two_salespeople(demo, db):
    rep = User.objects.get(username="rep")

    seen = Opportunity.objects.visible_to(rep)

    assert seen.filter(owner=rep).exists()
    assert seen.exclude(owner=rep).exists()
    assert seen.count() < Opportunity.objects.count()


def test_customers_live_at_reserved_addresses(demo, db):
    addresses = [contact.email for contact in Contact.objects.all()]

    assert len(addresses) == len(set(addresses)) > 60
    assert all(address.endswith((".example.no", ".example.com")) for address in addresses)
    assert all(account.phone and account.city and account.industry for account in Account.objects.all())
    assert set(Stakeholder.objects.values_list("role", flat=True)) == set(Stakeholder.Role.values)


def test_history_lies_in_the_nine_months_behind_and_in_order(demo, db):
    now = timezone.now()

    for opportunity in Opportunity.objects.all():
        told = list(opportunity.events.order_by("version").values_list("at", flat=True))
        assert now - 9.2 * MONTHS < told[0] == opportunity.created_at
        assert all(earlier <= later for earlier, later in itertools.pairwise(told))
        assert told[-1] == opportunity.modified_at < now


def test_customers_were_there_before_the_first_opportunity(demo, db):
    first = Opportunity.objects.earliest("created_at").created_at

    for model in (Account, Contact, Competitor):
        assert not model.objects.filter(created_at__gt=first).exists()
        assert not model.history.filter(history_date__gt=first).exists()
        assert model.history.count() == model.objects.count()


def test_nothing_happens_at_night_or_at_weekends(demo, db):
    for at in Event.objects.filter(kind="started").values_list("at", flat=True):
        local = timezone.localtime(at)
        assert local.weekday() < 5
        assert 8 <= local.hour < 18


# Run again


def test_the_passwords_printed_are_those_of_the_users(demo, db):
    told = dict(line.split()[:2] for line in demo.splitlines() if line.startswith(("  rep", "  manager", "  admin")))

    assert set(told) == {"rep", "rep2", "manager", "admin"}
    assert len(set(told.values())) == 4
    assert all(User.objects.get(username=name).check_password(password) for name, password in told.items())


def test_a_password_given_later_replaces_those_there_were(demo, db):
    printed = run("--password", "lofoten")

    assert all(user.check_password("lofoten") for user in User.objects.all())
    assert "rep2" in printed
    assert Opportunity.objects.count() == 60


def test_a_second_run_says_that_it_is_there_and_writes_nothing(demo, db):
    with unchanged():
        assert "there already: 60 opportunities" in run()


def test_a_demo_that_real_people_have_joined_is_one_no_longer(demo, db):
    real = UserFactory(username="somebody")

    with unchanged(), pytest.raises(CommandError, match="data that is not of the demo"):
        run("--password", "lofoten")

    assert users.found() is users.Found.REAL_DATA
    assert real.check_password(PASSWORD)


def test_if_empty_says_nothing_about_the_demo_it_made_before(demo, db):
    with unchanged():
        assert run("--if-empty") == ""


def test_copies_have_no_fault_and_equal_their_originals_in_what_happened(demo, db):
    bulk.make(70, done=60, progress=lambda done: None)

    assert list(verification.faults()) == []
    opportunities = list(Opportunity.objects.order_by("pk"))
    assert len(opportunities) == 130
    assert len({opportunity.name for opportunity in opportunities}) == 130
    for original, copy in zip(opportunities, opportunities[60:120], strict=False):
        assert copy.status == original.status
        assert copy.account_id != original.account_id
        assert copy.account.name.split()[0] in copy.name
        assert copy.search_text
        assert copy.contact.account_id == copy.account_id
        assert [event.kind for event in copy.events.all()] == [event.kind for event in original.events.all()]
        assert copy.created_at <= original.created_at


def test_copies_are_told_apart_from_their_originals_in_their_history(demo, db):
    bulk.make(60, done=60, progress=lambda done: None)

    for event in Event.objects.filter(opportunity__pk__gt=Opportunity.objects.order_by("pk")[59].pk, version=1):
        told = {change["field"]: change["new"] for change in event.changes}
        opportunity = event.opportunity
        assert told["name"] == opportunity.name
        assert told["account"] == {"id": opportunity.account_id, "name": opportunity.account.name}
        named = {row["table"]: row["name"] for row in event.children}
        assert named == {"stakeholder": opportunity.contact.name, "task": opportunity.tasks.earliest("pk").text}
        assert set(
            StageVisit.objects.filter(opportunity=opportunity).values_list("instance__opportunity", flat=True)
        ) == {opportunity.pk}


def test_some_tasks_are_done_some_open_and_some_dropped(demo, db):
    assert Task.objects.filter(done_at__isnull=False).exists()
    assert Task.objects.open().exists()
    assert set(Task.objects.filter(dropped_at__isnull=False).values_list("opportunity__status", flat=True)) >= {"won"}


def test_the_door_is_shut_again_after_copying(demo, db):
    bulk.make(1, done=60, progress=lambda done: None)

    with pytest.raises(write_guard.UnguardedWrite):
        Opportunity.objects.update(version=7)
