"""Checks imports: each row that is done was written by the import, and a run that ended left no row behind."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from opportunities.models import Event, ImportAct, ImportActRow, ImportRow

Outcome = ImportRow.Outcome


def imports() -> Iterator[tuple[str, str]]:
    """The name of each import with a sentence about it. One query for each kind of fault."""
    for run, number in _waiting_rows():
        yield f"import {run}", f"ended before row {number} was done or refused"
    for run, number in _not_started():
        yield f"import {run}", f"was not started, but has an outcome for row {number}"
    for run, opportunity in _without_event():
        yield f"import {run}", f"says that it wrote opportunity {opportunity}, which has no such event"
    for run, number in _waiting_for_an_act():
        yield f"act on import {run}", f"ended before row {number} was done or refused"


def _waiting_rows() -> Iterator[tuple[int, int]]:
    undone = ImportAct.objects.filter(of=OuterRef("run"), act=ImportAct.Act.UNDO)  # also one that had been stopped
    rows = ImportRow.objects.filter(outcome="", run__finished_at__isnull=False).exclude(Exists(undone))
    yield from rows.order_by("pk").values_list("run", "number").iterator()


def _not_started() -> Iterator[tuple[int, int]]:
    rows = ImportRow.objects.exclude(outcome="").filter(run__started_at=None)
    yield from rows.order_by("pk").values_list("run", "number").iterator()


def _without_event() -> Iterator[tuple[int, int | None]]:
    written = Event.objects.filter(opportunity=OuterRef("opportunity"), version=OuterRef("written_version"))
    done = ImportRow.objects.filter(outcome__in=[Outcome.CREATED, Outcome.UPDATED], opportunity__isnull=False)
    rows = done.filter(run__noun="opportunities").exclude(Exists(written))
    yield from rows.order_by("pk").values_list("run", "opportunity").iterator()


def _waiting_for_an_act() -> Iterator[tuple[int, int]]:
    rows = ImportActRow.objects.filter(outcome="", run__finished_at__isnull=False)
    yield from rows.order_by("pk").values_list("run__of", "row__number").iterator()
