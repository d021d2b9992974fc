"""The second file of stages, the file of refused rows, mappings that are remembered, and the command."""

import datetime
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from opportunities.editing import stored_files
from opportunities.imports import making, previewing, refused_file, saved_mappings, second_file
from opportunities.imports.mapping import BadMapping, StageMeaning
from opportunities.models import Import, ImportRow, Opportunity, SavedMapping
from opportunities.verify import files
from opportunities.verify import run as verification
from tests.support import imports
from tests.support.factories import DAY, DEVELOP, NOW, PROPOSE, QUALIFY, stage
from tests.support.imports import done, table, upload

pytestmark = pytest.mark.django_db

DEALS = table(
    ["A1", "Fleet telematics", PROPOSE, "2025-11-03", "480000"],
    ["A2", "Road salt", QUALIFY, "2026-01-12", "120000"],
)
STAGES = table(
    ["A1", QUALIFY, "2025-11-03", "100000", "2026-06-01"],
    ["A1", PROPOSE, "2026-01-20", "480000", "2026-05-01"],
    ["A1", DEVELOP, "2025-12-01", "300000", ""],
    ["A2", QUALIFY, "2026-31-12", "", ""],
    headings=("Deal", "Stage", "Entered", "Amount", "Close date"),
)


def with_history(by, deals=DEALS, stages=STAGES):
    run = imports.begun(by, deals, name="Deals.csv")
    run = second_file.add(run, upload=upload(stages), name="Stages.csv")
    run = making.map_columns(run, columns=imports.COLUMNS)
    run = making.explain(run, mapping=making.mapping_of(run), keeps="mapped", at=NOW)
    previewing.count(run, clock=lambda: NOW)
    return run


def test_stages_of_a_second_file_become_visits_with_their_estimates(manager):
    run = imports.do(with_history(manager))

    assert imports.outcomes(run) == ["created", "refused"]
    assert imports.sentences(run)[0].startswith("Row 5 of the file of history:")
    opportunity = Opportunity.objects.get()
    visits = opportunity.visits.order_by("entered_at").select_related("stage")
    assert [(visit.stage.name_en, visit.entered_at.date()) for visit in visits] == [
        (QUALIFY, datetime.date(2025, 11, 3)),
        (DEVELOP, datetime.date(2025, 12, 1)),
        (PROPOSE, datetime.date(2026, 1, 20)),
    ]
    new = [change["new"] for event in opportunity.events.order_by("version") for change in event.changes]
    assert [value for value in new if value in ("100000.00", "300000.00", "480000.00")] == [
        "100000.00",
        "300000.00",
        "480000.00",
    ]
    assert opportunity.estimated_revenue == Decimal(480_000)
    assert list(verification.faults()) == []


def test_a_second_file_needs_its_columns_and_can_be_removed(manager):
    run = with_history(manager)
    with pytest.raises(BadMapping):
        second_file.map_columns(run, columns={"Deal": "external_id", "Stage": "stage"})

    run = second_file.remove(run)

    assert (run.history_name, run.is_counted) == ("", False)


def test_the_meanings_of_stages_of_the_second_file_are_asked_for_too(manager):
    stages = STAGES + "A2,Parked,2026-01-13,,\n"

    run = with_history(manager, stages=stages)

    assert run.sources["stage"]["Parked"] == 1
    assert making.mapping_of(run).stages[PROPOSE] == StageMeaning(stage(PROPOSE).process_id, stage(PROPOSE).pk)


def test_refused_rows_are_a_file_that_is_mapped_as_the_one_before(manager):
    run = done(manager, DEALS.replace("2025-11-03", "2025-02-31").replace("120000", "-1"))
    headings, *rows = refused_file.rows(run)

    assert headings == [*imports.HEADINGS, "Why it was refused"]
    assert [row[:2] for row in rows] == [["A1", "Fleet telematics"], ["A2", "Road salt"]]
    assert rows[0][-1].startswith("Created: ")
    mended = table(["A1", "Fleet telematics", PROPOSE, "2025-11-03", "480000", rows[0][-1]], headings=headings)
    again = imports.begun(manager, mended, name="Refused.csv")

    mapping = making.mapping_of(again)
    assert mapping.columns == making.mapping_of(run).columns
    assert mapping.stages[PROPOSE] == making.mapping_of(run).stages[PROPOSE]


def test_a_mapping_is_remembered_for_its_person_and_under_a_name(rep, manager):
    run = done(manager, DEALS, stages=imports.stages() | {"Parked": StageMeaning(is_skipped=True)})
    saved_mappings.remember(run, at=NOW, name="From the old system")
    headings = making.reading_of(run).headings

    assert {each.name for each in saved_mappings.offered(manager, run.noun, reversed(headings))} == {
        "",
        "From the old system",
    }
    assert saved_mappings.offered(rep, run.noun, headings) == []
    SavedMapping.objects.update(mapping={"columns": {"Id": "no_such_field"}})
    assert imports.begun(manager, DEALS, name="D.csv").mapping["columns"]


def test_what_cannot_be_read_is_refused_and_stored_nowhere(manager):
    for content in (b"", b"\x7fELF\x00\x00\x00", b"%PDF-1.7"):
        with pytest.raises(making.FileRefused) as refusal:
            imports.begun(manager, content, name="Deals.csv")
        assert refusal.value.field == "file"
    assert Import.objects.count() == 0


def test_a_file_is_kept_until_its_import_is_finished(manager, settings):
    run = imports.counted(manager, DEALS)
    name = run.stored_name
    later = datetime.datetime.now(tz=datetime.UTC) + 2 * DAY
    assert name not in list(files.orphans(at=later))
    assert name not in stored_files._without_row([stored_files.StoredFile(name, 1, "", "")])

    imports.do(run)

    assert run.stored_name == ""
    assert name in list(files.orphans(at=later))  # the test commits nothing; a commit deletes it


@pytest.fixture
def given(tmp_path, manager):
    """A file and a mapping on the disk."""
    run = imports.mapped(manager, DEALS)
    (tmp_path / "Deals.csv").write_text(DEALS.replace("2026-01-12", "2026-13-12"), encoding="utf-8")
    (tmp_path / "M.json").write_text(json.dumps(run.mapping), encoding="utf-8")
    making.discard(run)
    return ["import_opportunities", tmp_path / "Deals.csv", "--mapping", tmp_path / "M.json", "--by", manager.username]


def test_the_command_imports_as_the_pages_do(given, capsys):
    call_command(*given, "--dry-run")
    said = capsys.readouterr().out
    assert "Will be created: 1" in said
    assert "3: Created “2026-13-12”: " in said
    assert (Import.objects.count(), ImportRow.objects.count(), Opportunity.objects.count()) == (0, 0, 0)

    call_command(*given)

    assert "Created: 1" in capsys.readouterr().out
    assert Opportunity.objects.get().active_stage.name_en == PROPOSE


def test_the_command_says_what_is_wrong_and_keeps_nothing(given, tmp_path):
    (tmp_path / "Bad.json").write_text('{"colums": {}}', encoding="utf-8")
    for arguments, said in (
        ([*given[:-1], "nobody"], "nobody"),
        ([*given[:3], tmp_path / "Bad.json", *given[4:]], "colums"),
        ([*given[:1], tmp_path / "None.csv", *given[2:]], "None.csv"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command(*arguments)
    assert Import.objects.count() == 0
