"""A file of deals is brought in by a new user, with a mouse or without JavaScript, in both languages."""

import pytest
from playwright.sync_api import expect

from opportunities.models import Import, Opportunity
from tests.support import imports
from tests.support.factories import DEVELOP, PROPOSE, QUALIFY, reason, stage
from tests.support.imports import table
from tests.support.labels import Labels

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "javascript"), [("en", False), ("nb", True)])
def test_a_file_goes_from_the_list_to_the_board(manager, open_browser, tmp_path, language, javascript):
    says = Labels(language)
    file = tmp_path / "deals.csv"
    rows = [["A1", "Ferries", PROPOSE, "2025-11-03"], ["A2", "Lorries", "In talks", "2025-11-04"]]
    file.write_text(table(*rows, ["A3", "Trains", PROPOSE, "2025-02-31"], headings=("Id", "Name", "Stage", "Created")))
    page = open_browser(manager, language=language, javascript=javascript)
    page.goto("/opportunities/")

    page.get_by_role("main").get_by_role("link", name=says("Import a file")).click()
    page.get_by_label(says("File")).set_input_files(file)
    page.get_by_role("button", name=says("Upload")).click()
    expect(page.get_by_role("cell", name="Ferries")).to_be_visible()
    page.get_by_role("button", name=says("Continue")).click()
    expect(page.get_by_label("Stage", exact=True)).to_have_value("stage")
    page.get_by_role("button", name=says("Continue")).click()
    page.get_by_label("In talks").select_option(str(stage(DEVELOP).pk))
    page.get_by_role("button", name=says("Show what will happen")).click()
    expect(page.locator("#will-title")).to_contain_text(
        says.rows("%(figure)s of %(all)s rows will be imported", 3, figure=2)
    )
    expect(page.get_by_text("2025-02-31")).to_be_visible()
    page.get_by_role("main").locator("button.btn-primary").click()

    expect(page.locator("#done-title")).to_contain_text(
        says.rows(
            "%(created)s created, %(updated)s changed and %(refused)s refused, of %(all)s rows",
            3,
            created=2,
            updated=0,
            refused=1,
        )
    )
    placed = Opportunity.objects.order_by("name").values_list("active_stage__name_en", flat=True)
    assert list(placed) == [PROPOSE, DEVELOP]
    page.locator("#show-created").click()
    page.get_by_role("link", name="Ferries").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ferries")

    page.go_back()
    page.get_by_role("link", name=says("Undo…")).click()
    page.get_by_role("button", name=says("Undo the import")).click()
    expect(page.locator("#done-title")).to_contain_text("2")
    assert Opportunity.objects.count() == 0


def test_the_report_of_a_running_import_updates_itself(manager, open_browser):
    run = imports.counted(manager, table(["A1", "Ferries", PROPOSE, "2025-11-03", "1"]))
    Import.objects.filter(pk=run.pk).update(started_at=run.counted_at)
    page = open_browser(manager)
    page.goto(f"/import/{run.pk}/")
    expect(page.get_by_role("progressbar")).to_be_visible()

    run.refresh_from_db()
    while imports.running.do_some(run.pk, 100, clock=lambda: run.counted_at):
        pass

    expect(page.locator("#done-title")).to_contain_text("1 created and 0 changed, of 1 row")
    expect(page.get_by_role("progressbar")).to_have_count(0)


NORWEGIAN = """Saksnr;Salgsmulighet;Kunde;Selger;Fase;Beløp;Opprettet;Lukket;Tapsgrunn
S-1;Flåtestyring;Nordlys Fisk AS;{owner};Ny;17 350,50;03.11.2025;;
S-2;Varmepumper;Bergen Havn KF;{owner};Kvalifisert;34 700,00;13.11.2025;;
S-3;Solcelleanlegg;Østfold Bygg AS;Eva Nordahl;Tilbud sendt;1 052 050,00;14.11.2025;;
S-4;Kassasystem;Kystlaks SA;{owner};Tapt;9 000,00;03.11.2025;20.11.2025;For dyrt
"""


def test_a_file_as_excel_writes_it_in_norway_needs_one_choice(manager, open_browser, tmp_path):
    """Semicolons, cp1252, decimal commas, days with points, and the words of other systems."""
    says = Labels("nb")
    file = tmp_path / "salg.csv"
    file.write_bytes(NORWEGIAN.format(owner=manager.username).replace("\n", "\r\n").encode("cp1252"))
    page = open_browser(manager, language="nb")
    page.goto("/import/new/")

    page.get_by_label(says("File")).set_input_files(file)
    page.get_by_role("button", name=says("Upload")).click()
    expect(page.get_by_role("cell", name="Østfold Bygg AS")).to_be_visible()
    page.get_by_role("button", name=says("Continue")).click()
    expect(page.get_by_label("Tapsgrunn")).to_have_value("status_reason")
    page.get_by_role("button", name=says("Continue")).click()
    expect(page.get_by_label("Kvalifisert")).to_have_value(str(stage(QUALIFY).pk))
    expect(page.get_by_label("Eva Nordahl")).to_have_value("")
    page.get_by_label("For dyrt").select_option(str(reason("price").pk))
    page.get_by_role("button", name=says("Show what will happen")).click()
    expect(page.locator("#will-title")).to_contain_text(
        says.rows("%(figure)s of %(all)s rows will be imported", 4, figure=4)
    )
    page.get_by_role("main").locator("button.btn-primary").click()
    expect(page.locator("#done-title")).to_contain_text("4")

    placed = Opportunity.objects.filter(status="open").order_by("name")
    assert list(placed.values_list("name", "active_stage__name_en")) == [
        ("Flåtestyring", QUALIFY),
        ("Solcelleanlegg", PROPOSE),
        ("Varmepumper", QUALIFY),
    ]
    assert Opportunity.objects.get(name="Solcelleanlegg").estimated_revenue == 1_052_050


def test_a_mapping_is_saved_and_used_for_the_next_file(manager, open_browser, tmp_path):
    run = imports.counted(manager, table(["A1", "Ferries", PROPOSE, "2025-11-03", "1"]))
    page = open_browser(manager)
    page.goto(f"/import/{run.pk}/preview/")

    page.get_by_role("link", name="Save the mapping…").click()
    page.get_by_label("Name").fill("Old system")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#will-title")).to_be_visible()
    other = imports.begun(manager, table(["B1", "Lorries", PROPOSE, "2025-11-03", "1"]))
    page.goto(f"/import/{other.pk}/columns/")
    page.get_by_role("button", name="Use it").click()

    expect(page.locator("#messages")).to_contain_text("“Old system” is used.")
    expect(page.get_by_label("Stage", exact=True)).to_have_value("stage")
