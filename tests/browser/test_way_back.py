"""The way back to the same list, for each tab; filters and sort links keep the focus and the position."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.support.factories import OpportunityFactory

LIST = reverse("opportunity_list")


@pytest.fixture
def page(rep, open_browser):
    return open_browser(rep)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_the_crumb_leads_to_the_list_as_it_was_filtered(rep, open_browser, javascript):
    page = open_browser(rep, javascript=javascript)
    OpportunityFactory(owner=rep, name="Turbines")
    page.goto(LIST)
    page.get_by_role("searchbox", name="Search").fill("turb")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page).to_have_url(re.compile("q=turb"))
    page.get_by_role("link", name="Turbines").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Saved.")

    page.get_by_role("main").get_by_role("link", name="Opportunities", exact=True).click()

    expect(page).to_have_url(re.compile(r"\?q=turb"))


def test_each_tab_has_its_own_way_back(rep, page):
    opportunity = OpportunityFactory(owner=rep, name="Turbines")
    page.goto(f"{LIST}?q=turb")
    other = page.context.new_page()
    other.goto("/")

    page.goto(opportunity.get_absolute_url())
    other.goto(opportunity.get_absolute_url())

    expect(page.locator(".crumb a")).to_have_attribute("href", f"{LIST}?q=turb")
    expect(other.locator(".crumb a")).to_have_attribute("href", "/")
    expect(other.locator(".crumb a")).to_have_text("My day")


def test_a_filter_and_a_sort_link_keep_the_focus_and_the_position(rep, open_browser):
    page = open_browser(rep)
    for number in range(60):
        OpportunityFactory(owner=rep, name=f"Turbines {number}")
    page.goto(LIST)
    status = page.get_by_label("Status")
    status.focus()

    status.select_option("all")
    expect(page).to_have_url(re.compile("status=all"))
    expect(status).to_be_focused()

    page.evaluate("window.scrollTo(0, 60)")
    sort = page.get_by_role("columnheader", name="Name").get_by_role("link")
    sort.focus()
    sort.press("Enter")

    expect(page).to_have_url(re.compile("sort=name"))
    expect(page.locator("#sort-name")).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("60 opportunities")
    assert page.evaluate("window.scrollY") == 60


def test_another_page_of_the_list_begins_at_its_top(rep, page):
    for number in range(60):
        OpportunityFactory(owner=rep, name=f"Turbines {number}")
    page.goto(LIST)

    page.get_by_role("link", name="Next", exact=True).click()

    expect(page).to_have_url(re.compile("page=2"))
    expect(page.locator(":focus")).to_contain_text("60 opportunities")
