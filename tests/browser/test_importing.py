"""A file of deals is brought in by a new user, with a mouse or without JavaScript, in both languages."""

import pytest
from playwright.sync_api import expect

from opportunities.models import Import, Opportunity
from tests.support import imports
from tests.support.factories import DEVELOP, PROPOSE, stage
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
        says("%(figure)s of %(all)s rows will be imported", figure=2, all=3)
    )
    expect(page.get_by_text("2025-02-31")).to_be_visible()
    page.get_by_role("main").locator("button.btn-primary").click()

    expect(page.locator("#done-title")).to_contain_text(
        says("%(created)s created and %(updated)s changed, of %(all)s rows", created=2, updated=0, all=3)
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

    expect(page.locator("#done-title")).to_contain_text("1 created and 0 changed, of 1 rows")
    expect(page.get_by_role("progressbar")).to_have_count(0)
