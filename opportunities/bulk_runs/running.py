"""Does the rows of a bulk run by `row_runs`: a small run in the request, a larger one by the worker."""

import datetime
from typing import Any

from opportunities import row_runs
from opportunities.bulk_runs import acts, reasons
from opportunities.editing import locks
from opportunities.models import BulkRow, BulkRun, Opportunity
from opportunities.refusals import Gone, NotAllowed, Refused
from opportunities.row_runs import Clock
from salesflow.users.models import User

Outcome = BulkRow.Outcome


class BulkRuns(row_runs.TableRunKind[BulkRow]):
    name = "bulk"
    runs = BulkRun
    rows = BulkRow
    read_along = ("run__owner", "stage")
    at_once = 50

    def do(self, row: BulkRow, at: datetime.datetime) -> row_runs.Outcome:
        version = _version_after(row, at)
        if version == row.version:
            return {"outcome": Outcome.UNCHANGED}
        return {"outcome": Outcome.DONE, "written_version": version}

    def refused(self, row: BulkRow, refusal: Refused) -> row_runs.Outcome:
        steps = [missing.step.pk for missing in refusal.unmet]
        return {"outcome": Outcome.REFUSED, "why": refusal.code, "steps": steps}

    def failed(self, row: BulkRow) -> row_runs.Outcome:
        return {"outcome": Outcome.REFUSED, "why": reasons.ERROR}


BULK_RUNS = BulkRuns()


def go_on(run: BulkRun, *, clock: Clock) -> None:
    """Does the rows of a small run, and leaves those of a larger one to the worker."""
    BULK_RUNS.go_on(run.pk, clock=clock)


def start(run: BulkRun, *, at: datetime.datetime, **entries: Any) -> bool:
    return BULK_RUNS.start(run.pk, at=at, **entries)


def stop(run: BulkRun, *, at: datetime.datetime) -> bool:
    return BULK_RUNS.stop(run.pk, at=at)


def do_some(pk: int, count: int, *, clock: Clock) -> bool:
    return row_runs.do_some(BULK_RUNS, pk, count, clock=clock)


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
