"""Does the rows of an import by `row_runs`, each in a transaction: a small file at once, others by the worker."""

import datetime
from collections import Counter

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from opportunities import access, row_runs
from opportunities.customers import erased
from opportunities.imports import approvals, files, nouns, problems
from opportunities.imports.context import Contexts
from opportunities.imports.customer_rows import DataErased
from opportunities.imports.known_rows import LeftOut
from opportunities.imports.making import NotNow
from opportunities.models import Import, ImportRow
from opportunities.refusals import NotAllowed, Refused
from opportunities.row_runs import Clock
from salesflow.users.models import User

Fate, Outcome = ImportRow.Fate, ImportRow.Outcome

MOST_ENTRIES_AT_ONCE = 100
"""Of the histories of a run that is done in the request. Each is a write."""

contexts = Contexts()

_WITHOUT_A_WRITE = {Fate.SKIP: Outcome.SKIPPED, Fate.REFUSE: Outcome.REFUSED}


class ImportRuns(row_runs.TableRunKind[ImportRow]):
    name = "import"
    runs = Import
    rows = ImportRow
    at_once = 30

    def with_related(self, rows: QuerySet[ImportRow]) -> QuerySet[ImportRow]:
        return rows.annotate(stored_name=F("run__stored_name"))  # the context has the rest of the run

    def is_small(self, waiting: QuerySet[ImportRow]) -> bool:
        """Also by the histories of its rows."""
        if not super().is_small(waiting):
            return False
        return sum(len(history) for history in waiting.values_list("history", flat=True)) <= MOST_ENTRIES_AT_ONCE

    def do(self, row: ImportRow, at: datetime.datetime) -> row_runs.Outcome:
        context = contexts.of(row)
        row.run = context.run
        with translation.override(context.by.language):
            if not access.may_import_files(context.by) or not context.by.is_active:
                raise NotAllowed(_("You may not import any more."))
            _refuse_erased(row)
            typed = context.typed(row)
            if typed.problems:  # something that it names is not there any more
                return {"outcome": Outcome.REFUSED, "problems": problems.of_cells(typed.problems)}
            return nouns.do(context, row, typed, at)

    def refused(self, row: ImportRow, refusal: Refused) -> row_runs.Outcome:
        outcome = Outcome.SKIPPED if isinstance(refusal, LeftOut) else Outcome.REFUSED
        return {"outcome": outcome, "problems": problems.of_refusal(row, refusal)}

    def failed(self, row: ImportRow) -> row_runs.Outcome:
        return {"outcome": Outcome.REFUSED, "problems": problems.of_failure()}

    def finish(self, run: int, at: datetime.datetime) -> None:
        super().finish(run, at)
        finished = Import.objects.filter(pk=run, finished_at__isnull=False).exclude(stored_name="").first()
        if finished is not None:
            files.delete_of_finished(finished)
            approvals.ask_by_itself(finished, at=at)


def _refuse_erased(row: ImportRow) -> None:
    """Raises DataErased if the data of a person in the row was erased since it was uploaded."""
    told = (value for entry in row.history for value in entry.values())
    if erased.ERASED in [*row.cells, *told]:
        raise DataErased


IMPORT_RUNS = ImportRuns()


def start(run: Import, *, by: User, at: datetime.datetime) -> bool:
    """Starts a counted import, of the person who made it. False if it was started before. Refusals: NotNow, NotAllowed.

    Next, call `go_on`.
    """
    if by != run.by:
        raise NotAllowed(_("Only the person who uploaded the file may start its import."))
    with transaction.atomic():
        locked = Import.objects.select_for_update(no_key=True).filter(pk=run.pk)
        if locked.filter(counted_at=None).exists():
            raise NotNow(_("The file is still being read. Wait until its preview is complete."))
        if not IMPORT_RUNS.start(run.pk, at=at):
            return False
        for fate, outcome in _WITHOUT_A_WRITE.items():
            run.rows.filter(fate=fate, outcome="").update(outcome=outcome)
    return True


def stop(run: Import, *, at: datetime.datetime) -> bool:
    """Stops it. The row that is being done is still done. False if it is not under way."""
    return IMPORT_RUNS.stop(run.pk, at=at)


def resume(run: Import) -> bool:
    """Takes the stop back. False if it was not stopped. Next, call `go_on`."""
    stopped = Import.objects.filter(pk=run.pk, stopped_at__isnull=False, finished_at=None)
    return bool(stopped.update(stopped_at=None))


def go_on(run: Import, *, clock: Clock) -> None:
    """Does the rows of a small import, and leaves those of a larger one to the worker."""
    IMPORT_RUNS.go_on(run.pk, clock=clock)


def do_some(pk: int, count: int, *, clock: Clock) -> bool:
    """Does up to `count` rows. Whether there may be more."""
    return row_runs.do_some(IMPORT_RUNS, pk, count, clock=clock)


def progress(run: Import) -> Counter[str]:
    """How many rows have each outcome; those that wait have an empty one. One query."""
    return IMPORT_RUNS.progress(run.pk)
