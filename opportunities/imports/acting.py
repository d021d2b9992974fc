"""Does an act on a whole import by `row_runs`: keeps the stages of the file, or takes the import back."""

import datetime

from opportunities import row_runs
from opportunities.models import ImportAct, ImportActRow
from opportunities.refusals import Refused
from opportunities.row_runs import Clock

AT_ONCE = 30
"""An act on at most so many rows is done in the request."""


class ImportActs(row_runs.TableRunKind[ImportActRow]):
    name = "import_act"
    runs = ImportAct
    rows = ImportActRow
    read_along = ("run__by", "row__opportunity")

    def do(self, row: ImportActRow, at: datetime.datetime) -> row_runs.Outcome:
        raise NotImplementedError

    def refused(self, row: ImportActRow, refusal: Refused) -> row_runs.Outcome:
        raise NotImplementedError

    def failed(self, row: ImportActRow) -> row_runs.Outcome:
        raise NotImplementedError


IMPORT_ACTS = ImportActs()


def go_on(act: ImportAct, *, clock: Clock) -> None:
    """Does the rows of a small act, and leaves those of a larger one to the worker. Harmless if called twice."""
    raise NotImplementedError


def progress(act: ImportAct) -> tuple[int, int, int]:
    """How many rows are done, refused, and wait. One query."""
    raise NotImplementedError
