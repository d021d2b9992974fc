"""Quick find in a browser: the dialog, its keys, the page without JavaScript, and the neighbours in a list."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.support import factories
from tests.support.factories import DEVELOP, AccountFactory, OpportunityFactory, opportunity_in
from tests.support.labels import Labels


@pytest.fixture
def page(rep, open_browser):
    return open_browser(rep)


def dialog(page):
    return page.get_by_role("dialog", name="Find")


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_key_opens_the_field_and_enter_the_first_answer(rep, page, keys):
    opportunity = opportunity_in(DEVELOP, owner=rep, name="Turbines")
    page.goto("/")

    page.keyboard.press(keys)
    expect(dialog(page).get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("turb")
    page.keyboard.press("Enter")  # before the answers are there

    expect(page).to_have_url(re.compile(f"{opportunity.get_absolute_url()}$"))


def test_the_arrows_go_through_the_answers_and_escape_gives_the_focus_back(rep, page):
    AccountFactory(name="Turbine Works")
    opportunity_in(DEVELOP, owner=rep, name="Turbines")
    page.goto(reverse("opportunity_list"))
    link = page.get_by_role("link", name="Find")
    link.click()

    page.keyboard.type("turb")
    answers = dialog(page).locator("a[data-answer]")
    expect(answers.nth(1)).to_contain_text("Turbine Works")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(answers.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(dialog(page).get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")

    expect(dialog(page)).to_have_count(0)
    expect(link).to_be_focused()


@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_note_and_the_loss_of_the_opportunity_on_the_screen_are_two_presses_away(rep, open_browser, language):
    page, says = open_browser(rep, language=language), Labels(language)
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(opportunity.get_absolute_url())
    page.keyboard.press("/")

    page.get_by_role("dialog").get_by_role("link", name=says("Write a note")).click()
    expect(page).to_have_url(re.compile(reverse("note_add", args=[opportunity.pk])))

    page.goto(opportunity.get_absolute_url())
    page.keyboard.press("/")
    page.keyboard.type({"en": "lose this", "nb": "tape denne"}[language])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{reverse('close', args=[opportunity.pk])}.outcome=lost"))


@pytest.mark.parametrize("language", ["en", "nb"])
def test_ctrl_k_lists_what_was_read_last_and_makes_something_new(rep, open_browser, language):
    page, says = open_browser(rep, language=language), Labels(language)
    opportunity = opportunity_in(DEVELOP, owner=rep, name="Turbines")
    page.goto(opportunity.get_absolute_url())
    page.goto(reverse("opportunity_list"))

    page.keyboard.press("Control+k")
    answers = page.get_by_role("dialog")
    expect(answers.get_by_role("link", name="Turbines")).to_be_visible()  # without a word typed
    page.keyboard.type({"en": "new", "nb": "ny"}[language])
    expect(answers.get_by_role("link", name=says("New opportunity"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"{reverse('opportunity_new')}$"))


def test_without_javascript_the_link_leads_to_a_page_that_finds(rep, open_browser):
    page = open_browser(rep, javascript=False)
    opportunity = opportunity_in(DEVELOP, owner=rep, name="Turbines")
    page.goto(opportunity.get_absolute_url())

    page.get_by_role("link", name="Find").click()
    expect(page.get_by_role("link", name="Write a note")).to_be_visible()
    page.get_by_role("searchbox", name="Find").fill("turb")
    page.get_by_role("main").get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Turbines").first.click()

    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()


def test_j_and_k_lead_through_the_list_also_after_a_row_left_it(rep, page):
    first, second, third = (OpportunityFactory(owner=rep, name=f"Turbine {letter}") for letter in "ABC")
    page.goto(f"{reverse('opportunity_list')}?q=turbine&sort=name")
    page.get_by_role("link", name="Turbine B").click()
    expect(page.get_by_role("heading", name="Turbine B", level=1)).to_be_visible()
    factories.edit(second, name="Windmill")  # it is found by that text no more

    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(f"{third.get_absolute_url()}$"))
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile(f"{second.get_absolute_url()}$"))
    page.get_by_role("link", name="Previous opportunity of the list").click()
    expect(page).to_have_url(re.compile(f"{first.get_absolute_url()}$"))

    page.keyboard.press("k")
    expect(page.locator("#messages")).to_contain_text("This is the first opportunity of the list.")
