"""No row of a bulk run is lost or done twice: a worker is killed, two work at once, a row changes meanwhile."""

import threading

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from opportunities import row_runs
from opportunities.bulk_runs import making, running
from opportunities.editing import editing
from opportunities.models import BulkRun, Event, Opportunity
from opportunities.verify import run as verification
from tests.support import factories
from tests.support.factories import NOW, QUALIFY, opportunity_in
from tests.support.killed import killed_at
from tests.support.meanwhile import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sweep]

ROWS = 3


@pytest.fixture
def run(rep):
    """A run that was started and has not done anything yet."""
    for _ in range(ROWS):
        opportunity_in(QUALIFY, owner=rep)
    made = making.make(act=BulkRun.Act.RATING, chosen=Opportunity.objects.order_by("pk"), by=rep, at=NOW)
    running.start(made, at=NOW, choice="hot")
    return made


def events_of_the_run():
    return list(Event.objects.filter(changes__0__field="rating").values_list("opportunity", flat=True))


def assert_each_row_is_done_once(run):
    run.refresh_from_db()
    assert list(run.rows.values_list("outcome", flat=True)) == ["done"] * ROWS
    assert sorted(events_of_the_run()) == sorted(Opportunity.objects.values_list("pk", flat=True))
    assert set(Opportunity.objects.values_list("rating", flat=True)) == {"hot"}
    assert run.finished_at is not None
    assert list(verification.faults()) == []


def test_a_killed_worker_loses_no_row_and_does_none_twice(run):
    """Killed again and again, after more and more statements: 1, 4, 7 …"""
    kills, number = 0, 1
    while killed_at(number, lambda: running.do_some(run.pk, 100, clock=timezone.now)):
        kills, number = kills + 1, number + 3
        done = run.rows.filter(outcome="done").values_list("opportunity", flat=True)
        assert sorted(events_of_the_run()) == sorted(done)
        assert BulkRun.objects.filter(pk=run.pk, finished_at=None).exists() or len(done) == ROWS

    assert kills >= 5
    assert_each_row_is_done_once(run)


def test_a_worker_that_starts_goes_on_with_what_a_killed_one_left(run):
    assert killed_at(20, lambda: row_runs.work_on.call("bulk", run.pk))

    row_runs.wake()
    assert DBTaskResult.objects.ready().get().args_kwargs["args"] == ["bulk", run.pk]
    row_runs.work_on.call("bulk", run.pk)

    assert_each_row_is_done_once(run)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writer waits for the other")
def test_two_workers_share_the_rows(run):
    def work():
        running.do_some(run.pk, 100, clock=timezone.now)

    at_once(work, work, work)
    work()  # the last row of one may have been locked when the others finished

    assert_each_row_is_done_once(run)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writer waits for the other")
def test_a_row_that_changes_while_the_run_waits_for_it_is_refused(run, rep):
    first = Opportunity.objects.earliest("pk")
    is_locked, may_go_on = threading.Event(), threading.Event()

    def edit():
        with editing(first, by=rep, at=NOW) as record:
            record.description = "Changed meanwhile"
            is_locked.set()
            may_go_on.wait(20)

    def work():
        is_locked.wait(20)

        def let_go(execute, sql, *args):
            if "opportunities_processinstance" in sql and "FOR UPDATE" in sql:
                may_go_on.set()  # the run is about to wait for the lock
            return execute(sql, *args)

        with connection.execute_wrapper(let_go):
            running.do_some(run.pk, 100, clock=timezone.now)

    at_once(edit, work)

    assert run.rows.values_list("outcome", "why").first() == ("refused", "changed")
    assert factories.reread(first).rating == "warm"
    assert list(verification.faults()) == []
