"""The heading of the answer to a form fades in, unless the user wants no motion. The focus stays where it belongs."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

# Whether the heading fades in, and when it is done.
NOTE = "addEventListener('pagereveal', event => { window.fades = event.viewTransition?.finished || null; })"
FADED = "async () => (await window.fades, window.fades !== null)"


@pytest.fixture
def page(rep, open_browser):
    opened = open_browser(rep)
    opened.add_init_script(NOTE)
    return opened


def new_opportunity(page):
    return page.get_by_role("link", name="New opportunity").first


def test_the_page_of_a_clicked_link_is_there_at_once(page):
    page.emulate_media(reduced_motion="no-preference")
    page.goto(reverse("opportunity_list"))

    new_opportunity(page).click()

    expect(page.locator("[name=name]")).to_be_visible()
    assert not page.evaluate(FADED)


def test_the_answer_to_a_form_fades_in(page):
    page.emulate_media(reduced_motion="no-preference")
    page.goto(reverse("opportunity_new"))
    page.locator("[name=name]").fill("Fleet")

    page.get_by_role("main").get_by_role("button", name="Create", exact=True).click()

    expect(page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    assert page.evaluate(FADED)


def test_the_focus_is_on_the_errors_of_a_page_that_faded_in(page):
    page.emulate_media(reduced_motion="no-preference")
    page.goto(reverse("opportunity_new"))
    page.locator("[name=estimated_revenue]").fill("much")

    page.get_by_role("main").get_by_role("button", name="Create", exact=True).click()

    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.evaluate(FADED)
    expect(page.locator("[data-error-summary]")).to_be_focused()


def test_a_user_who_wants_no_motion_gets_none(page):
    page.emulate_media(reduced_motion="reduce")
    page.goto(reverse("opportunity_new"))
    page.locator("[name=name]").fill("Fleet")

    page.get_by_role("main").get_by_role("button", name="Create", exact=True).click()

    expect(page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    assert not page.evaluate(FADED)
