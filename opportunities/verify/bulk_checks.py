"""Checks bulk runs: each row that is done was written by the run, and a run that ended left no row behind."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from opportunities.models import BulkRow, BulkRun, Event


def bulk_runs() -> Iterator[tuple[str, str]]:
    """The name of each run with a sentence about it. One query for each kind of fault."""
    for sentence, rows in _faults():
        for run_id, opportunity_id in rows.values_list("run", "opportunity").iterator():
            yield f"bulk run {run_id}", sentence % {"opportunity": opportunity_id}
    for run in BulkRun.objects.exclude(Exists(BulkRow.objects.filter(run=OuterRef("pk")))):
        yield f"bulk run {run.pk}", "has no rows"


def _faults() -> Iterator[tuple[str, QuerySet[BulkRow]]]:
    rows = BulkRow.objects.order_by("pk")
    done = rows.filter(outcome=BulkRow.Outcome.DONE)
    written = Event.objects.filter(
        opportunity=OuterRef("opportunity"), version=OuterRef("written_version"), by=OuterRef("run__by")
    )
    yield (
        "ended before opportunity %(opportunity)s was done or refused",
        rows.filter(outcome="", run__finished_at__isnull=False),
    )
    yield (
        "was not started, but has an outcome for opportunity %(opportunity)s",
        rows.exclude(outcome="").filter(run__started_at=None),
    )
    yield (
        "says that it wrote opportunity %(opportunity)s, which has no such event",
        done.filter(opportunity__isnull=False).exclude(Exists(written)),
    )
    yield (
        "wrote opportunity %(opportunity)s at another version than the one after the version that was counted",
        done.filter(~Q(written_version=F("version") + 1)),
    )
    yield (
        "names missing steps of opportunity %(opportunity)s, which was not refused",
        rows.exclude(outcome=BulkRow.Outcome.REFUSED).exclude(steps=[]),
    )
