"""Does the rows of a run one after the other, each in a transaction of its own: in the request, or by the worker.

The transaction of a row takes the row, does it and stores its outcome. So a row is done once, however many workers
there are, and a worker that is killed leaves it as it was. The worker does some rows at a time, so that other tasks
have their turn. A worker that starts goes on with the runs that are under way.

A `RunKind` says where the rows are and what is done to one. It is registered when its app is ready.
"""

import datetime
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django_tasks import task

from opportunities.refusals import Refused

SLICE = 100
"""The rows after which the worker lets other tasks have their turn."""

Clock = Callable[[], datetime.datetime]
Outcome = Mapping[str, Any]
"""What the columns of a row say after it was done or refused."""

Row = TypeVar("Row")
TableRow = TypeVar("TableRow", bound=models.Model)

_kinds: "dict[str, RunKind[Any]]" = {}
_log = logging.getLogger(__name__)


class RunKind(ABC, Generic[Row]):
    """A kind of run: which runs are under way, and how one of their rows is taken, done and stored."""

    name: ClassVar[str]
    """Names it in the tasks of the worker, so it never changes."""

    @abstractmethod
    def ids_under_way(self) -> Iterable[int]:
        """The ids of the runs that have rows to do."""

    @abstractmethod
    def take(self, run: int) -> Row | None:
        """The next row that waits, locked for this transaction. None if there is none, or the run was stopped."""

    @abstractmethod
    def do(self, row: Row, at: datetime.datetime) -> Outcome:
        """Does the row. Raises a `Refused` if it is not done: then nothing of it is written."""

    @abstractmethod
    def refused(self, row: Row, refusal: Refused) -> Outcome:
        """The outcome of a row that was refused."""

    @abstractmethod
    def failed(self, row: Row) -> Outcome:
        """The outcome of a row at which the program failed."""

    @abstractmethod
    def store(self, row: Row, outcome: Outcome) -> None:
        """Stores the outcome, in the transaction of the row."""

    def finish(self, run: int, at: datetime.datetime) -> None:
        """Ends the run, if no row of it waits. Called when `take` finds none."""


class TableRunKind(RunKind[TableRow]):
    """A kind of run whose rows are in a table.

    The table of the runs has `started_at`, `stopped_at` and `finished_at`. That of the rows has `run`, and `outcome`,
    which is empty until the row is done or refused. An index of the rows begins with these two.
    """

    runs: type[models.Model]
    rows: type[TableRow]
    read_along: tuple[str, ...] = ()
    """The related rows that are read with a row."""
    at_once: int
    """With at most so many rows that wait, a run is done in the request."""

    def under_way(self) -> models.QuerySet[Any]:
        """The runs that were started and are neither stopped nor finished."""
        started = self.runs._default_manager.filter(started_at__isnull=False)
        return started.filter(stopped_at=None, finished_at=None)

    def start(self, run: int, *, at: datetime.datetime, **entries: Any) -> bool:
        """Starts the run with these entries. False if it was started before: then it does not begin again."""
        waiting = self.runs._default_manager.filter(pk=run, started_at=None)
        return bool(waiting.update(started_at=at, **entries))

    def stop(self, run: int, *, at: datetime.datetime) -> bool:
        """Ends the run. The row that is being done is still done, no other one is."""
        return bool(self.under_way().filter(pk=run).update(stopped_at=at))

    def progress(self, run: int) -> Counter[str]:
        """How many rows have each outcome; those that wait have an empty one. One query."""
        counted = self.rows._default_manager.filter(run=run).order_by().values_list("outcome")
        return Counter(dict(counted.annotate(models.Count("pk"))))

    def go_on(self, run: int, *, clock: Clock) -> None:
        """Does the rows of a small run, and leaves those of a larger one to the worker. Harmless if called twice."""
        if self.rows._default_manager.filter(run=run, outcome="").count() > self.at_once:
            leave_to_worker(self, run)
        else:
            do_some(self, run, self.at_once + 1, clock=clock)  # the one too many finds no row, and finishes the run

    def ids_under_way(self) -> Iterable[int]:
        return self.under_way().values_list("pk", flat=True)

    def take(self, run: int) -> TableRow | None:
        """The next row that no other worker is doing."""
        waiting = self.rows._default_manager.filter(run=run, outcome="", run__in=self.under_way())
        waiting = self.with_related(waiting).order_by("pk")
        return waiting.select_for_update(skip_locked=True, of=("self",)).first()

    def with_related(self, rows: models.QuerySet[TableRow]) -> models.QuerySet[TableRow]:
        """The rows with what is read along with each."""
        return rows.select_related(*self.read_along)

    def store(self, row: TableRow, outcome: Outcome) -> None:
        self.rows._default_manager.filter(pk=row.pk).update(**outcome)

    def finish(self, run: int, at: datetime.datetime) -> None:
        if not self.rows._default_manager.filter(run=run, outcome="").exists():
            self.under_way().filter(pk=run).update(finished_at=at)


def register(kind: RunKind[Any]) -> None:
    _kinds[kind.name] = kind


def wake() -> None:
    """Makes the worker go on with the runs that are under way. An earlier worker may have died."""
    for kind in _kinds.values():
        for run in kind.ids_under_way():
            leave_to_worker(kind, run)


def leave_to_worker(kind: RunKind[Any], run: int) -> None:
    work_on.enqueue(kind.name, run)


@task()
def work_on(name: str, run: int) -> None:
    """Does some rows of the run, and asks for the next ones."""
    kind = _kinds[name]
    if do_some(kind, run, SLICE, clock=timezone.now):
        leave_to_worker(kind, run)


def do_some(kind: RunKind[Any], run: int, count: int, *, clock: Clock) -> bool:
    """Does up to `count` rows. Whether there may be more; the run is finished when there are none."""
    for _number in range(count):
        if not _do_next(kind, run, clock):
            kind.finish(run, clock())
            return False
    return True


def _do_next(kind: RunKind[Any], run: int, clock: Clock) -> bool:
    """Does the next row. Whether there was one."""
    with transaction.atomic():
        row = kind.take(run)
        if row is None:
            return False
        kind.store(row, _outcome(kind, row, clock()))
    return True


def _outcome(kind: RunKind[Any], row: Any, at: datetime.datetime) -> Outcome:
    """Does the row. An error of the database ends the attempt, any other error only this row."""
    try:
        with transaction.atomic():
            return kind.do(row, at)
    except Refused as refusal:
        return kind.refused(row, refusal)
    except DatabaseError:
        raise
    except Exception:  # one row must not stop the others
        _log.exception("A row of a run (%s) failed: %s.", kind.name, row)
        return kind.failed(row)
