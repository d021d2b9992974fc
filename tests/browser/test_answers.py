"""Answers that save themselves, in a browser: what each situation shows on the page, and what the database holds.

`tests/opportunities/test_answers.py` has the same situations with what the server answers.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from opportunities import transitions
from tests.support import factories
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
)

TYPED = "To know where each lorry is, and when."


def button(within, name):
    return within.get_by_role("button", name=name, exact=True)


def need(page):
    return page.get_by_role("textbox", name="Customer need")


def at_step(page, name):
    return page.locator(f"#div_id_{name}")


def status(page):
    return page.locator("#saved")


def type_need(page, text=TYPED):
    need(page).fill(text)
    need(page).press("Tab")


def holds(opportunity, **fields):
    now = reread(opportunity)
    assert {name: getattr(now, name) for name in fields} == fields


@dataclass
class Desk:
    """The people of a situation, and the page of the one who answers."""

    rep: object
    manager: object
    page: object
    other_page: object

    def open(self, opportunity, of=None):
        query = f"?stage={stage(of).pk}" if of else ""
        self.page.goto(opportunity.get_absolute_url() + query)
        return opportunity


# Each situation: what is done, what the page shows, what the database holds


def a_text(desk):
    opportunity = desk.open(factories.fill(opportunity_in(DEVELOP, owner=desk.rep), DEVELOP, leave=["customer_need"]))
    type_need(desk.page)
    expect(status(desk.page)).to_contain_text("Saved ")
    expect(desk.page.locator("#left")).to_have_text("Ready for Propose")
    expect(desk.page.locator("#mark_customer_need")).to_have_class(re.compile("is-met"))
    holds(opportunity, customer_need=TYPED)


def a_choice(desk):
    opportunity = desk.open(opportunity_in(QUALIFY, owner=desk.rep))
    desk.page.get_by_role("combobox", name="Purchase process").select_option(label="Committee")
    expect(status(desk.page)).to_contain_text("Saved ")
    holds(opportunity, purchase_process="committee")


def an_amount(desk):
    opportunity = desk.open(opportunity_in(QUALIFY, owner=desk.rep))
    desk.page.get_by_role("textbox", name="Estimated budget").fill("625 000")
    desk.page.keyboard.press("Tab")
    expect(status(desk.page)).to_contain_text("Saved ")
    holds(opportunity, estimated_budget=Decimal(625_000))


def a_date(desk):
    opportunity = desk.open(opportunity_in(CLOSE, owner=desk.rep))
    desk.page.get_by_label("Confirm decision date", exact=True).fill("2026-03-02")
    expect(status(desk.page)).to_contain_text("Saved ")
    holds(opportunity, decision_date=factories.TODAY)


def a_tick(desk):
    opportunity = desk.open(opportunity_in(PROPOSE, owner=desk.rep))
    desk.page.get_by_role("checkbox", name="Complete internal review").check()
    expect(status(desk.page)).to_contain_text("Saved ")
    holds(opportunity, internal_review_completed=True)


def a_person(desk):
    contact = factories.ContactFactory(name="Eva Lind")
    opportunity = desk.open(opportunity_in(QUALIFY, owner=desk.rep, contact=None))
    desk.page.locator("#div_id_contact .picker-find input").first.press_sequentially("Eva", delay=30)
    desk.page.get_by_role("option", name=re.compile("Eva Lind")).click()
    expect(status(desk.page)).to_contain_text("Saved ")
    expect(desk.page.locator("#people")).to_contain_text("Eva Lind")
    holds(opportunity, contact=contact)


def a_passed_gate(desk):
    opportunity = factories.edit(opportunity_in(DEVELOP, owner=desk.rep), estimated_budget=Decimal(625_000))
    desk.open(opportunity, of=QUALIFY)
    budget = desk.page.get_by_role("textbox", name="Estimated budget")
    budget.fill("")
    budget.press("Tab")
    expect(at_step(desk.page, "estimated_budget")).to_contain_text("Qualify is passed and needs this answer.")
    expect(status(desk.page)).to_have_text("Not saved")
    button(desk.page, "Put NOK 625,000 back").click()
    expect(budget).to_have_value("625,000")
    expect(at_step(desk.page, "estimated_budget")).not_to_contain_text("is passed and needs")
    holds(opportunity, estimated_budget=Decimal(625_000), version=opportunity.version)


def going_back_first(desk):
    opportunity = factories.edit(opportunity_in(DEVELOP, owner=desk.rep), estimated_budget=Decimal(625_000))
    desk.open(opportunity, of=QUALIFY)
    desk.page.get_by_role("textbox", name="Estimated budget").fill("")
    desk.page.keyboard.press("Tab")
    button(at_step(desk.page, "estimated_budget"), "Go back here first").click()
    expect(desk.page.get_by_role("heading", name=QUALIFY, exact=True)).to_be_focused()
    holds(opportunity, estimated_budget=None, active_stage=stage(QUALIFY))


def evidence_missing(desk):
    opportunity = desk.open(opportunity_in(PROPOSE, owner=desk.rep))
    desk.page.get_by_role("checkbox", name="Identify sales team").check()
    expect(at_step(desk.page, "sales_team_identified")).to_contain_text("cannot be marked complete")
    expect(status(desk.page)).to_have_text("Not saved")
    holds(opportunity, sales_team_identified=False)


def version_behind(desk):
    opportunity = desk.open(opportunity_in(DEVELOP, owner=desk.rep))
    factories.edit(opportunity, by=desk.manager, proposed_solution="Sensors")
    type_need(desk.page)
    expect(status(desk.page)).to_contain_text("Saved ")
    holds(opportunity, customer_need=TYPED, proposed_solution="Sensors")


def version_ahead(desk):
    opportunity = desk.open(opportunity_in(DEVELOP, owner=desk.rep))
    desk.page.locator("#stage-panel input[name=version]").evaluate("field => { field.value = '999999' }")
    type_need(desk.page)
    expect(at_step(desk.page, "customer_need")).to_contain_text("This page is out of date.")
    expect(need(desk.page)).to_have_value(TYPED)
    holds(opportunity, customer_need="")


def conflicting(desk):
    opportunity = desk.open(opportunity_in(DEVELOP, owner=desk.rep))
    factories.edit(opportunity, by=desk.manager, customer_need="Theirs")
    type_need(desk.page)
    step = at_step(desk.page, "customer_need")
    expect(step).to_contain_text("Ingrid Dahl changed this while you wrote.")
    expect(status(desk.page)).to_have_text("3 of 4 saved")
    expect(desk.page.locator("#left")).to_have_text("1 to choose")
    expect(button(desk.page.locator("#main-button"), "Save")).to_be_visible()
    expect(step.get_by_role("radio", name=re.compile("^Yours"))).to_be_checked()
    holds(opportunity, customer_need="Theirs")
    return opportunity


def choosing_theirs(desk):
    opportunity = conflicting(desk)
    desk.page.get_by_role("radio", name=re.compile("Ingrid Dahl")).check()
    expect(need(desk.page)).to_have_value("Theirs")
    expect(desk.page.locator("#choice_customer_need")).to_have_count(0)
    expect(button(desk.page.locator("#main-button"), "Next Stage")).to_be_visible()
    expect(need(desk.page)).to_be_focused()
    holds(opportunity, customer_need="Theirs")


def choosing_mine(desk):
    opportunity = conflicting(desk)
    button(desk.page.locator("#main-button"), "Save").click()
    expect(desk.page.locator("#messages")).to_have_text("Saved.")
    holds(opportunity, customer_need=TYPED)


def writing_a_third(desk):
    opportunity = conflicting(desk)
    type_need(desk.page, "Both of it.")
    expect(status(desk.page)).to_contain_text("Saved ")
    expect(button(desk.page.locator("#main-button"), "Next Stage")).to_be_visible()
    holds(opportunity, customer_need="Both of it.")


def offline(desk):
    desk.page.page_faults.expect("ERR_INTERNET_DISCONNECTED|htmx:sendError")
    opportunity = desk.open(opportunity_in(DEVELOP, owner=desk.rep))
    desk.page.context.set_offline(True)
    type_need(desk.page)
    expect(status(desk.page)).to_have_text("Not saved. Trying again…")
    expect(need(desk.page)).to_have_value(TYPED)
    holds(opportunity, customer_need="")
    desk.page.context.set_offline(False)
    expect(status(desk.page)).to_contain_text("Saved ")
    holds(opportunity, customer_need=TYPED)


def session_ended(desk):
    opportunity = desk.open(opportunity_in(DEVELOP, owner=desk.rep))
    Session.objects.all().delete()
    type_need(desk.page)
    expect(status(desk.page)).to_have_text("You are signed out. Sign in, your text stays")
    expect(need(desk.page)).to_have_value(TYPED)
    holds(opportunity, customer_need="")
    desk.page.get_by_role("link", name="Sign in, your text stays").click()
    desk.page.locator("[name=login]").fill(desk.rep.username)
    desk.page.locator("[name=password]").fill(factories.PASSWORD)
    button(desk.page, "Sign in").click()
    expect(need(desk.page)).to_have_value(TYPED)


def double_change(desk):
    opportunity = desk.open(opportunity_in(DEVELOP, owner=desk.rep))
    for text in ("Lorries", "Lorries and ships"):
        type_need(desk.page, text)
    expect(status(desk.page)).to_contain_text("Saved ")
    type_need(desk.page, "Ships")
    expect(need(desk.page)).to_have_js_property("defaultValue", "Ships")
    expect(at_step(desk.page, "customer_need")).not_to_contain_text("changed")
    holds(opportunity, customer_need="Ships")


def browsers_back(desk):
    opportunity = desk.open(ready_opportunity(DEVELOP, owner=desk.rep))
    type_need(desk.page)
    expect(status(desk.page)).to_contain_text("Saved ")
    button(desk.page, "Next Stage").click()
    expect(desk.page.get_by_role("heading", name=PROPOSE, exact=True)).to_be_visible()
    desk.page.goto(f"{opportunity.get_absolute_url()}edit/")
    desk.page.go_back()
    expect(desk.page.get_by_role("heading", name=PROPOSE, exact=True)).to_be_visible()
    desk.page.get_by_role("checkbox", name="Complete internal review").check()
    expect(status(desk.page)).to_contain_text("Saved ")
    holds(opportunity, customer_need=TYPED, internal_review_completed=True)


def two_tabs(desk):
    opportunity = desk.open(opportunity_in(DEVELOP, owner=desk.rep))
    desk.other_page.goto(opportunity.get_absolute_url())
    type_need(desk.other_page, "Ships")
    expect(status(desk.other_page)).to_contain_text("Saved ")
    type_need(desk.page, "Planes")
    expect(at_step(desk.page, "customer_need")).to_contain_text("You changed this in another window.")
    holds(opportunity, customer_need="Ships")


def closed_meanwhile(desk):
    opportunity = desk.open(factories.ready_opportunity(CLOSE, owner=desk.rep))
    before = opportunity.decision_date
    transitions.finish(opportunity=opportunity, by=desk.rep, at=NOW)
    factories.win(reread(opportunity), by=desk.manager)
    desk.page.get_by_label("Confirm decision date", exact=True).fill("2026-03-03")
    expect(at_step(desk.page, "decision_date")).to_contain_text("Ingrid Dahl closed it")
    expect(status(desk.page)).to_have_text("Not saved")
    holds(opportunity, decision_date=before)


def moved_meanwhile(desk):
    opportunity = desk.open(ready_opportunity(DEVELOP, owner=desk.rep))
    transitions.advance(opportunity=opportunity, by=desk.manager, at=NOW)
    type_need(desk.page)
    expect(status(desk.page)).to_contain_text("Saved ")
    expect(desk.page.locator("#left")).to_have_text("You are in Propose")
    button(desk.page, "Next Stage").click()
    note = desk.page.locator(".banner.is-moved")
    expect(note).to_contain_text("Ingrid Dahl")
    expect(note).to_contain_text("Your answers are saved. You see Propose now.")
    expect(desk.page.get_by_role("heading", name=PROPOSE, exact=True)).to_be_visible()
    holds(opportunity, customer_need=TYPED, active_stage=stage(PROPOSE))


def no_right_any_more(desk):
    desk.page.page_faults.expect("404|htmx:responseError")
    opportunity = opportunity_in(DEVELOP, owner=desk.manager)
    member = factories.add_team_member(opportunity, user=desk.rep)
    desk.open(opportunity)
    factories.remove(member)
    type_need(desk.page)
    expect(status(desk.page)).to_have_text("Not saved")
    expect(desk.page.get_by_role("alert").filter(has_text="This page is out of date.")).to_be_visible()
    expect(need(desk.page)).to_have_value(TYPED)
    holds(opportunity, customer_need="")


def invalid_money(desk):
    opportunity = desk.open(opportunity_in(QUALIFY, owner=desk.rep))
    budget = desk.page.get_by_role("textbox", name="Estimated budget")
    budget.fill("6,2 mill")
    budget.press("Tab")
    expect(at_step(desk.page, "estimated_budget").locator(".invalid-feedback")).to_be_visible()
    expect(budget).to_have_value("6,2 mill")
    expect(budget).to_have_attribute("aria-invalid", "true")
    holds(opportunity, estimated_budget=None)
    budget.fill("6 200 000")
    budget.press("Tab")
    expect(status(desk.page)).to_contain_text("Saved ")
    expect(at_step(desk.page, "estimated_budget").locator(".invalid-feedback")).to_have_count(0)
    expect(budget).not_to_have_attribute("aria-invalid", "true")
    holds(opportunity, estimated_budget=Decimal(6_200_000))


def too_long(desk):
    opportunity = desk.open(opportunity_in(DEVELOP, owner=desk.rep))
    type_need(desk.page, "x" * 5000)
    expect(at_step(desk.page, "customer_need").locator(".invalid-feedback")).to_contain_text("4000")
    expect(need(desk.page)).to_have_value("x" * 5000)
    holds(opportunity, customer_need="")


SITUATIONS = [
    *(a_text, a_choice, an_amount, a_date, a_tick, a_person, a_passed_gate, going_back_first, evidence_missing),
    *(version_behind, version_ahead, conflicting, choosing_theirs, choosing_mine, writing_a_third),
    *(offline, session_ended, double_change, browsers_back, two_tabs, closed_meanwhile, moved_meanwhile),
    *(no_right_any_more, invalid_money, too_long),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.__name__.replace("_", " "))
def test_an_answer_that_saves_itself(rep, manager, open_browser, situation):
    desk = Desk(rep, manager, open_browser(rep), None)
    if situation is two_tabs:
        desk.other_page = open_browser(rep)

    situation(desk)


# Without JavaScript the same choices are in the page that answers Save


def test_a_save_leaves_the_focus_of_a_user_who_tabs_past_the_end_of_the_page(rep, open_browser):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    on_its_way = []
    page.route("**/*", lambda route: on_its_way.append(route) if route.request.method == "POST" else route.continue_())
    page.get_by_role("checkbox", name="Complete internal review").check()
    expect(status(page)).to_contain_text("Saving")
    is_past_the_end = "document.activeElement === document.body"
    while not page.evaluate(is_past_the_end):
        page.keyboard.press("Tab")
    page.evaluate(
        "() => { window.settled = new Promise(done => document.addEventListener('htmx:afterSettle', () => done())) }"
    )

    on_its_way[0].continue_()

    page.evaluate("window.settled")
    expect(status(page)).to_contain_text("Saved ")
    assert page.evaluate(is_past_the_end)


def test_without_javascript_one_chooses_between_both_values(rep, manager, open_browser):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = open_browser(rep, javascript=False)
    page.goto(opportunity.get_absolute_url())
    factories.edit(opportunity, by=manager, customer_need="Theirs")
    need(page).fill(TYPED)
    page.get_by_role("textbox", name="Proposed solution").fill("Sensors")
    button(page, "Save").click()

    expect(status(page)).to_have_text("3 of 4 saved")
    holds(opportunity, customer_need="Theirs", proposed_solution="Sensors")
    page.get_by_role("radio", name=re.compile("Ingrid Dahl")).check()
    button(page.locator("#main-button"), "Save").click()

    expect(page.locator("#messages")).to_have_text("Saved.")
    expect(need(page)).to_have_value("Theirs")
    holds(opportunity, customer_need="Theirs")


def test_without_javascript_an_answer_that_a_passed_gate_needs_is_put_back(rep, open_browser):
    opportunity = factories.edit(opportunity_in(DEVELOP, owner=rep), estimated_budget=Decimal(625_000))
    page = open_browser(rep, javascript=False)
    page.goto(f"{opportunity.get_absolute_url()}?stage={stage(QUALIFY).pk}")
    page.get_by_role("textbox", name="Estimated budget").fill("")
    button(page.locator("#main-button"), "Save").click()

    expect(at_step(page, "estimated_budget")).to_contain_text("Qualify is passed and needs this answer.")
    button(page, "Put NOK 625,000 back").click()

    expect(page.get_by_role("textbox", name="Estimated budget")).to_have_value("625,000")
    holds(opportunity, estimated_budget=Decimal(625_000))


def test_a_save_leaves_the_focus_on_the_menu_of_its_step(rep, open_browser):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    type_need(page)
    menu = page.locator("#menu_customer_need")
    expect(menu.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")

    expect(status(page)).to_contain_text("Saved ")
    expect(menu.locator("summary")).to_be_focused()
    expect(menu).to_have_attribute("open", "")


def test_the_summary_of_a_refused_move_lists_only_what_is_left(rep, open_browser):
    opportunity = factories.fill(
        opportunity_in(PROPOSE, owner=rep), PROPOSE, leave=["internal_review_completed", "proposal_presented"]
    )
    factories.edit(opportunity, sales_team_identified=False)
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    button(page, "Next Stage").click()
    summary = page.locator("#left-summary")
    expect(summary).to_contain_text("3 steps are left in Propose:")

    page.get_by_role("checkbox", name="Complete internal review").check()
    expect(summary).to_contain_text("2 steps are left in Propose:")
    expect(summary).not_to_contain_text("Complete internal review")

    page.get_by_role("checkbox", name="Present proposal").check()
    expect(summary).to_have_count(0)
    expect(page.locator("#left")).to_contain_text("1 left")


def test_a_move_shows_the_page_from_its_top(rep, open_browser):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    page = open_browser(rep)
    page.set_viewport_size({"width": 1366, "height": 600})
    page.goto(opportunity.get_absolute_url())

    button(page, "Next Stage").click()

    expect(page.get_by_role("heading", name=DEVELOP, exact=True)).to_be_focused()
    assert page.evaluate("scrollY") == 0
