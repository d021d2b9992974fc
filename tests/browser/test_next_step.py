"""The next-step card in a browser: an act changes the card in place, and nothing else. Pages do without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.support import factories
from tests.support.factories import DAY, DEVELOP, OpportunityFactory, opportunity_in, plan, reread


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def card(page):
    return page.get_by_role("region", name="Next step")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_done_and_what_is_next(rep, open_browser, today, javascript):
    opportunity = OpportunityFactory(owner=rep)
    plan(opportunity, text="Call Berit", due=today)
    page = open_browser(rep, javascript=javascript)
    page.goto(opportunity.get_absolute_url())
    expect(card(page)).to_contain_text("Call Berit")

    page.get_by_role("link", name="Done, what’s next?").click()
    expect(page.get_by_label("What’s next?")).to_be_focused()
    expect(page.get_by_label("Time (optional)")).to_be_hidden()
    page.get_by_label("What’s next?").fill("Send the offer")
    page.get_by_role("radio", name="Tomorrow").check()
    button(card(page), "Save").click()

    expect(card(page)).to_contain_text("Send the offer")
    expect(card(page)).to_contain_text("Tomorrow, ")
    expect(page.get_by_role("heading", name=opportunity.name, level=1)).to_be_visible()
    after = reread(opportunity)
    assert (after.next_step, after.next_step_due) == ("Send the offer", today + DAY)
    assert opportunity.tasks.get(text="Call Berit").done_by == rep


def test_an_act_keeps_what_was_typed_in_the_panel_and_in_the_tab(rep, open_browser, today):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    plan(opportunity, text="Call Berit", due=today)
    page = open_browser(rep)
    page.goto(f"{opportunity.get_absolute_url()}?tab=team")
    page.get_by_role("textbox", name="Customer need").fill("Lorries")

    button(page, "Tomorrow").click()
    expect(card(page)).to_contain_text("Tomorrow, ")
    page.get_by_role("link", name="Change Call Berit").click()
    page.get_by_label("Time (optional)").fill("09:30")
    button(card(page), "Save").click()
    expect(card(page)).to_contain_text("09:30")
    page.get_by_role("link", name="Done, what’s next?").click()
    button(page, "Nothing for now").click()

    expect(card(page)).to_contain_text("Plan the first step")
    expect(page.get_by_role("textbox", name="Customer need")).to_have_value("Lorries")
    assert page.url.endswith("?tab=team")
    button(page, "Save").click()
    expect(page.locator("#messages")).to_have_text("Saved.")
    assert reread(opportunity).customer_need == "Lorries"


def test_cancel_brings_the_card_back(rep, open_browser):
    opportunity = OpportunityFactory(owner=rep)
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())

    page.get_by_role("link", name="Plan the first step").click()
    card(page).get_by_role("radio", name="Pick a date").check()
    expect(page.get_by_label("Time (optional)")).to_be_visible()
    page.once("dialog", lambda asked: asked.accept())  # something is picked and not saved
    page.get_by_role("link", name="Cancel").click()

    expect(card(page)).to_contain_text("Plan the first step")
    expect(card(page).get_by_role("radio")).to_have_count(0)


def test_the_timeline_below_says_the_act_at_once(rep, open_browser):
    opportunity = OpportunityFactory(owner=rep)
    plan(opportunity, text="Call Berit")
    page = open_browser(rep)
    page.goto(f"{opportunity.get_absolute_url()}?tab=timeline")

    page.get_by_role("link", name="Done, what’s next?").click()
    button(page, "Nothing for now").click()

    expect(page.locator("#timeline")).to_contain_text("completed “Call Berit”")


def test_a_refusal_is_read_in_the_card(rep, manager, open_browser):
    opportunity = OpportunityFactory(owner=rep)
    task = plan(opportunity, text="Call Berit")
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    page.get_by_role("link", name="Done, what’s next?").click()
    page.get_by_label("What’s next?").fill("Send the offer")
    factories.complete(task, by=manager)

    button(card(page), "Save").click()

    expect(card(page)).to_contain_text("Ingrid Dahl completed “Call Berit” meanwhile")
    expect(card(page).get_by_role("textbox", name="Next step")).to_have_value("Send the offer")
