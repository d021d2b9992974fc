"""Files of imports, and imports that are mapped, counted or done."""

import csv
import dataclasses
import io

from django.core.files.base import ContentFile

from opportunities.imports import acting, making, previewing, running
from opportunities.imports import outcomes as outcomes_of_rows
from opportunities.imports.mapping import StageMeaning
from opportunities.models import ImportRow
from tests.support import factories
from tests.support.factories import NOW

HEADINGS = ("Id", "Name", "Stage", "Created", "Revenue")
COLUMNS = {
    "Id": "external_id",
    "Name": "name",
    "Stage": "stage",
    "Created": "created_on",
    "In stage since": "stage_entered_on",
    "Revenue": "estimated_revenue",
    "Actual": "actual_revenue",
    "Closed": "closed_on",
    "Account": "account",
    "Contact": "contact",
    "E-mail": "contact_email",
    "Owner": "owner",
    "Competitor": "competitor",
    "Note": "note",
}


def table(*rows, headings=HEADINGS):
    """A CSV file of these rows."""
    written = io.StringIO()
    csv.writer(written).writerows([headings, *rows])
    return written.getvalue()


def upload(text):
    return ContentFile(text.encode() if isinstance(text, str) else text)


def stages(*names):
    """What these stages mean: the stage of that name here, `Won` and `Lost`."""
    closed = {
        "Won": StageMeaning(outcome="won"),
        "Lost": StageMeaning(outcome="lost", reason=factories.reason("no_fit").pk),
    }
    here = (factories.stage(name) for name in names or factories.STAGES)
    return closed | {each.name_en: StageMeaning(process=each.process_id, stage=each.pk) for each in here}


def begun(by, text, *, noun="opportunities", at=NOW, name="Deals.csv"):
    """An import whose file is stored and recognised."""
    file = upload(text)
    return making.begin(making.recognised(by=by, at=at, noun=noun, upload=file, name=name), upload=file)


def mapped(by, text, *, noun="opportunities", keeps=None, columns=COLUMNS, at=NOW, **meanings):
    """An import whose columns and values have their meaning."""
    run = begun(by, text, noun=noun, at=at)
    run = making.map_columns(run, columns=columns)
    if noun == "opportunities":
        meanings.setdefault("stages", stages())
    mapping = dataclasses.replace(making.mapping_of(run), **meanings)
    return making.explain(run, mapping=mapping, keeps=keeps or run.keeps, at=at)


def counted(by, text, *, at=NOW, **more):
    """An import with its preview."""
    run = mapped(by, text, at=at, **more)
    previewing.count(run, clock=lambda: at)
    while not run.is_counted and not run.refusal:
        previewing.count_some(run.pk, 10_000, clock=lambda: at)
        run.refresh_from_db()
    return run


def do(run, *, at=NOW):
    """Does all rows of a counted import."""
    running.start(run, by=run.by, at=at)
    while running.do_some(run.pk, 100, clock=lambda: at):
        pass
    run.refresh_from_db()
    return run


def done(by, text, **more):
    """An import of this file that is finished."""
    return do(counted(by, text, **more), at=more.get("at", NOW))


def act(made, *, at=NOW):
    """Does all rows of an act on an import."""
    while acting.row_runs.do_some(acting.IMPORT_ACTS, made.pk, 100, clock=lambda: at):
        pass
    return acting.progress(made)


def fates(run):
    return list(run.rows.order_by("number").values_list("fate", flat=True))


def outcomes(run):
    return list(run.rows.order_by("number").values_list("outcome", flat=True))


def sentences(run):
    """The sentences of all rows, in order."""
    return [problem.sentence for row in ImportRow.objects.filter(run=run) for problem in outcomes_of_rows.problems(row)]
