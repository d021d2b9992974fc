"""Random tables through whole imports: each row has an outcome, no rule is broken, and undo leaves nothing behind."""

import dataclasses

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zeal import zeal_ignore

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import children
from opportunities.imports import making, previewing, running, second_file, undoing
from opportunities.imports.mapping import DATE_ORDERS, DECIMAL_MARKS, StageMeaning
from opportunities.models import Import, Opportunity
from opportunities.progress import Progress
from opportunities.verify import run as verification
from stages import gates
from tests.support import imports
from tests.support.db_assertions import rows_of
from tests.support.examples import examples
from tests.support.factories import DAY, NOW, STAGES, AccountFactory
from tests.support.import_pages import on_the_values, page, pressed, sent

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

LATER = NOW + DAY
days = st.sampled_from(["2025-01-02", "2025-06-30", "2025-11-03", "2031-01-01", "2025-02-31", "soon", ""])
amounts = st.sampled_from(["0", "480000", "1 250,50", "-1", "1e400", "NaN", "abc", ""])
names = st.sampled_from(["Fleet", "Vinter-drift Sør", "=1+1", "x" * 201, "\u200b", ""])
CELLS = {
    "Id": st.sampled_from(["A1", "A2", "A3", "A4", ""]),
    "Name": names,
    "Stage": st.sampled_from([*STAGES, "Won", "Lost", "Unknown", ""]),
    "Created": days,
    "In stage since": days,
    "Closed": days,
    "Revenue": amounts,
    "Actual": amounts,
    "Account": st.sampled_from(["Fjord AS", "Old customer", "OLD CUSTOMER", "x" * 201, ""]),
    "Contact": st.sampled_from(["Kari Nordmann", "Ola", ""]),
    "Competitor": st.sampled_from(["Rival", "Rival; Other", ""]),
    "Note": st.sampled_from(["They called.", ""]),
}
OPTIONAL = sorted(CELLS.keys() - {"Name", "Stage"})


KINDS = {
    "Stage": st.sampled_from(STAGES),
    "Estimate": st.just(""),
    "Finished": st.just(""),
    "Won": st.just(""),
    "Lost": st.just(""),
    "Reopened": st.sampled_from([*STAGES, ""]),
    "On hold": st.just(""),
    "Note": st.just(""),
    "Task": st.just(""),
    "Stakeholder": st.just(""),
    "Sales team": st.just(""),
    "Competitor": st.just(""),
    "Nonsense": st.just(""),
}
OF_HISTORY = ("Id", "What", "When", "Stage", "Person or company", "Text", "Status reason", "Actual revenue", "Revenue")


@st.composite
def entries(draw):
    """A row of the second file, right or wrong in any cell."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    person = draw(st.sampled_from(["rep", "colleague", "Kari Nordmann", "Rival", ""]))
    text, reason = draw(st.sampled_from(["They called.", ""])), draw(st.sampled_from(["Price", ""]))
    deal = draw(st.sampled_from(["A1", "A1", "A2"]))
    return [deal, kind, draw(days), draw(KINDS[kind]), person, text, reason, draw(amounts), draw(amounts)]


@st.composite
def files(draw):
    """A table with the headings in any order and rows that are right or wrong in any cell; perhaps a second file."""
    headings = draw(st.permutations(["Name", "Stage", *draw(st.sets(st.sampled_from(OPTIONAL)))]))
    rows = draw(st.lists(st.tuples(*(CELLS[heading] for heading in headings)), min_size=1, max_size=6))
    told = draw(st.lists(entries(), max_size=5)) if "Id" in headings else []
    return imports.table(*rows, headings=headings), imports.table(*told, headings=OF_HISTORY) if told else ""


COLUMNS = {heading: [name, name, ""] for heading, name in imports.COLUMNS.items()} | {
    "Name": ["name"],
    "Note": ["note", "description", "customer_need"],
    "Revenue": ["estimated_revenue", "amount", "estimated_budget"],
    "Contact": ["contact", "contact_email", "next_step"],
    "Closed": ["closed_on", "close_date", "estimated_close_date", "next_step_due"],
}


@st.composite
def mappings(draw):
    """What columns and values mean, likely or not: by heading, by stage, and how days and amounts are written.

    A function, because the stages and reasons have their ids only in the database.
    """
    columns = {heading: draw(st.sampled_from(names)) for heading, names in COLUMNS.items()}
    meant = {name: draw(st.sampled_from([name, name, *STAGES, "Won", "Lost", "skip", ""])) for name in STAGES}
    writing = {"date_order": draw(st.sampled_from(DATE_ORDERS)), "decimal_mark": draw(st.sampled_from(DECIMAL_MARKS))}
    has_owner = draw(st.booleans())

    def of(by):
        known = imports.stages() | {"skip": StageMeaning(is_skipped=True)}
        stages = known | {name: known[here] for name, here in meant.items() if here}
        left_out = {"skip", *(name for name, here in meant.items() if not here)}
        owner = {"default_owner": by.pk} if has_owner else {}
        return columns, {"stages": {n: each for n, each in stages.items() if n not in left_out}, **writing, **owner}

    return of


def imported(by, file, history, keeps, mapped=None, *, at=NOW):
    """The import of these files by the functions, to its end. `mapped`: one of `mappings`, or as the guesses are."""
    run = imports.begun(by, file, at=at)
    if history:
        run = second_file.add(run, upload=imports.upload(history), name="History.csv")
    columns, meanings = mapped(by) if mapped else (imports.COLUMNS, {})
    taken = {heading: columns[heading] for heading in making.reading_of(run).headings}
    run = making.map_columns(run, columns=taken)
    run = making.explain(run, mapping=dataclasses.replace(making.mapping_of(run), **meanings), keeps=keeps, at=at)
    while previewing.count_some(run.pk, 100, clock=lambda: at):
        pass
    run.refresh_from_db()
    assert (run.is_counted, run.refusal) == (True, "")
    return imports.do(run, at=at)


def imported_by_pages(client, file, history, keeps):
    """The import of these files by the pages, to its end."""
    run = on_the_values(client, file)
    if history:
        sent(client, history, address=page("import_history", run))
        pressed(client, "import_history", run, "Continue")
    answer = pressed(client, "import_values", run, "Show what will happen", keeps=keeps)
    assert answer.status_code == 303, answer.content.decode()
    if written := sum(fate in ("create", "update") for fate in imports.fates(run)):
        with zeal_ignore():  # each row is a transaction of its own
            label = "Import 1 row" if written == 1 else f"Import {written} rows"
            pressed(client, "import_start", run, label, on="import_preview")
        while running.do_some(run.pk, 100, clock=timezone.now):
            pass
        assert client.get(page("import_run", run)).status_code == 200
    run.refresh_from_db()
    return run


def customers():
    return [rows_of(model) for model in (Account, Contact, Competitor)]


def assert_passed_no_gate(opportunity):
    progress = Progress.of(opportunity)
    assert gates.unmet(progress.passed, opportunity) == []
    assert opportunity.is_open and not opportunity.waivers.exists()


def assert_each_row_has_an_outcome(run, by):
    outcomes = imports.outcomes(run)
    if run.is_started:
        assert set(outcomes) <= {"created", "updated", "same", "skipped", "refused"}
    else:
        assert not {"create", "update"} & set(imports.fates(run))
    assert Opportunity.objects.count() == outcomes.count("created") <= imports.fates(run).count("create")
    assert all(row.problems for row in run.rows.all() if row.outcome == "refused")
    assert "error" not in {each["code"] for row in run.rows.all() for each in row.problems}
    if by == "rep":
        for opportunity in Opportunity.objects.all():
            assert_passed_no_gate(opportunity)
    assert list(verification.faults()) == []


def assert_undone(run, by, *, at, before):
    if {"created", "updated"} & set(imports.outcomes(run)):
        imports.act(undoing.undo(run, by=by, at=at), at=at)
    assert not any(table.model._base_manager.exists() for table in children.TABLES)
    assert not Opportunity.objects.exists()
    assert customers() == before
    assert list(verification.faults()) == []


def allowed(by, keeps):
    """Only managers keep the stages of a file; only reps ask for it."""
    return Import.Keeps.EARLIEST if keeps == OF_THE_OTHER[by] else Import.Keeps(keeps)


OF_AN_IMPORT = {
    "drawn": files(),
    "by": st.sampled_from(["rep", "manager"]),
    "keeps": st.sampled_from(Import.Keeps.values),
}
OF_THE_OTHER = {"rep": Import.Keeps.MAPPED, "manager": Import.Keeps.ASKED}
QUICKLY = settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))


@QUICKLY
@given(**OF_AN_IMPORT, mapped=mappings())
def test_any_mapping_of_any_table_breaks_no_rule(cast, drawn, by, keeps, mapped):
    with transaction.atomic():
        AccountFactory(name="Old customer")
        before = customers()
        run = imported(cast[by], *drawn, allowed(by, keeps), mapped)
        assert_each_row_has_an_outcome(run, by)
        assert_undone(run, cast[by], at=LATER, before=before)
        transaction.set_rollback(True)


@QUICKLY
@given(**OF_AN_IMPORT)
def test_each_row_of_any_table_has_an_outcome_and_undo_leaves_nothing_of_it(cast, drawn, by, keeps):
    with transaction.atomic():
        AccountFactory(name="Old customer")
        before = customers()
        run = imported(cast[by], *drawn, allowed(by, keeps))
        assert_each_row_has_an_outcome(run, by)
        again = imported(cast[by], *drawn, allowed(by, keeps), at=LATER)
        assert not {"created", "updated"} & set(imports.outcomes(again))
        assert_undone(run, cast[by], at=LATER, before=before)
        transaction.set_rollback(True)


@QUICKLY
@given(**OF_AN_IMPORT)
def test_so_it_is_by_the_pages(cast, client_of, drawn, by, keeps):
    with transaction.atomic():
        AccountFactory(name="Old customer")
        before = customers()
        run = imported_by_pages(client_of(cast[by]), *drawn, allowed(by, keeps))
        assert_each_row_has_an_outcome(run, by)
        assert_undone(run, cast[by], at=timezone.now(), before=before)
        transaction.set_rollback(True)
