"""The effort of the main jobs in a window of 1366×768: pointer presses, page loads and scrolls."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from opportunities.models import CloseRequest, Opportunity, StatusReason
from tests.support.effort import CountedUser
from tests.support.factories import (
    AccountFactory,
    ContactFactory,
    OpportunityFactory,
    ready_opportunity,
    reread,
    stage,
)

NAME = "Fleet telematics for Nordlys"


@pytest.fixture
def effort(open_browser):
    """A user with a window of 1366×768, who starts on a page that is open already."""

    def starting(user, url):
        page = open_browser(user)
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(url)
        return CountedUser(page)

    return starting


def field_of(page, name):
    return page.get_by_role("main").locator(f"#id_{name}")


def button(page, name):
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def next_stage(user, to):
    user.press(button(user.page, "Next Stage"))
    expect(user.page.get_by_role("main").get_by_role("heading", level=2, name=to, exact=True)).to_be_focused()


def test_new_to_won_takes_at_most_26_presses_4_page_loads_and_no_scroll(rep, effort):
    account = AccountFactory(name="Nordlys Shipping")
    ContactFactory(name="Berit Solberg", account=account)
    user = effort(rep, reverse("opportunity_list"))
    page = user.page

    user.press(page.get_by_role("banner").get_by_role("link", name="New opportunity"))
    expect(field_of(page, "name")).to_be_focused()
    page.keyboard.type(NAME)
    user.pick(page.get_by_role("combobox", name="Account"), "Nordlys Shipping")
    user.pick(page.get_by_role("combobox", name="Contact"), "Berit Solberg")
    user.type(field_of(page, "estimated_revenue"), "480000")
    user.enter()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)

    user.choose(field_of(page, "purchase_timeframe"), "This quarter")
    user.type(field_of(page, "estimated_budget"), "500000")
    user.choose(field_of(page, "purchase_process"), "Committee")
    user.press(button(page, "Berit Solberg is the decision maker"))
    expect(field_of(page, "decision_maker_identified")).to_be_checked()
    next_stage(user, "Develop")

    user.type(field_of(page, "customer_need"), "To know where every lorry is.")
    user.type(field_of(page, "proposed_solution"), "A small box in every lorry.")
    user.press(field_of(page, "stakeholders_identified"))
    user.press(button(page, "No known competitors"))
    expect(field_of(page, "competitors_identified")).to_be_checked()
    next_stage(user, "Propose")

    user.press(button(page, "I sell this alone"))
    expect(field_of(page, "sales_team_identified")).to_be_checked()
    for name in ("internal_review_completed", "proposal_presented"):
        user.press(field_of(page, name))
    next_stage(user, "Close")

    for name in ("final_proposal_completed", "final_proposal_presented", "thank_you_sent", "debrief_filed"):
        user.press(field_of(page, name))
    user.type(field_of(page, "decision_date"), timezone.localdate().strftime("%d%m%Y"))
    user.press(button(page, "Finish"))
    expect(page.get_by_role("heading", level=1)).to_have_text("How did it end?")
    user.press(button(page, "Close as Won"))
    expect(page.get_by_role("main").locator(".banner.is-won")).to_be_visible()

    assert Opportunity.objects.get().is_won
    assert user.scrolls == 0
    assert user.presses <= 26
    assert user.loads <= 4


def test_a_ready_deal_advances_with_one_press_from_my_day(rep, effort):
    opportunity = ready_opportunity("Qualify", owner=rep)
    user = effort(rep, reverse("my_day"))

    user.press(user.page.get_by_role("button", name=re.compile(rf"^Next Stage\s?: {opportunity.name}$")))

    expect(user.page.locator("#messages")).to_contain_text("Moved to Develop.")
    assert reread(opportunity).active_stage == stage("Develop")
    assert (user.presses, user.scrolls) == (1, 0)


def test_a_ready_deal_advances_with_one_press_from_the_board(rep, effort):
    opportunity = ready_opportunity("Qualify", owner=rep)
    user = effort(rep, reverse("board"))

    user.press(user.page.get_by_role("button", name=f"Next Stage {opportunity.name}"))

    expect(user.page.locator("#messages")).to_contain_text("Moved to Develop.")
    assert reread(opportunity).active_stage == stage("Develop")
    assert (user.presses, user.scrolls) == (1, 0)


def test_a_ready_deal_advances_with_two_presses_from_the_list(rep, effort):
    opportunity = ready_opportunity("Qualify", owner=rep)
    user = effort(rep, reverse("opportunity_list"))

    user.press(user.page.get_by_role("link", name=opportunity.name, exact=True))
    next_stage(user, "Develop")

    assert reread(opportunity).active_stage == stage("Develop")
    assert (user.presses, user.scrolls) == (2, 0)


def test_a_dead_lead_is_lost_with_three_presses_of_the_rep_and_one_of_the_manager(rep, manager, effort):
    opportunity = OpportunityFactory(owner=rep)
    user = effort(rep, opportunity.get_absolute_url())

    user.press(user.page.get_by_role("main").get_by_role("link", name="Won or lost…"))
    user.press(user.page.get_by_role("radio", name=StatusReason.objects.get(key="no_budget").name))
    user.press(button(user.page, "Ask a manager"))
    expect(user.page.locator(".banner.is-hold")).to_be_visible()
    assert CloseRequest.objects.get().is_waiting

    other = effort(manager, reverse("my_day"))
    other.press(other.page.get_by_role("button", name=re.compile(rf"^Waive and close as Lost\s?: {opportunity.name}$")))
    expect(other.page.get_by_role("heading", level=1)).to_be_visible()
    assert reread(opportunity).is_lost
    assert (user.presses, user.scrolls) == (3, 0)
    assert (other.presses, other.scrolls) == (1, 0)
