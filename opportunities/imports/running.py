"""Does the rows of an import by `row_runs`, each in one transaction: a small file in the request, a larger one by the worker."""

import datetime
from collections import Counter

from opportunities import row_runs
from opportunities.models import Import, ImportRow
from opportunities.refusals import Refused
from opportunities.row_runs import Clock
from salesflow.users.models import User

AT_ONCE = 30
"""An import of at most so many rows is done in the request that starts it."""


class ImportRuns(row_runs.TableRunKind[ImportRow]):
    name = "import"
    runs = Import
    rows = ImportRow
    read_along = ("run",)

    def do(self, row: ImportRow, at: datetime.datetime) -> row_runs.Outcome:
        raise NotImplementedError

    def refused(self, row: ImportRow, refusal: Refused) -> row_runs.Outcome:
        raise NotImplementedError

    def failed(self, row: ImportRow) -> row_runs.Outcome:
        raise NotImplementedError


IMPORT_RUNS = ImportRuns()


def start(run: Import, *, by: User, at: datetime.datetime) -> bool:
    """Starts a counted import, of the person who made it. False if it was started before. Refusals: NotNow, NotAllowed.

    Next, call `go_on`.
    """
    raise NotImplementedError


def stop(run: Import, *, at: datetime.datetime) -> bool:
    """Stops it. The row that is being done is still done. False if it is not under way."""
    raise NotImplementedError


def resume(run: Import) -> bool:
    """Takes the stop back. False if it was not stopped. Next, call `go_on`."""
    raise NotImplementedError


def go_on(run: Import, *, clock: Clock) -> None:
    """Does the rows of a small import, and leaves those of a larger one to the worker. Harmless if called twice."""
    raise NotImplementedError


def do_some(pk: int, count: int, *, clock: Clock) -> bool:
    """Does up to `count` rows. Whether there may be more."""
    raise NotImplementedError


def progress(run: Import) -> Counter[str]:
    """How many rows have each outcome; those that wait have an empty one. One query."""
    raise NotImplementedError
