"""`manage.py demo` fills an empty database once, and never changes real data."""

import datetime
import io
import itertools
import random

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, transaction

from opportunities.demo import load
from opportunities.demo.context import moments
from opportunities.models import Event, Opportunity
from salesflow.users.models import User
from tests.support.db_assertions import digests, unchanged
from tests.support.factories import (
    NOW,
    PASSWORD,
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    OpportunityFactory,
    UserFactory,
)
from tests.support.meanwhile import failing, meanwhile

pytestmark = pytest.mark.demo


def run(*options):
    printed = io.StringIO()
    call_command("demo", *options, stdout=printed)
    return printed.getvalue()


def fill(count, password=PASSWORD, progress=lambda done: None):
    return load.load_demo(at=NOW, count=count, password=password, progress=progress)


# Passwords


def test_the_password_can_be_chosen(db):
    printed = run("--opportunities", "1", "--password", "lofoten")

    assert all(user.check_password("lofoten") for user in User.objects.filter(is_active=True))
    assert "lofoten" in printed


@pytest.mark.parametrize("options", [("--password", " "), ("--opportunities", "0"), ("--opportunities", "many")])
def test_an_invalid_option_is_refused(db, options):
    with unchanged(), pytest.raises(CommandError):
        run(*options)


# Only once, and only in an empty database


def real_user():
    UserFactory(username="rep")


def first_manager(monkeypatch):
    monkeypatch.setenv("FIRST_MANAGER_PASSWORD", PASSWORD)
    call_command("first_manager", "--username", "boss", "--email", "", stdout=io.StringIO())


@pytest.mark.parametrize("made", [real_user, AccountFactory, ContactFactory, CompetitorFactory, OpportunityFactory])
def test_a_database_with_real_data_is_refused_and_not_changed(db, made):
    made()

    with unchanged(), pytest.raises(CommandError, match="data that is not of the demo") as refusal:
        run()

    assert refusal.value.returncode == 1


def test_a_database_with_a_first_manager_counts_as_real_data(db, monkeypatch):
    first_manager(monkeypatch)

    with unchanged(), pytest.raises(CommandError, match="data that is not of the demo"):
        run()


@pytest.mark.parametrize("made", [real_user, AccountFactory])
def test_if_empty_prints_and_writes_nothing_when_there_is_data(db, made):
    made()

    with unchanged():
        assert run("--if-empty") == ""


def test_if_empty_fills_an_empty_database(db):
    assert "rep2" in run("--if-empty", "--opportunities", "2")

    assert Opportunity.objects.count() == 2


def test_if_empty_prints_no_sign_ins_when_another_run_came_first(db):
    with meanwhile(lambda: fill(1)):
        assert "sign-ins" not in run("--if-empty")


def test_an_interrupted_run_leaves_nothing(db):
    def killed(done):
        if done == 3:
            raise KeyboardInterrupt

    before = digests()
    with pytest.raises(KeyboardInterrupt):
        fill(5, progress=killed)

    assert digests() == before


def test_a_busy_database_ends_the_command_with_a_sentence(db):
    locked = failing('FROM "auth_group"', OperationalError("database is locked"))

    with unchanged(), locked, pytest.raises(CommandError, match="database is locked"):
        run()


# Progress


def test_progress_is_shown(db):
    assert "  2 of 3\n" in run("--opportunities", "3")


# Dates and times


def test_two_runs_at_the_same_time_make_the_same_demo(db):
    def demo_of_eight():
        sid = transaction.savepoint()
        fill(8)
        events = Event.objects.order_by("opportunity", "version").values_list(
            "opportunity__name", "kind", "at", "by__username", "reason"
        )
        opportunities = Opportunity.objects.order_by("pk").values_list(
            "name", "estimated_revenue", "next_step_due", "rating"
        )
        answer = list(events), list(opportunities)
        transaction.savepoint_rollback(sid)
        return answer

    assert demo_of_eight() == demo_of_eight()


@pytest.mark.parametrize("day", range(7))
def test_generated_times_increase_on_every_day_of_the_week(day):
    last = NOW.date() + datetime.timedelta(days=day)

    times = list(moments(random.Random(day), 20, last - datetime.timedelta(days=4), last))

    assert len(times) == 20
    assert all(earlier < later for earlier, later in itertools.pairwise(times))
