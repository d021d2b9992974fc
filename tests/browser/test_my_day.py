"""My day in a browser: keys, acts in place, and where the focus goes. It does without JavaScript."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    PROPOSE,
    QUALIFY,
    OpportunityFactory,
    complete,
    plan,
    ready_opportunity,
    reread,
    stage,
)


def row(page, opportunity):
    return page.locator(f"#day-{opportunity.pk}")


def link(page, opportunity):
    return page.get_by_role("link", name=opportunity.name, exact=True)


@pytest.fixture
def late(rep, today):
    return OpportunityFactory(
        owner=rep, name="Very late", next_step="Ring", next_step_due=today - 9 * DAY, at=timezone.now()
    )


@pytest.fixture
def less_late(rep, today):
    return OpportunityFactory(
        owner=rep, name="A bit late", next_step="Write", next_step_due=today - DAY, at=timezone.now()
    )


def test_j_and_k_move_enter_opens_and_d_is_done(rep, open_browser, late, less_late):
    page = open_browser(rep)
    page.goto("/")

    page.keyboard.press("j")
    expect(link(page, late)).to_be_focused()
    page.keyboard.press("j")
    expect(link(page, less_late)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("d")
    question = row(page, late).get_by_label("What’s next?")
    expect(question).to_be_focused()
    page.keyboard.type("jkd")

    expect(question).to_have_value("jkd")  # letters are letters while typing
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Very late needs nothing more today.")
    assert reread(late).next_step == "jkd"
    link(page, less_late).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A bit late", level=1)).to_be_visible()


def test_a_form_that_comes_into_the_page_is_ready_before_the_user_can_submit_it(rep, open_browser, late):
    page = open_browser(rep)
    page.goto("/")
    page.evaluate(
        """() => new MutationObserver((_, observer) => {
          const form = document.querySelector("[data-row] input[id^=day-]")?.form;
          if (!form) return;
          observer.disconnect();
          document.title = form.dispatchEvent(new Event("submit", { cancelable: true })) ? "late" : "ready";
        }).observe(document.body, { childList: true, subtree: true })"""
    )

    row(page, late).get_by_role("link", name="Done").click()

    expect(page).to_have_title("ready")


def test_what_was_typed_stays_when_another_person_did_it_all_meanwhile(rep, manager, open_browser, today, late):
    page = open_browser(rep)
    page.goto("/")
    row(page, late).get_by_role("link", name="Done").click()
    row(page, late).get_by_label("What’s next?").fill("Send the offer")
    complete(late.tasks.get(), by=manager, at=timezone.now())
    plan(late, by=manager, at=timezone.now(), text="Visit them", due=today + 7 * DAY)

    row(page, late).get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="Very late", level=1)).to_be_visible()
    expect(page.locator("[data-error-summary]")).to_contain_text("completed “Ring” meanwhile")
    expect(page.get_by_role("textbox", name="Next step")).to_have_value("Send the offer")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="My day", level=1)).to_be_visible()
    assert {task.text for task in late.tasks.open()} == {"Visit them", "Send the offer"}


def test_a_row_that_needs_nothing_more_leaves_and_the_next_gets_the_focus(rep, open_browser, today, late, less_late):
    page = open_browser(rep)
    page.goto("/")

    row(page, late).get_by_role("button", name="Tomorrow").click()

    expect(row(page, late)).to_have_count(0)
    expect(link(page, less_late)).to_be_focused()
    expect(page.locator("#messages")).to_contain_text("Very late needs nothing more today.")
    expect(page.locator("#day-count")).to_have_text("1 deal needs you")
    assert reread(late).next_step_due == today + DAY


def test_next_stage_from_my_day_is_one_press(rep, open_browser):
    opportunity = ready_opportunity(DEVELOP, owner=rep, name="Ready one")
    page = open_browser(rep)
    page.goto("/")

    row(page, opportunity).get_by_role("button", name="Next Stage").click()

    expect(page.get_by_role("region", name="Stuck").locator("li")).to_contain_text("Propose, 3 left")
    expect(link(page, opportunity)).to_be_focused()
    assert reread(opportunity).active_stage.name_en == PROPOSE


def test_finish_leads_to_closing(rep, open_browser):
    opportunity = ready_opportunity(CLOSE, owner=rep, name="At the end")
    page = open_browser(rep)
    page.goto("/")

    row(page, opportunity).get_by_role("button", name="Finish").click()

    page.wait_for_url(f"**/opportunities/{opportunity.pk}/close/")
    assert reread(opportunity).is_finished


def test_a_refused_move_shows_the_opportunity_with_what_is_missing(rep, open_browser):
    opportunity = ready_opportunity(DEVELOP, owner=rep, name="Ready one")
    page, other = open_browser(rep), open_browser(rep)
    page.goto("/")
    other.goto(f"{opportunity.get_absolute_url()}")
    other.get_by_role("textbox", name="Customer need").fill("")
    other.get_by_role("textbox", name="Customer need").blur()
    expect(other.locator("#saved")).to_contain_text("Saved")

    row(page, opportunity).get_by_role("button", name="Next Stage").click()

    expect(page.get_by_role("heading", name="Ready one", level=1)).to_be_visible()
    expect(page.locator("#main")).to_contain_text("Customer need")
    assert page.url.endswith(opportunity.get_absolute_url())


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_new_close_date_and_a_step_are_entered_from_the_row(rep, open_browser, today, javascript):
    slipped = OpportunityFactory(owner=rep, name="Slipped", estimated_close_date=today - 3 * DAY, at=timezone.now())
    page = open_browser(rep, javascript=javascript)
    page.goto("/")

    row(page, slipped).get_by_role("link", name="New close date").click()
    page.get_by_label("New close date").fill((today + 30 * DAY).isoformat())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(row(page, slipped)).to_contain_text("Nothing planned")
    expect(page.get_by_role("region", name="Stuck").locator("li")).to_have_count(1)
    row(page, slipped).get_by_role("link", name="Plan a step").click()
    page.get_by_label("Next step").fill("Ring them")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(row(page, slipped)).to_have_count(0)
    after = reread(slipped)
    assert (after.next_step, after.estimated_close_date) == ("Ring them", today + 30 * DAY)


def test_a_move_from_my_day_is_said_and_can_be_taken_back(rep, open_browser):
    opportunity = ready_opportunity(QUALIFY, owner=rep, name="Fleet")
    page = open_browser(rep)
    page.goto("/")

    page.get_by_role("button", name=re.compile(r"^Next Stage\s?: Fleet$")).click()
    expect(page.locator("#messages")).to_contain_text("Fleet: Moved to Develop.")
    page.get_by_role("button", name="Go back", exact=True).click()

    expect(page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    assert reread(opportunity).active_stage == stage(QUALIFY)
