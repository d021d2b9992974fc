"""No row of an import is lost or done twice: the worker is killed, or two work at once."""

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from opportunities import row_runs
from opportunities.imports import previewing, running, undoing
from opportunities.imports.acting import IMPORT_ACTS
from opportunities.models import Event, Import, ImportRow, Opportunity
from opportunities.verify import run as verification
from tests.support import imports
from tests.support.factories import NOW, PROPOSE, QUALIFY
from tests.support.imports import table
from tests.support.killed import killed_at
from tests.support.meanwhile import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sweep]

ROWS = 4
FILE = table(
    *([f"A{number}", f"Deal {number}", PROPOSE if number % 2 else QUALIFY, "2026-02-01", ""] for number in range(ROWS))
)


def work(run):
    running.do_some(run.pk, 100, clock=timezone.now)


def imported():
    """The opportunities, each as often as an import says that it created it."""
    return sorted(Event.objects.filter(kind=Event.Kind.IMPORTED).values_list("opportunity", flat=True))


def assert_each_row_is_done_once(run):
    run.refresh_from_db()
    assert imports.outcomes(run) == ["created"] * ROWS
    assert imported() == sorted(Opportunity.objects.values_list("pk", flat=True))
    assert sorted(Opportunity.objects.values_list("name", flat=True)) == [f"Deal {number}" for number in range(ROWS)]
    assert run.finished_at is not None
    assert list(verification.faults()) == []


def test_a_killed_worker_loses_no_row_and_does_none_twice(manager):
    """Killed again and again, after more and more statements: 1, 2, 3 …"""
    run = imports.counted(manager, FILE)
    running.start(run, by=manager, at=NOW)
    kills, number = 0, 1
    while killed_at(number, lambda: work(run)):
        kills, number = kills + 1, number + 1
        done = run.rows.filter(outcome="created").values_list("opportunity", flat=True)
        assert imported() == sorted(done) == sorted(Opportunity.objects.values_list("pk", flat=True))

    assert kills >= 20
    assert_each_row_is_done_once(run)


def test_a_worker_that_is_killed_while_it_counts_stores_each_row_once(manager, monkeypatch):
    monkeypatch.setattr(previewing, "TOGETHER", 1)
    run = imports.mapped(manager, FILE)
    kills, number = 0, 1
    while killed_at(number, lambda: previewing.count_some(run.pk, 100, clock=timezone.now)):
        kills, number = kills + 1, number + 4
        numbers = list(run.rows.values_list("number", flat=True).order_by("pk"))
        assert numbers == list(range(2, 2 + len(numbers)))
        assert Opportunity.objects.count() == 0

    run.refresh_from_db()
    assert kills >= 10
    assert run.is_counted
    assert imports.fates(run) == ["create"] * ROWS


def test_a_worker_that_is_killed_while_it_undoes_leaves_no_half_of_a_row(manager):
    run = imports.done(manager, FILE)
    act = undoing.undo(run, by=manager, at=NOW)
    number = 1
    while killed_at(number, lambda: row_runs.do_some(IMPORT_ACTS, act.pk, 100, clock=timezone.now)):
        number += 9
        left = ImportRow.objects.exclude(outcome="undone").values_list("opportunity", flat=True)
        assert sorted(left) == sorted(Opportunity.objects.values_list("pk", flat=True))

    assert imports.outcomes(run) == ["undone"] * ROWS
    assert Opportunity.objects.count() == 0
    assert list(verification.faults()) == []


def test_a_worker_that_starts_goes_on_with_what_a_killed_one_left(manager):
    run = imports.counted(manager, FILE)
    running.start(run, by=manager, at=NOW)
    assert killed_at(60, lambda: row_runs.work_on.call("import", run.pk))

    row_runs.wake()
    assert DBTaskResult.objects.ready().get().args_kwargs["args"] == ["import", run.pk]
    row_runs.work_on.call("import", run.pk)

    assert_each_row_is_done_once(run)


def test_a_worker_that_starts_goes_on_with_a_file_that_is_counted(manager):
    run = imports.mapped(manager, FILE)

    previewing.wake()
    assert DBTaskResult.objects.ready().get().args_kwargs["args"] == [run.pk]
    previewing.count_rows.call(run.pk)
    previewing.wake()

    assert DBTaskResult.objects.ready().count() == 1
    assert Import.objects.get().is_counted


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writer waits for the other")
def test_two_workers_share_the_rows(manager):
    run = imports.counted(manager, FILE)
    running.start(run, by=manager, at=NOW)

    at_once(lambda: work(run), lambda: work(run))
    work(run)  # the last row of one may have been locked when the other finished

    assert_each_row_is_done_once(run)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writer waits for the other")
def test_two_workers_count_each_row_once(manager, monkeypatch):
    monkeypatch.setattr(previewing, "TOGETHER", 1)
    run = imports.mapped(manager, FILE)

    at_once(*[lambda: previewing.count_some(run.pk, 100, clock=timezone.now)] * 2)

    run.refresh_from_db()
    assert run.is_counted
    assert imports.fates(run) == ["create"] * ROWS


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writer waits for the other")
def test_two_imports_of_one_file_at_once_create_each_deal_once(manager):
    runs = [imports.counted(manager, FILE) for _ in range(2)]
    for run in runs:
        running.start(run, by=manager, at=NOW)

    at_once(*[lambda run=run: work(run) for run in runs])

    assert Opportunity.objects.count() == ROWS
    assert sorted(Opportunity.objects.values_list("name", flat=True)) == [f"Deal {number}" for number in range(ROWS)]
    assert list(verification.faults()) == []
