"""Landed migrations do not change, and a database of older migrations is recognised and not changed."""

import hashlib
import importlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from opportunities import transitions
from opportunities.models import Opportunity, Task, write_guard
from opportunities.verify import run
from salesflow import older_database
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    TODAY,
    ContactFactory,
    OpportunityFactory,
    UserFactory,
    add_stakeholder,
    add_team_member,
    change_row,
    complete,
    lost_opportunity,
    ready_opportunity,
    reread,
    won_opportunity,
)

pytestmark = pytest.mark.sweep

TOP = Path(__file__).resolve().parent.parent
OLDER = "was made by a version of Salesflow from before these migrations, of which none was released"


# A database of older migrations


def run_migrate(folder, database):
    """Runs `manage.py migrate` as `make run` does."""
    needed = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "SECRET_KEY": "x", "HTTPS": "False"}
    return subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=TOP,
        env=needed | {"DATABASE_URL": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_migrate_stops_with_a_sentence_and_does_not_change_an_older_database(tmp_path):
    file = tmp_path / "salesflow.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE opportunities_account (id integer PRIMARY KEY, name varchar(200))")
        database.execute("INSERT INTO opportunities_account (name) VALUES ('Fjord AS')")
        database.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text)")
        database.execute("INSERT INTO django_migrations VALUES (1, 'opportunities', '0001_initial', '2026-01-01')")
    database.close()
    before = hashlib.sha256(file.read_bytes()).hexdigest()

    stopped = run_migrate(tmp_path, file)

    assert stopped.returncode == 1
    assert stopped.stderr == (
        f"CommandError: The database in the file {file} {OLDER}, so it cannot be brought up to date and was left as it "
        "is: move that file away, and run the same command again.\n"
    )
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before


def test_a_new_database_can_be_migrated_twice(tmp_path):
    for _ in range(2):
        done = run_migrate(tmp_path, tmp_path / "new.sqlite3")

        assert (done.returncode, done.stderr) == (0, "")


def record_a_migration_without_a_file():
    MigrationRecorder(connection).record_applied("opportunities", "0003_sort_text")


def unrecord_a_migration_that_others_depend_on():
    MigrationRecorder(connection).record_unapplied("customers", "0001_initial")


def drop_a_column():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_contact DROP COLUMN data_source")


def drop_a_table():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE customers_historicalcompetitor")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make_older",
    [
        record_a_migration_without_a_file,
        unrecord_a_migration_that_others_depend_on,
        drop_a_column,
        drop_a_table,
    ],
)
def test_an_older_database_is_recognised(make_older):
    make_older()
    before = MigrationRecorder(connection).applied_migrations().keys()

    with pytest.raises(CommandError, match=OLDER):
        call_command("migrate", verbosity=0)

    assert MigrationRecorder(connection).applied_migrations().keys() == before


@pytest.mark.django_db
def test_a_database_with_unapplied_migrations_is_not_older():
    """The migration that renames a column is unapplied, with those after it."""
    renaming = ("opportunities", "0016_roles_attitude_and_influence")
    for migration in MigrationLoader(connection).graph.backwards_plan(renaming):
        MigrationRecorder(connection).record_unapplied(*migration)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE opportunities_stakeholder RENAME COLUMN roles TO role")

    assert not older_database.is_older(connection)


@pytest.mark.django_db
def test_migrations_of_packages_are_not_checked():
    MigrationRecorder(connection).record_applied("contenttypes", "0099_of_another_version")

    assert not older_database.is_older(connection)


# Next steps that become tasks


@pytest.fixture
def next_steps(rep, colleague):
    """Opportunities of the time before tasks, with the next step in two columns. By name."""
    made = {
        "open": (OpportunityFactory(owner=rep), "Call Berit", TODAY),
        "without a date": (OpportunityFactory(owner=rep, by=colleague), "Call Berit", None),
        "without a text": (OpportunityFactory(owner=rep), "", TODAY),
        "without a text that is seen": (OpportunityFactory(owner=UserFactory(language="nb")), "\u200b", TODAY),
        "unseen": (OpportunityFactory(owner=rep), "\u200b", None),
        "nothing": (OpportunityFactory(owner=rep), "", None),
        "won": (won_opportunity(owner=rep), "Send the invoice", TODAY),
        "lost": (lost_opportunity(owner=rep), "Call Berit", None),
    }
    with write_guard.guarded_every():
        for opportunity, text, due in made.values():
            Opportunity.objects.filter(pk=opportunity.pk).update(next_step=text, next_step_due=due)
    return {name: reread(opportunity) for name, (opportunity, _text, _due) in made.items()}


def convert():
    migration = importlib.import_module("opportunities.migrations.0004_task_of_each_next_step")
    with write_guard.guarded_every():
        migration.convert(apps, None)


def count_tasks():
    """A later migration counts the tasks."""
    with write_guard.guarded_every():
        importlib.import_module("opportunities.migrations.0013_evidence").count(apps, None)


@pytest.mark.django_db
def test_each_next_step_becomes_a_task(next_steps, rep, colleague):
    convert()
    count_tasks()

    tasks = {name: opportunity.tasks.first() for name, opportunity in next_steps.items()}
    converted = {name: (task.text, task.due, task.is_open) for name, task in tasks.items() if task}
    assert converted == {
        "open": ("Call Berit", TODAY, True),
        "without a date": ("Call Berit", None, True),
        "without a text": ("Next step", TODAY, True),
        "without a text that is seen": ("Neste steg", TODAY, True),
        "won": ("Send the invoice", TODAY, False),
        "lost": ("Call Berit", None, False),
    }
    without_date = tasks["without a date"]
    assert (without_date.owner, without_date.created_by) == (rep, colleague)
    assert Task.objects.count() == len(converted)
    assert list(run.faults()) == []


@pytest.mark.django_db
def test_the_columns_follow_from_the_tasks_and_the_history_has_them(next_steps):
    convert()

    after = {name: reread(opportunity) for name, opportunity in next_steps.items()}
    assert {name: (each.next_step, each.next_step_due) for name, each in after.items()} == {
        "open": ("Call Berit", TODAY),
        "without a date": ("Call Berit", None),
        "without a text": ("Next step", TODAY),
        "without a text that is seen": ("Neste steg", TODAY),
        "unseen": ("", None),
        "nothing": ("", None),
        "won": ("", None),
        "lost": ("", None),
    }
    assert after["open"].version == next_steps["open"].version + 1
    assert after["open"].modified_at == next_steps["open"].modified_at
    assert after["nothing"].version == next_steps["nothing"].version
    assert after["open"].events.first().kind == "converted"


@pytest.mark.django_db
def test_a_converted_task_is_completed_and_dropped_as_any_other(next_steps):
    convert()
    count_tasks()

    complete(next_steps["open"].tasks.get())
    reopened = next_steps["won"]
    transitions.reopen(opportunity=reopened, by=reopened.owner, at=NOW, reason="They called.")

    assert not reopened.tasks.open().exists()
    assert list(run.faults()) == []


@pytest.mark.django_db
def test_a_batch_of_next_steps_takes_a_few_statements(rep, django_assert_max_num_queries):
    with write_guard.guarded_every():
        for _ in range(12):
            Opportunity.objects.filter(pk=OpportunityFactory(owner=rep).pk).update(next_step="Call Berit")

    with django_assert_max_num_queries(12):
        convert()

    assert Task.objects.count() == 12


@pytest.mark.django_db
def test_the_timeline_leaves_out_the_events_of_migrations(next_steps, client_of, rep):
    convert()

    page = client_of(rep).get(f"{next_steps['open'].get_absolute_url()}?tab=timeline").content.decode()

    assert "turned the next step into a task" not in page
    assert "created it in <b>Qualify</b>" in page


# Roles of stakeholders


def rename_roles(how):
    migration = importlib.import_module("opportunities.migrations.0016_roles_attitude_and_influence")
    with write_guard.guarded_every():
        getattr(migration, how)(apps, None)


@pytest.mark.django_db
def test_the_history_calls_the_role_of_a_stakeholder_roles(rep, client_of):
    opportunity = OpportunityFactory(owner=rep)
    row = add_stakeholder(opportunity, contact=ContactFactory(name="Eva Lind"))
    add_team_member(opportunity)
    change_row(row, roles=("champion", "end_user"))
    now = list(opportunity.events.values_list("children", flat=True))

    rename_roles("rename_back_in_history")
    before = list(opportunity.events.values_list("children", flat=True))
    rename_roles("rename_in_history")

    assert before[0][0]["changes"] == [{"field": "role", "old": "stakeholder", "new": "champion"}]
    assert [row["changes"] for row in before[1]] == [row["changes"] for row in now[1]]  # those of the team
    again = opportunity.events.first().children[0]["changes"]
    assert again == [{"field": "roles", "old": "stakeholder", "new": "champion"}]
    page = client_of(rep).get(f"{opportunity.get_absolute_url()}?tab=timeline").content.decode()
    assert "Champion" in page


@pytest.mark.django_db
def test_going_back_keeps_the_role_that_decides(rep):
    row = add_stakeholder(OpportunityFactory(owner=rep), roles=("champion", "decision_maker"))

    rename_roles("keep_first")

    row.refresh_from_db()
    assert row.roles == ("decision_maker",)


# Days in a stage


@pytest.mark.django_db
def test_the_days_of_a_stage_that_was_entered_again_are_counted_from_all_its_visits(rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW + 20 * DAY)
    transitions.go_back(opportunity=reread(opportunity), by=rep, at=NOW + 20 * DAY)
    with write_guard.guarded_every():
        Opportunity.objects.filter(pk=opportunity.pk).update(stage_counted_from=NOW + 20 * DAY)  # as it was before

    migration = importlib.import_module("opportunities.migrations.0028_days_in_all_visits")
    with write_guard.guarded_every():
        migration.count_all_visits(apps, None)

    assert reread(opportunity).stage_counted_from == NOW
    assert list(run.faults()) == []


# Landed migrations


@pytest.fixture
def source(tmp_path):
    """A copy of the packages with an up-to-date list of migrations."""
    for package in ("salesflow", "stages", "opportunities", ".ci"):
        shutil.copytree(TOP / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    listed = check(tmp_path, "--list")
    (tmp_path / ".ci/migrations.sha256").write_text(listed.stdout)
    return tmp_path


def check(source, *options):
    return subprocess.run(
        [sys.executable, ".ci/migrations.py", *options], cwd=source, capture_output=True, text=True, timeout=60
    )


def test_unchanged_migrations_pass_the_check(source):
    passed = check(source)

    assert (passed.returncode, passed.stdout) == (0, "The migrations are those that have landed.\n")


def test_changed_deleted_and_unlisted_migrations_fail_the_check(source):
    with (source / "stages/migrations/0001_initial.py").open("a") as changed:
        changed.write("# later\n")
    (source / "salesflow/users/migrations/0002_roles.py").unlink()
    (source / "opportunities/migrations/0099_new.py").write_text("")

    failed = check(source)

    assert failed.returncode == 1
    assert failed.stdout.splitlines() == [
        "opportunities/migrations/0099_new.py: is not listed in .ci/migrations.sha256",
        "salesflow/users/migrations/0002_roles.py: has landed and is gone",
        "stages/migrations/0001_initial.py: has landed and was changed",
    ]
