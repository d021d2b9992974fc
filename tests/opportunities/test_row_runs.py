"""What every run of rows has in common, shown with rows of bulk runs and a kind of run of this module."""

import pytest
from django.db import DatabaseError
from django_tasks_db.models import DBTaskResult

from opportunities import row_runs
from opportunities.models import BulkRow, BulkRun
from opportunities.refusals import NotAllowed
from salesflow.users.models import User
from stages.models import Stage
from tests.support.factories import NOW

pytestmark = pytest.mark.django_db


class Renaming(row_runs.TableRunKind[BulkRow]):
    """Adds the place of each row to the first name of a user. `errors` says at which row what is raised after that."""

    name = "renaming"
    runs = BulkRun
    rows = BulkRow

    def __init__(self, user, **errors):
        self.user, self.errors = user, errors

    def do(self, row, at):
        User.objects.filter(pk=self.user.pk).update(first_name=f"{self.written} {row.version}".strip())
        if error := self.errors.get(f"at_{row.version}"):
            raise error
        return {"outcome": "unchanged"}

    def refused(self, row, refusal):
        return {"outcome": "refused", "why": refusal.code}

    def failed(self, row):
        return {"outcome": "refused", "why": "error"}

    @property
    def written(self):
        return User.objects.get(pk=self.user.pk).first_name

    def do_some(self, run, count=10):
        return row_runs.do_some(self, run.pk, count, clock=lambda: NOW)


@pytest.fixture
def person(rep):
    User.objects.filter(pk=rep.pk).update(first_name="")
    return rep


def run_of(count, by, **columns):
    """A run that was started, whose rows have the versions 1, 2, 3 …"""
    made = BulkRun.objects.create(act="advance", by=by, made_at=NOW, **{"started_at": NOW, **columns})
    stage = Stage.objects.earliest("pk")
    BulkRow.objects.bulk_create(BulkRow(run=made, version=number + 1, stage=stage) for number in range(count))
    return made


def outcomes(run):
    return list(run.rows.values_list("outcome", "why"))


def test_the_rows_are_done_in_their_order_and_the_run_is_finished(person):
    kind, run = Renaming(person), run_of(3, person)

    assert kind.do_some(run) is False

    assert kind.written == "1 2 3"
    assert kind.progress(run.pk) == {"unchanged": 3}
    run.refresh_from_db()
    assert run.finished_at == NOW


def test_only_as_many_rows_are_done_as_are_asked_for(person):
    kind, run = Renaming(person), run_of(3, person)

    assert kind.do_some(run, 2) is True

    assert kind.written == "1 2"
    assert kind.progress(run.pk) == {"unchanged": 2, "": 1}
    run.refresh_from_db()
    assert run.finished_at is None


def test_no_row_is_done_again(person):
    kind, run = Renaming(person), run_of(2, person)
    kind.do_some(run)

    assert kind.do_some(run) is False

    assert kind.written == "1 2"


def test_a_row_that_is_refused_or_fails_writes_nothing_and_does_not_stop_the_others(person):
    kind, run = Renaming(person, at_1=NotAllowed("No"), at_2=RuntimeError("broken")), run_of(3, person)

    kind.do_some(run)

    assert outcomes(run) == [("refused", "not_allowed"), ("refused", "error"), ("unchanged", "")]
    assert kind.written == "3"


def test_an_error_of_the_database_leaves_the_row_for_the_next_attempt(person):
    kind, run = Renaming(person, at_2=DatabaseError("gone away")), run_of(3, person)

    with pytest.raises(DatabaseError):
        kind.do_some(run)
    assert outcomes(run) == [("unchanged", ""), ("", ""), ("", "")]
    assert kind.written == "1"

    kind.errors = {}
    kind.do_some(run)
    assert kind.written == "1 2 3"


def test_a_run_that_was_stopped_does_no_more_rows(person):
    kind, run = Renaming(person), run_of(3, person)
    kind.do_some(run, 1)

    assert kind.stop(run.pk, at=NOW) is True
    assert kind.stop(run.pk, at=NOW) is False

    assert kind.do_some(run) is False
    assert kind.written == "1"
    run.refresh_from_db()
    assert run.finished_at is None


def test_a_run_that_was_not_started_does_no_row_and_starts_once(person):
    kind, run = Renaming(person), run_of(1, person, started_at=None)

    assert kind.do_some(run) is False
    assert kind.written == ""

    assert kind.start(run.pk, at=NOW, text="First") is True
    assert kind.start(run.pk, at=NOW, text="Second") is False
    kind.do_some(run)
    assert kind.written == "1"
    run.refresh_from_db()
    assert run.text == "First"


def test_the_worker_does_a_slice_and_asks_for_the_next_one(rep):
    run = run_of(row_runs.SLICE + 1, rep)

    row_runs.work_on.call("bulk", run.pk)

    assert outcomes(run).count(("", "")) == 1
    assert DBTaskResult.objects.ready().get().args_kwargs["args"] == ["bulk", run.pk]
    row_runs.work_on.call("bulk", run.pk)
    assert outcomes(run).count(("", "")) == 0
    assert DBTaskResult.objects.ready().count() == 1


def test_a_worker_that_starts_goes_on_with_the_runs_under_way_only(rep):
    under_way = run_of(1, rep)
    run_of(1, rep, started_at=None)
    run_of(1, rep, stopped_at=NOW)
    run_of(1, rep, finished_at=NOW)

    row_runs.wake()

    assert [task.args_kwargs["args"] for task in DBTaskResult.objects.ready()] == [["bulk", under_way.pk]]
