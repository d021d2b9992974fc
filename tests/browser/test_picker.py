"""The picker as a combobox: by keyboard, by pointer, and on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.models import Opportunity
from tests.support import factories
from tests.support.factories import DEVELOP, QUALIFY, AccountFactory, ContactFactory, opportunity_in, reread


@pytest.fixture
def page(rep, open_browser):
    return open_browser(rep)


def account_field(page):
    return page.get_by_role("combobox", name="Account")


def active(field):
    """The name of the highlighted answer."""
    return field.evaluate(
        "field => document.getElementById(field.getAttribute('aria-activedescendant'))?.textContent.trim()"
    )


def test_enter_takes_the_first_match_and_the_form_sends_it(page):
    account = AccountFactory(name="Fjord Kraft")
    AccountFactory(name="Nye Fjord")
    page.goto(reverse("opportunity_new"))
    page.get_by_role("textbox", name="Name").fill("Turbines")
    field = account_field(page)
    field.press_sequentially("fjord")
    expect(page.get_by_role("option", name="Fjord Kraft")).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-expanded", "true")

    field.press("Enter")

    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(field).to_have_value("Fjord Kraft")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#id_account-said")).to_have_text("Fjord Kraft is chosen.")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()
    assert Opportunity.objects.get().account == account


def test_the_arrows_move_and_create_comes_last(page):
    for name in ("Fjord Alta", "Fjord Bodø"):
        AccountFactory(name=name)
    page.goto(reverse("opportunity_new"))
    field = account_field(page)
    field.press_sequentially("fjord")
    expect(page.get_by_role("option")).to_have_count(4)

    seen = [active(field)]
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        field.press(key)
        seen.append(active(field))

    assert seen == ["Fjord Alta", "Fjord Bodø", "None", "Create “fjord”", "Fjord Alta", "Create “fjord”"]


def test_what_does_not_exist_is_created_by_enter(page):
    page.goto(reverse("opportunity_new"))
    page.get_by_role("textbox", name="Name").fill("Turbines")
    field = account_field(page)
    field.press_sequentially("Havbris AS")
    expect(page.get_by_role("option", name="Create “Havbris AS”")).to_have_attribute("aria-selected", "true")

    field.press("Enter")
    page.get_by_role("button", name="Create", exact=True).click()

    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()
    assert Opportunity.objects.get().account.name == "Havbris AS"


def test_escape_closes_and_tab_keeps_what_was_typed(page):
    AccountFactory(name="Fjord Kraft")
    page.goto(reverse("opportunity_new"))
    field = account_field(page)
    field.press_sequentially("fjord")
    expect(page.get_by_role("option", name="Fjord Kraft")).to_be_visible()

    field.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    field.press("ArrowDown")
    expect(page.get_by_role("option", name="Fjord Kraft")).to_be_visible()
    field.press("Tab")

    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(field).to_have_value("fjord")
    assert page.locator("[name=account]:checked").count() == 0


def test_a_text_without_a_choice_is_refused_and_its_answers_open_at_the_field(page):
    AccountFactory(name="Fjord Kraft")
    page.goto(reverse("opportunity_new"))
    page.get_by_role("textbox", name="Name").fill("Turbines")
    field = account_field(page)
    field.press_sequentially("fjord")
    expect(page.get_by_role("option", name="Fjord Kraft")).to_be_visible()

    page.get_by_role("button", name="Create", exact=True).click()

    expect(page.get_by_text("Choose one of the answers, or create “fjord”.").first).to_be_visible()
    account_field(page).focus()
    expect(page.get_by_role("option", name="Fjord Kraft")).to_be_visible()
    assert not Opportunity.objects.exists()


def test_a_click_in_the_empty_field_lists_the_contacts_of_the_account_first(rep, page):
    account = AccountFactory()
    for name in ("Eva Lind", "Ola Moen"):
        ContactFactory(name=name, account=account)
    ContactFactory(name="Anne Other")
    opportunity = opportunity_in(QUALIFY, owner=rep, account=account)
    page.goto(opportunity.get_absolute_url())
    contact = page.get_by_role("combobox", name="Identify contact")

    contact.click()

    expect(page.get_by_role("option").first).to_contain_text("Eva Lind")
    expect(page.get_by_role("option", name="Anne Other")).to_have_count(0)
    contact.press_sequentially("n")
    expect(page.get_by_role("option", name="Anne Other")).to_be_visible()
    expect(page.get_by_role("option").first).to_contain_text("Eva Lind")


def test_a_choice_in_the_panel_saves_itself_and_is_shown_as_chosen(rep, page):
    account, other = AccountFactory(name="Fjord Kraft"), AccountFactory(name="Havbris AS")
    opportunity = opportunity_in(QUALIFY, owner=rep, account=account)
    page.goto(opportunity.get_absolute_url())
    page.locator("#id_account-picker summary").click()
    field = page.get_by_role("combobox", name="Identify account")
    expect(field).to_be_focused()

    field.press_sequentially("havbris")
    expect(page.get_by_role("option", name="Havbris AS")).to_be_visible()
    field.press("Enter")

    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("#id_account-picker .picker-chosen")).to_have_text("Havbris AS")
    assert reread(opportunity).account == other


def test_a_text_that_is_removed_again_keeps_the_choice(rep, page):
    account = AccountFactory(name="Fjord Kraft")
    opportunity = opportunity_in(QUALIFY, owner=rep, account=account)
    page.goto(opportunity.get_absolute_url())
    page.locator("#id_account-picker summary").click()
    field = page.get_by_role("combobox", name="Identify account")
    field.press_sequentially("x")
    expect(page.locator("[name=account]:checked")).to_have_count(0)

    field.press("Backspace")

    expect(page.locator("[name=account]:checked")).to_have_value(str(account.pk))


def test_the_answers_fit_a_phone_and_are_chosen_by_touch(rep, open_browser):
    page = open_browser(rep, width=320, has_touch=True)
    for number in range(25):
        factories.CompetitorFactory(name=f"Rival with a very long name number {number:02}")
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(f"/opportunities/{opportunity.pk}/competitors/add/")
    field = page.get_by_role("combobox", name="Competitor")
    field.tap()
    field.press_sequentially("rival 07")
    option = page.get_by_role("option", name="number 07")
    expect(option).to_be_visible()
    box = option.bounding_box()

    assert box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= 320
    option.tap()
    expect(field).to_have_value("Rival with a very long name number 07")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
