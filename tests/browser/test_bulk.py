"""Many opportunities are changed from the list, and one cell in its row: by keyboard, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from opportunities.bulk_runs import running
from opportunities.models import BulkRun
from tests.support import factories
from tests.support.factories import DEVELOP, NOW, QUALIFY, OpportunityFactory, bulk_run_of, reread
from tests.support.labels import Labels

pytestmark = pytest.mark.browser


@pytest.fixture
def opportunities(rep):
    return [
        OpportunityFactory(owner=rep, name=name, estimated_revenue=1000) for name in ("Ferries", "Lorries", "Trains")
    ]


def cell(page, name, column):
    return page.get_by_role("row").filter(has_text=name).locator(f"td.list-{column}")


def test_ticked_rows_are_changed_by_keyboard_alone(rep, opportunities, open_browser):
    page = open_browser(rep)
    page.goto("/opportunities/")

    page.get_by_role("checkbox", name="Ferries").focus()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="Trains").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Which opportunities")).to_have_value("ticked")
    expect(page.locator("#bulk-which option:checked")).to_have_text("2 ticked")
    page.get_by_label("What to change").focus()
    page.keyboard.type("Rating")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 opportunities will be changed")).to_be_visible()
    expect(page.get_by_role("radio", name="Hot")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="2 of 2 changed")).to_be_visible()
    assert [reread(each).rating for each in opportunities] == ["hot", "warm", "hot"]


def test_the_box_in_the_head_ticks_the_page(rep, opportunities, open_browser):
    page = open_browser(rep)
    page.goto("/opportunities/")

    page.get_by_role("checkbox", name="All on this page").check()
    expect(page.locator("#bulk-which option:checked")).to_have_text("3 ticked")
    page.get_by_role("checkbox", name="Lorries").uncheck()

    expect(page.locator("#bulk-which option:checked")).to_have_text("2 ticked")
    assert page.locator("#tick-all").evaluate("box => box.indeterminate")


def test_the_box_the_name_and_the_account_of_a_row_are_targets_beside_each_other(rep, open_browser):
    OpportunityFactory(owner=rep, name="Ferries", account=factories.AccountFactory(name="Nordlys"))
    page = open_browser(rep, width=320)
    page.goto("/opportunities/")

    box = page.get_by_role("checkbox", name="Ferries").bounding_box()
    name = page.get_by_role("link", name="Ferries", exact=True)
    assert box["x"] + box["width"] <= name.bounding_box()["x"]
    page.set_viewport_size({"width": 1280, "height": 900})
    above, below = name.bounding_box(), page.get_by_role("link", name="Nordlys", exact=True).bounding_box()
    assert above["height"] >= 24
    assert above["y"] + above["height"] <= below["y"]


def test_all_that_match_are_changed_without_javascript_in_norwegian(rep, opportunities, open_browser):
    page = open_browser(rep, language="nb", javascript=False)
    page.goto("/opportunities/?q=rries")

    page.locator("#bulk-which").select_option(label="Alle 2 som passer")
    page.locator("#bulk-act").select_option(label="Lukkedato")
    page.get_by_role("button", name="Endre …").click()
    page.get_by_role("button", name="Endre 2 salgsmuligheter").click()
    expect(page.locator("#error-summary")).to_be_visible()
    page.get_by_label("Ny lukkedato").fill("2027-03-01")
    page.get_by_role("button", name="Endre 2 salgsmuligheter").click()

    expect(page.get_by_role("heading", name="2 av 2 endret")).to_be_visible()
    page.get_by_role("button", name="Sett tilbake").click()
    page.get_by_role("button", name="Sett tilbake 2 salgsmuligheter").click()
    expect(page.get_by_role("heading", name="2 av 2 endret")).to_be_visible()
    assert {reread(each).estimated_close_date for each in opportunities} == {None}


@pytest.mark.parametrize(("language", "javascript"), [("en", False), ("nb", True)])
def test_a_run_is_previewed_done_reported_and_put_back(rep, open_browser, language, javascript):
    says = Labels(language)
    ready = factories.ready_opportunity(QUALIFY, owner=rep, name="Ferries")
    other = factories.ready_opportunity(QUALIFY, owner=rep, name="Lorries")
    OpportunityFactory(owner=rep, name="Trains")  # a step is missing
    page = open_browser(rep, language=language, javascript=javascript)
    page.goto("/opportunities/")

    page.locator("#bulk-which").select_option("all")
    page.locator("#bulk-act").select_option(label=says("Next Stage"))
    page.get_by_role("button", name=says("Change…")).click()
    expect(page.locator("#will-title")).to_contain_text(
        says("%(figure)s of %(all)s opportunities will be changed", figure=2, all=3)
    )
    expect(page.get_by_role("listitem").filter(has_text=says("Steps are missing.")).first).to_be_visible()
    factories.edit(other, description="Changed since")
    page.get_by_role("main").locator("button.btn-primary").click()

    expect(page.get_by_role("heading", level=2).first).to_contain_text("1")
    assert [reread(each).active_stage.name_en for each in (ready, other)] == [DEVELOP, QUALIFY]
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("CSV")).click()
    refused = waiting.value.path().read_text("utf-8-sig")
    assert ("Lorries" in refused, "Trains" in refused, "Ferries" in refused) == (True, True, False)

    page.goto("/opportunities/?q=lorries")
    page.locator("#bulk-which").select_option("all")
    page.locator("#bulk-act").select_option(label=says("Rating"))
    page.get_by_role("button", name=says("Change…")).click()
    page.get_by_role("radio", name=says("Hot")).check()
    page.get_by_role("main").locator("button.btn-primary").click()
    page.get_by_role("button", name=says("Put back")).click()
    assert reread(other).rating == "hot"
    page.get_by_role("main").locator("button.btn-primary").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("1")
    assert reread(other).rating == "warm"


def test_the_page_of_a_run_updates_itself_until_it_is_finished(rep, opportunities, open_browser):
    run = bulk_run_of(rep)
    running.start(run, at=NOW, choice="hot")
    page = open_browser(rep)
    page.goto(f"/opportunities/bulk/{run.pk}/")
    expect(page.get_by_text("3 are still to come.")).to_be_visible()

    running.do_some(run.pk, 2, clock=lambda: NOW)
    expect(page.get_by_text("1 is still to come.")).to_be_visible()
    running.do_some(run.pk, 2, clock=lambda: NOW)

    expect(page.get_by_role("heading", name="3 of 3 changed")).to_be_visible()
    expect(page.get_by_role("link", name="Back to the list")).to_be_visible()
    assert BulkRun.objects.get().finished_at == NOW


def test_a_cell_is_changed_in_its_row_by_keyboard(rep, opportunities, open_browser):
    page = open_browser(rep)
    page.goto("/opportunities/")
    revenue = cell(page, "Lorries", "revenue")
    expect(page.locator("#list-totals")).to_contain_text("3,000")

    revenue.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(revenue.get_by_role("textbox", name="Estimated revenue")).to_be_focused()
    page.keyboard.press("Escape")
    expect(revenue.locator("a.cell")).to_be_focused()
    page.keyboard.press("Enter")
    expect(revenue.get_by_role("textbox", name="Estimated revenue")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("5000")
    page.keyboard.press("Enter")

    expect(revenue.locator("a.cell")).to_be_focused()
    expect(revenue).to_contain_text("5,000")
    expect(page.locator("#list-totals")).to_contain_text("7,000")
    expect(page).to_have_url(re.compile(r"/opportunities/$"))
    assert reread(opportunities[1]).estimated_revenue == 5000


@pytest.mark.parametrize("language", ["en", "nb"])
def test_each_cell_of_a_row_is_changed_by_keyboard_and_escape_waits_for_a_save(
    rep, opportunities, open_browser, language
):
    says = Labels(language)
    page = open_browser(rep, language=language)
    page.goto("/opportunities/")
    typed = {
        "next": (says("Next step"), "Call Berit", "Call Berit"),
        "revenue": (says("Estimated revenue"), "5000", {"en": "5,000", "nb": "5 000"}[language].replace(" ", "\xa0")),
    }

    held = []
    page.route("**/cell/**", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    for column, (label, text, shown) in typed.items():
        link = cell(page, "Lorries", column).get_by_role("link")
        link.focus()
        page.keyboard.press("Enter")
        field = cell(page, "Lorries", column).get_by_role("textbox", name=label).first
        expect(field).to_be_focused()
        field.fill(text)
        with page.expect_request("**/cell/**"):
            page.keyboard.press("Enter")
        page.keyboard.press("Escape")  # the save is on its way
        held.pop().continue_()
        expect(cell(page, "Lorries", column).locator("a.cell")).to_contain_text(shown)
        expect(cell(page, "Lorries", column).locator("a.cell")).to_be_focused()

    now = reread(opportunities[1])
    assert (now.next_step, now.estimated_revenue) == ("Call Berit", 5000)


def test_a_conflict_in_a_cell_shows_both_values(rep, manager, opportunities, open_browser):
    page = open_browser(rep)
    page.goto("/opportunities/")
    close = cell(page, "Trains", "close")
    close.get_by_role("link").click()
    close.locator("input[type=date]").fill("2027-03-01")
    factories.edit(opportunities[2], by=manager, estimated_close_date="2027-04-01")

    close.get_by_role("button", name="Save").click()
    expect(close).to_contain_text("1 Apr 2027")
    close.get_by_role("radio", name=re.compile("typed just now")).check()
    close.get_by_role("button", name="Save").click()

    expect(close.locator("a.cell")).to_contain_text("1 Mar 2027")
    assert str(reread(opportunities[2]).estimated_close_date) == "2027-03-01"


def test_owner_and_next_step_are_changed_in_the_row(rep, colleague, opportunities, open_browser):
    page = open_browser(rep)
    page.goto("/opportunities/")

    following = cell(page, "Ferries", "next")
    following.get_by_role("link").click()
    following.get_by_role("textbox", name="Next step").fill("Call Berit")
    page.keyboard.press("Enter")
    expect(following.locator("a.cell")).to_contain_text("Call Berit")
    owner = cell(page, "Lorries", "owner")
    owner.get_by_role("link").click()
    expect(owner.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("Ola")
    expect(owner.get_by_role("option", name="Ola Hansen")).to_be_visible()
    page.keyboard.press("Enter")
    owner.get_by_role("button", name="Save").click()

    expect(owner).to_have_text("Ola Hansen")
    expect(page.get_by_role("link", name="Lorries", exact=True)).to_be_focused()  # the cell has no link any more
    assert reread(opportunities[1]).owner == colleague


def test_a_cell_is_changed_without_javascript(rep, opportunities, open_browser):
    page = open_browser(rep, language="nb", javascript=False, width=320)
    page.goto("/opportunities/?q=train")

    cell(page, "Trains", "revenue").get_by_role("link").click()
    page.get_by_role("textbox", name=re.compile("omsetning")).fill("5000")
    page.get_by_role("button", name="Lagre").click()

    expect(page).to_have_url(re.compile(r"\?q=train"))
    expect(cell(page, "Trains", "revenue")).to_contain_text("5 000")
