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


@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_view_is_shared_with_a_team_used_there_deleted_and_brought_back(rep, colleague, open_browser, language):
    unit = UnitFactory(name="Oslo")
    for person in (rep, colleague):
        person.unit = unit
        person.save()
    OpportunityFactory(owner=colleague, name="Turbines", rating="hot")
    OpportunityFactory(owner=colleague, name="Windmills", rating="cold")
    OpportunityFactory(owner=rep, rating="hot")
    says = Labels(language)
    page = open_browser(rep, language=language)
    page.goto(f"{reverse('saved_view_new')}?rating=hot")
    expect(page.get_by_role("combobox", name=says("Team"))).to_be_hidden()  # only a view for a team has one
    page.get_by_role("combobox", name=says("Who sees it")).select_option("unit")
    page.get_by_role("combobox", name=says("Team")).select_option(label="Oslo")
    page.get_by_role("textbox", name=says("Name")).fill("Hot ones")
    page.get_by_role("main").get_by_role("button", name=says("Save"), exact=True).click()
    expect(page).to_have_url(re.compile("view="))

    theirs = open_browser(colleague, language=language)
    theirs.goto(reverse("saved_views"))
    theirs.get_by_role("main").get_by_role("link", name="Hot ones").click()
    expect(theirs.get_by_role("link", name="Turbines", exact=True)).to_be_visible()
    expect(theirs.get_by_role("link", name="Windmills", exact=True)).to_have_count(0)

    page.get_by_role("link", name=says("All views")).click()
    page.get_by_role("listitem").filter(has_text="Hot ones").get_by_role("button", name=says("Delete")).click()
    expect(page.get_by_role("main").get_by_role("link", name="Hot ones")).to_have_count(0)
    page.get_by_role("button", name=says("Undo")).click()
    expect(page.get_by_role("link", name="Hot ones").first).to_be_visible()
