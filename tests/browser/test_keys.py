"""The keys of every page."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.models import Opportunity
from tests.support.factories import QUALIFY, AccountFactory, ready_opportunity, reread


@pytest.fixture
def page(rep, open_browser):
    return open_browser(rep)


def test_n_opens_a_new_opportunity(page):
    page.goto("/")

    page.keyboard.press("n")

    expect(page).to_have_url(re.compile(reverse("opportunity_new")))


def test_keys_do_nothing_while_a_text_is_typed_or_with_a_modifier(page):
    page.goto(reverse("opportunity_new"))
    name = page.get_by_role("textbox", name="Name")
    name.click()
    page.keyboard.type("n/?")
    expect(name).to_have_value("n/?")

    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Alt+n")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"{reverse('opportunity_new')}$"))


def test_the_keys_are_shown_in_a_dialog_that_escape_closes(page):
    page.goto("/")

    page.keyboard.press("?")

    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("New opportunity")
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/$"))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("?")
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_the_user_menu_leads_to_the_keys(rep, open_browser, javascript):
    page = open_browser(rep, javascript=javascript)
    page.goto("/")
    page.locator("details.menu > summary").first.click()

    page.get_by_role("link", name="Keys").click()

    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(1 if javascript else 0)


def test_control_enter_in_the_panel_saves_and_moves_on(rep, page):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    page.goto(opportunity.get_absolute_url())
    budget = page.get_by_role("textbox", name="Estimated budget")
    budget.fill("700")

    budget.press("Control+Enter")

    expect(page.locator("[data-said-once]")).to_contain_text("Moved to Develop.")
    assert reread(opportunity).estimated_budget == 700


def test_control_enter_in_a_picker_creates(page):
    AccountFactory(name="Fjord Kraft")
    page.goto(reverse("opportunity_new"))
    page.get_by_role("textbox", name="Name").fill("Turbines")
    page.get_by_role("combobox", name="Account").focus()

    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()
    assert Opportunity.objects.count() == 1
