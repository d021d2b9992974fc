"""Toasts: success is said once, pushes nothing down and disappears. After a move they offer the way back."""

import pytest
from playwright.sync_api import expect

from tests.support.factories import DEVELOP, PROPOSE, QUALIFY, fill, opportunity_in, ready_opportunity, reread, stage
from tests.support.moves import forward


@pytest.fixture
def page(rep, open_browser):
    return open_browser(rep)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def place_of_heading(page):
    """Where the heading is on the page, wherever the page is scrolled to."""
    return page.get_by_role("heading", level=1).bounding_box()["y"] + page.evaluate("window.scrollY")


def toast(page):
    return page.locator("[data-toast]")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_after_a_move_the_message_offers_to_go_back(rep, open_browser, javascript):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    page = open_browser(rep, javascript=javascript)
    page.goto(opportunity.get_absolute_url())
    button(page, "Next Stage").click()
    expect(toast(page)).to_contain_text("Moved to Develop.")

    button(page, "Go back").click()

    expect(toast(page)).to_have_text("Went back to Qualify.")
    expect(button(page, "Go back")).to_have_count(0)
    assert reread(opportunity).active_stage == stage(QUALIFY)


def test_a_toast_pushes_nothing_down_and_is_announced(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(opportunity.get_absolute_url())
    before = place_of_heading(page)

    button(page, "Save").click()

    expect(toast(page)).to_be_visible()
    box = toast(page).bounding_box()
    assert place_of_heading(page) == before
    assert box["x"] < 40 and box["y"] > 700
    expect(page.locator("#announcer")).to_have_text("Saved.")


def test_a_toast_disappears_but_not_in_focus_or_under_the_pointer(rep, page):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    page.clock.install()
    page.goto(opportunity.get_absolute_url())
    button(page, "Next Stage").click()
    expect(toast(page)).to_be_visible()
    toast(page).hover()
    page.clock.run_for(10_000)
    expect(toast(page)).to_be_visible()
    button(page, "Go back").focus()
    page.mouse.move(600, 100)
    page.clock.run_for(10_000)
    expect(toast(page)).to_be_visible()

    page.get_by_role("link", name="Edit", exact=True).focus()
    page.clock.run_for(3_000)
    expect(toast(page)).to_be_visible()
    page.clock.run_for(2_000)

    expect(toast(page)).to_be_hidden()


def test_going_back_after_another_person_moved_it_is_refused(rep, manager, page):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    page.goto(opportunity.get_absolute_url())
    button(page, "Next Stage").click()
    expect(button(page, "Go back")).to_be_visible()
    forward(fill(reread(opportunity), DEVELOP), by=manager)
    page.page_faults.expect("409")

    button(page, "Go back").click()

    expect(page.get_by_role("alert").or_(page.get_by_text("in Propose now")).first).to_be_visible()
    assert reread(opportunity).active_stage == stage(PROPOSE)


def test_a_toast_lies_above_the_main_button_of_a_phone(rep, open_browser):
    page = open_browser(rep, width=320)
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    page.goto(opportunity.get_absolute_url())

    button(page, "Next Stage").click()

    expect(toast(page)).to_be_visible()
    box, act = toast(page).bounding_box(), button(page, "Next Stage").bounding_box()
    assert box["y"] + box["height"] <= act["y"]
    assert box["x"] + box["width"] <= 320
