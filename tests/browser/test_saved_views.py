"""Saved views in a browser: a filter is saved, opened first, pinned, deleted and brought back."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.support.factories import OpportunityFactory, UnitFactory
from tests.support.labels import Labels

LIST = reverse("opportunity_list")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_filter_is_saved_opened_first_and_pinned(rep, open_browser, language, javascript):
    OpportunityFactory(owner=rep, name="Turbines", rating="hot")
    OpportunityFactory(owner=rep, name="Windmills", rating="cold")
    page, says = open_browser(rep, language=language, javascript=javascript), Labels(language)
    page.goto(f"{LIST}?rating=hot")

    page.get_by_role("link", name=says("Save view")).click()
    page.get_by_role("textbox", name=says("Name")).fill("Hot ones")
    page.get_by_role("main").get_by_role("button", name=says("Save"), exact=True).click()
    expect(page.get_by_role("link", name="Turbines")).to_be_visible()
    expect(page.get_by_role("link", name="Windmills")).to_have_count(0)

    page.get_by_role("link", name=says("All views")).click()
    of_view = page.get_by_role("listitem").filter(has_text="Hot ones")
    of_view.get_by_role("button", name=says("Open first")).click()
    of_view.get_by_role("button", name=says("Pin")).click()
    page.get_by_role("navigation").get_by_role("link", name=says("Opportunities"), exact=True).click()

    expect(page.get_by_role("link", name="Hot ones").first).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("link", name="Windmills")).to_have_count(0)


def test_a_deleted_view_comes_back_by_undo(rep, open_browser):
    page = open_browser(rep)
    OpportunityFactory(owner=rep, rating="hot")
    page.goto(f"{reverse('saved_view_new')}?rating=hot")
    page.get_by_role("textbox", name="Name").fill("Hot ones")
    page.get_by_role("main").get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="All views").click()

    page.get_by_role("listitem").filter(has_text="Hot ones").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Hot ones")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("link", name="Hot ones").first).to_be_visible()


def test_the_team_is_asked_only_of_a_view_for_a_team(rep, open_browser):
    rep.unit = UnitFactory(name="Oslo")
    rep.save()
    page = open_browser(rep)
    page.goto(reverse("saved_view_new"))
    expect(page.get_by_role("combobox", name="Team")).to_be_hidden()

    page.get_by_role("combobox", name="Who sees it").select_option("unit")
    page.get_by_role("combobox", name="Team").select_option(label="Oslo")
    page.get_by_role("textbox", name="Name").fill("Ours")
    page.get_by_role("main").get_by_role("button", name="Save", exact=True).click()

    expect(page).to_have_url(re.compile("view="))
