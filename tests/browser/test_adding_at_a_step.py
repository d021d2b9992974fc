"""Evidence that is added at its step, without leaving the page of the opportunity."""

import re

from playwright.sync_api import expect

from tests.support import factories
from tests.support.factories import DEVELOP, PROPOSE, QUALIFY, opportunity_in, reread


def open_form(page, field):
    """Press “Add one” at the step, and get the place below it with the form."""
    page.locator(f"#adds_{field}").click()
    place = page.locator(f"#slot_{field}")
    expect(place.get_by_role("combobox").first).to_be_focused()
    return place


def choose(place, name):
    place.get_by_role("combobox").first.press_sequentially(name, delay=20)
    place.get_by_role("option", name=re.compile(name)).first.click()


def add(place, button):
    place.get_by_role("button", name=button, exact=True).click()


def test_a_decision_maker_is_added_and_then_another(rep, open_browser):
    for name in ("Eva Lind", "Per Lund"):
        factories.ContactFactory(name=name)
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page = open_browser(rep)
    page.goto(f"{opportunity.get_absolute_url()}?tab=stakeholders")
    address = page.url

    place = open_form(page, "decision_maker_identified")
    expect(place.get_by_role("checkbox", name="Decision maker")).to_be_checked()
    choose(place, "Eva Lind")
    place.get_by_role("button", name="Add stakeholder").scroll_into_view_if_needed()
    scrolled = page.evaluate("window.scrollY")
    add(place, "Add stakeholder")

    expect(place).to_contain_text("Eva Lind added.")
    expect(place.get_by_role("button", name="Add another")).to_be_focused()
    expect(page.locator("#evidence_decision_maker_identified")).to_contain_text("1 decision maker")
    expect(page.locator("#people")).to_contain_text("Eva Lind")
    expect(page.locator("#saved")).to_contain_text("Saved ")
    expect(page.locator("#tab-rows > li")).to_have_count(1)
    expect(page.locator("#tabs [aria-current] .count")).to_have_text("1")
    assert page.evaluate("window.scrollY") == scrolled

    page.keyboard.press("Enter")
    expect(place.get_by_role("combobox").first).to_be_focused()
    choose(place, "Per Lund")
    add(place, "Add stakeholder")

    expect(page.locator("#evidence_decision_maker_identified")).to_contain_text("2 decision makers")
    assert [row.roles for row in opportunity.stakeholders.all()] == [("decision_maker",)] * 2
    assert page.url == address


def test_a_new_competitor_leaves_the_rest_of_the_panel_as_it_was(rep, open_browser):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["competitors_identified"])
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    expect(page.locator("#left")).to_have_text("1 left for Propose")
    page.get_by_role("textbox", name="Customer need").type("And ships")

    place = open_form(page, "competitors_identified")
    place.get_by_role("combobox").first.press_sequentially("Fjord Data", delay=20)
    place.get_by_role("option", name=re.compile("Create")).click()
    place.get_by_label("Threat level").select_option(label="High")
    add(place, "Add competitor")
    expect(place).to_contain_text("Fjord Data added.")
    page.get_by_role("checkbox", name="Identify competitors").check()

    expect(page.locator("#left")).to_have_text("Ready for Propose")
    opportunity = reread(opportunity)
    assert opportunity.competitor_count == 1
    assert opportunity.customer_need.startswith("And ships")
    page.get_by_role("button", name="Next Stage").click()
    expect(page.locator("#stage-panel-title")).to_have_text("Propose")


def test_a_refusal_is_said_in_the_form_and_escape_closes_it(rep, open_browser):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    place = open_form(page, "sales_team_identified")
    place.get_by_label("Role").select_option(label="Industry expert")

    add(place, "Add to the team")

    expect(place.locator("[data-error-summary]")).to_be_focused()
    expect(place).to_contain_text("Person:")
    expect(place.get_by_label("Role")).to_have_value("industry_expert")
    place.get_by_role("combobox").first.press("Escape")
    expect(place).to_be_empty()
    expect(page.locator("#adds_sales_team_identified")).to_be_focused()
    assert not opportunity.team_members.exists()
