"""Does the rows of a bulk run one after the other, each in a transaction of its own.

The transaction of a row locks the row, does the act and stores the outcome. So a row is done once, however many workers
there are, and a worker that is killed leaves it as it was. A small run is done in the request, a larger one by the
worker, some rows at a time. A worker that starts goes on with the runs that are under way.
"""

import datetime
import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django_tasks import task

from opportunities.bulk_runs import acts, reasons
from opportunities.editing import locks
from opportunities.models import BulkRow, BulkRun, Opportunity
from opportunities.refusals import Gone, NotAllowed, Refused
from salesflow.users.models import User

AT_ONCE = 50
"""A run of at most so many rows is done in the request that starts it."""

SLICE = 100
"""The rows after which the worker lets other tasks have their turn."""

Clock = Callable[[], datetime.datetime]
Outcome = BulkRow.Outcome

_log = logging.getLogger(__name__)


def start(run: BulkRun, *, at: datetime.datetime, **entries: Any) -> bool:
    """Starts the run with these entries. False if it was started before: then it does not begin again."""
    waiting = BulkRun.objects.filter(pk=run.pk, started_at=None)
    return bool(waiting.update(started_at=at, **entries))


def stop(run: BulkRun, *, at: datetime.datetime) -> bool:
    """Ends the run. The row that is being done is still done, no other one is."""
    return bool(under_way().filter(pk=run.pk).update(stopped_at=at))


def under_way() -> Any:
    return BulkRun.objects.filter(started_at__isnull=False, stopped_at=None, finished_at=None)


def go_on(run: BulkRun, *, clock: Clock) -> None:
    """Does the rows of a small run, and leaves those of a larger one to the worker."""
    if run.rows.count() > AT_ONCE:
        work_on.enqueue(run.pk)
    else:
        do_some(run.pk, AT_ONCE, clock=clock)


def wake() -> None:
    """Makes the worker go on with the runs that are under way. An earlier worker may have died."""
    for pk in under_way().values_list("pk", flat=True):
        work_on.enqueue(pk)


@task()
def work_on(pk: int) -> None:
    """Does some rows of the run, and asks for the next ones."""
    if do_some(pk, SLICE, clock=timezone.now):
        work_on.enqueue(pk)


def do_some(pk: int, count: int, *, clock: Clock) -> bool:
    """Does up to `count` rows. Whether there may be more; the run is finished when there are none."""
    for _number in range(count):
        if not _do_next(pk, clock):
            _finish(pk, clock())
            return False
    return True


def _finish(pk: int, at: datetime.datetime) -> None:
    """Ends the run, unless another worker is doing a row."""
    if not BulkRow.objects.filter(run=pk, outcome="").exists():
        under_way().filter(pk=pk).update(finished_at=at)


def _do_next(pk: int, clock: Clock) -> bool:
    """Does the next row that no other worker is doing. Whether there was one."""
    with transaction.atomic():
        waiting = BulkRow.objects.filter(run=pk, outcome="", run__in=under_way())
        waiting = waiting.select_related("run__owner", "stage").order_by("pk")
        row = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return False
        BulkRow.objects.filter(pk=row.pk).update(**_outcome(row, clock()))
    return True


def _outcome(row: BulkRow, at: datetime.datetime) -> dict[str, Any]:
    """Does the row. What its columns say then."""
    try:
        with transaction.atomic():
            version = _version_after(row, at)
    except Refused as refusal:
        steps = [missing.step.pk for missing in refusal.unmet]
        return {"outcome": Outcome.REFUSED, "why": refusal.code, "steps": steps}
    except DatabaseError:
        raise
    except Exception:  # one row must not stop the others
        _log.exception("Row %s of the bulk run %s failed.", row.pk, row.run_id)
        return {"outcome": Outcome.REFUSED, "why": reasons.ERROR}
    if version == row.version:
        return {"outcome": Outcome.UNCHANGED}
    return {"outcome": Outcome.DONE, "written_version": version}


def _version_after(row: BulkRow, at: datetime.datetime) -> int:
    """Does the act with the rights that the person has now. Returns the version of the opportunity after it."""
    by = User.objects.get(pk=row.run.by_id)
    if not by.is_active:
        raise NotAllowed("")
    found = Opportunity.objects.filter(pk__in=[row.opportunity_id or 0]).visible_to(by).first()
    if found is None:
        raise Gone("")
    record, _instance = locks.locked_rows(found)
    if record.version != row.version:
        raise reasons.ChangedSinceCounted("")
    acts.do(acts.Doing(row.run, row, record, by, at))
    return Opportunity.objects.filter(pk=found.pk).values_list("version", flat=True)[0]
