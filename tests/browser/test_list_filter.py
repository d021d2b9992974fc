"""The search of the list: it applies while it is typed, and the next click does what it says."""

import re

from playwright.sync_api import expect

from tests.support.factories import OpportunityFactory


def opened(rep, open_browser, *names):
    for name in names:
        OpportunityFactory(owner=rep, name=name)
    page = open_browser(rep)
    page.goto("/opportunities/")
    return page


def rows(page):
    return page.locator("tbody > tr")


def press(page, target):
    """Press and release, with the time between that a person needs."""
    target.hover()
    page.mouse.down()
    page.wait_for_load_state("networkidle")  # a request that leaving the field sends would be answered by now
    page.mouse.up()


def test_a_search_applies_while_it_is_typed_and_the_field_keeps_the_focus(rep, open_browser):
    page = opened(rep, open_browser, "Fleet", "Harbour")

    page.get_by_label("Search").press_sequentially("harb", delay=20)

    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=harb&"))
    expect(page.get_by_label("Search")).to_be_focused()


def test_more_filters_opens_by_the_first_click_after_typing(rep, open_browser):
    page = opened(rep, open_browser, "Fleet", "Harbour")

    page.get_by_label("Search").press_sequentially("harb")
    press(page, page.get_by_text("More filters"))

    expect(rows(page)).to_have_count(1)
    expect(page.locator(".filter-bar details")).to_have_attribute("open", "")


def test_a_link_that_is_pressed_when_the_search_is_answered_leads_where_it_says(rep, open_browser):
    page = opened(rep, open_browser, "Fleet", "Harbour")
    held = []
    page.route(re.compile(r"\?q=harb&"), lambda route: held.append(route))

    with page.expect_request(re.compile(r"\?q=harb&")):
        page.get_by_label("Search").press_sequentially("harb")
    page.get_by_role("link", name="Fleet", exact=True).hover()
    page.mouse.down()
    with page.expect_response(re.compile(r"\?q=harb&")):
        held[0].continue_()
    page.mouse.up()

    expect(page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
