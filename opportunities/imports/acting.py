"""Does an act on a whole import by `row_runs`: keeps the stages of the file, or takes the import back."""

import datetime
from collections.abc import Callable, Mapping

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from opportunities import row_runs, transitions
from opportunities.imports import taking_back
from opportunities.models import Import, ImportAct, ImportActRow, ImportRow
from opportunities.refusals import Gone, Refused
from opportunities.row_runs import Clock
from salesflow.users.models import User

Outcome = ImportActRow.Outcome


class ImportActs(row_runs.TableRunKind[ImportActRow]):
    name = "import_act"
    runs = ImportAct
    rows = ImportActRow
    read_along = ("run", "row")
    at_once = 30

    def do(self, row: ImportActRow, at: datetime.datetime) -> row_runs.Outcome:
        by = User.objects.get(pk=row.run.by_id)
        with translation.override(by.language):
            _DO[row.run.act](row.row, by, at)
        return {"outcome": Outcome.DONE}

    def refused(self, row: ImportActRow, refusal: Refused) -> row_runs.Outcome:
        return {"outcome": Outcome.REFUSED, "why": str(refusal)}

    def failed(self, row: ImportActRow) -> row_runs.Outcome:
        with translation.override(row.run.by.language):
            return {"outcome": Outcome.REFUSED, "why": _("The program failed at it. Nothing was changed.")}


IMPORT_ACTS = ImportActs()


def begin(act: str, of: Import, rows: QuerySet[ImportRow], *, by: User, at: datetime.datetime) -> ImportAct:
    """Stores the act with its rows, in their order, and starts it. Call it in a transaction."""
    made = ImportAct.objects.create(of=of, act=act, by=by, started_at=at)
    ids = rows.order_by("-pk" if act == ImportAct.Act.UNDO else "pk").values_list("pk", flat=True)
    ImportActRow.objects.bulk_create((ImportActRow(run=made, row_id=pk) for pk in ids), batch_size=1000)
    return made


def go_on(act: ImportAct, *, clock: Clock) -> None:
    """Does the rows of a small act, and leaves those of a larger one to the worker."""
    IMPORT_ACTS.go_on(act.pk, clock=clock)


def progress(act: ImportAct) -> tuple[int, int, int]:
    """How many rows are done, refused, and wait. One query."""
    found = IMPORT_ACTS.progress(act.pk)
    return found[Outcome.DONE], found[Outcome.REFUSED], found[""]


def _keep(row: ImportRow, by: User, at: datetime.datetime) -> None:
    """Moves the opportunity to the stage of the file. Refusals: Gone, and those of `transitions.lift`."""
    if row.opportunity is None or row.stage is None:
        raise Gone(_("The opportunity is not there any more."))
    transitions.lift(by=by, at=at, opportunity=row.opportunity, stage=row.stage)
    version = type(row.opportunity).objects.values_list("version", flat=True).get(pk=row.opportunity.pk)
    ImportRow.objects.filter(pk=row.pk).update(written_version=version, stage=None)


_DO: Mapping[str, Callable[[ImportRow, User, datetime.datetime], None]] = {
    ImportAct.Act.KEEP: _keep,
    ImportAct.Act.UNDO: taking_back.take_back,
}
