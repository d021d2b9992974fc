"""Random tables through whole imports: each row has an outcome, no rule is broken, and undo leaves nothing behind."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import children
from opportunities.imports import undoing
from opportunities.models import Import, Opportunity
from opportunities.progress import Progress
from opportunities.verify import run as verification
from stages import gates
from tests.support import imports
from tests.support.db_assertions import rows_of
from tests.support.examples import examples
from tests.support.factories import DAY, NOW, STAGES, AccountFactory

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


@st.composite
def tables(draw):
    """The headings in any order, and rows that are right or wrong in any cell."""
    headings = draw(st.permutations(["Name", "Stage", *draw(st.sets(st.sampled_from(OPTIONAL)))]))
    rows = draw(st.lists(st.tuples(*(CELLS[heading] for heading in headings)), min_size=1, max_size=6))
    return imports.table(*rows, headings=headings), headings


def imported(by, text, headings, keeps, at=NOW):
    columns = {heading: imports.COLUMNS[heading] for heading in headings}
    return imports.counted(by, text, columns=columns, keeps=keeps, at=at)


def customers():
    return [rows_of(model) for model in (Account, Contact, Competitor)]


def assert_passed_no_gate(opportunity):
    progress = Progress.of(opportunity)
    assert gates.unmet(progress.passed, opportunity) == []
    assert not opportunity.waivers.exists()


@settings(max_examples=examples(3), deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=tables(), by=st.sampled_from(["rep", "manager"]), keeps=st.sampled_from(Import.Keeps.values))
def test_each_row_of_any_table_has_an_outcome_and_undo_leaves_nothing_of_it(cast, drawn, by, keeps):
    text, headings = drawn
    person = cast[by]
    if by == "rep" and keeps == Import.Keeps.MAPPED:
        keeps = Import.Keeps.EARLIEST  # only managers keep the stages of a file
    with transaction.atomic():
        AccountFactory(name="Old customer")
        before = customers()
        run = imported(person, text, headings, keeps)
        assert not run.is_counted or set(imports.fates(run)) <= {"create", "update", "same", "skip", "refuse"}
        if run.is_counted:
            imports.do(run)
            outcomes = imports.outcomes(run)
            assert set(outcomes) <= {"created", "updated", "same", "skipped", "refused"}
            assert Opportunity.objects.count() == outcomes.count("created") <= imports.fates(run).count("create")
            assert all(row.problems for row in run.rows.all() if row.outcome == "refused")
            assert "error" not in {each["code"] for row in run.rows.all() for each in row.problems}
            assert list(verification.faults()) == []
            if by == "rep":
                for opportunity in Opportunity.objects.all():
                    assert_passed_no_gate(opportunity)
            again = imports.do(imported(person, text, headings, keeps, at=LATER), at=LATER)
            assert not {"created", "updated"} & set(imports.outcomes(again))
            if {"created", "updated"} & set(outcomes):
                imports.act(undoing.undo(run, by=person, at=LATER), at=LATER)
            assert not any(table.model._base_manager.exists() for table in children.TABLES)
            assert not Opportunity.objects.exists()
            assert customers() == before
            assert list(verification.faults()) == []
        transaction.set_rollback(True)
