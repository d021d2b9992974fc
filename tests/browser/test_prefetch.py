"""A page that is fetched while the pointer rests on its link is used, unless a change or a message came since."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.support.factories import DEVELOP, QUALIFY, opportunity_in

DELIVERED = "() => performance.getEntriesByType('navigation')[0].deliveryType"
AHEAD = "navigational-prefetch"
PATIENCE = 30_000  # milliseconds: a busy machine is no fault
# Sends the form of New opportunity and does not follow it to its page.
CREATE = """async address => {
  const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
  const entries = new FormData(page.querySelector("main form"));
  entries.set("name", "Lorries");
  return (await fetch(address, {method: "POST", body: entries, redirect: "manual"})).type;
}"""


class Prefetches:
    """The addresses that the browser has fetched ahead, or was refused. Only its debugging protocol says so."""

    def __init__(self, page):
        self.page = page
        self.ended = []
        session = page.context.new_cdp_session(page)
        session.on("Preload.prefetchStatusUpdated", self._on_status)
        session.send("Preload.enable")

    def _on_status(self, update):
        if update["status"] in ("Ready", "Failure"):
            self.ended.append(update["prefetchUrl"])

    def by_hovering(self, link):
        """Rests the pointer on the link until the browser has an answer."""
        address = link.evaluate("link => link.href")
        link.hover()
        for _ in range(PATIENCE // 100):
            if address in self.ended:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{address} was not fetched ahead: {self.ended}")


@pytest.fixture
def page(rep, open_browser):
    return open_browser(rep)


def edit_link(page):
    return page.get_by_role("link", name="Edit", exact=True)


def test_a_click_shows_the_page_that_was_fetched_while_the_pointer_rested(rep, page):
    opportunity_in(QUALIFY, owner=rep, name="Fleet")
    prefetches = Prefetches(page)
    page.goto(reverse("opportunity_list"))
    link = page.get_by_role("main").get_by_role("link", name="Fleet").first

    prefetches.by_hovering(link)
    link.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Fleet")
    assert page.evaluate(DELIVERED) == AHEAD


LEFT_OUT = """async link => {
  const rules = await (await fetch("/static/prefetch.speculationrules")).json();
  return link.matches(rules.prefetch[0].where.and[2].not.selector_matches);
}"""


def test_of_a_row_of_my_day_the_opportunity_is_fetched_ahead_and_an_act_in_place_is_not(rep, page):
    opportunity_in(QUALIFY, owner=rep, name="Fleet")
    prefetches = Prefetches(page)
    page.goto("/")
    row = page.locator("[data-row]")

    prefetches.by_hovering(row.get_by_role("link", name="Fleet", exact=True))

    assert row.get_by_role("link", name="Plan a step").evaluate(LEFT_OUT)


def test_a_change_in_place_makes_the_browser_forget_what_it_fetched(rep, page):
    """The edit page names the version that it was made for: an older one would refuse what is saved on it."""
    opportunity = opportunity_in(DEVELOP, owner=rep)
    prefetches = Prefetches(page)
    page.goto(opportunity.get_absolute_url())
    prefetches.by_hovering(edit_link(page))

    page.get_by_role("textbox", name="Customer need").fill("To know where every lorry is.")
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.keyboard.press("Tab")
    edit_link(page).click()

    expect(page.get_by_role("main").locator("[name=version]").first).to_be_attached()
    opportunity.refresh_from_db()
    assert page.locator("[name=version]").first.input_value() == str(opportunity.version)


def test_resting_on_a_link_takes_no_message(rep, page):
    """A message waits when its own page was never shown, because the user went on before it came."""
    opportunity_in(QUALIFY, owner=rep, name="Fleet")
    prefetches = Prefetches(page)
    page.goto(reverse("opportunity_list"))
    assert page.evaluate(CREATE, reverse("opportunity_new")) == "opaqueredirect"
    link = page.get_by_role("main").get_by_role("link", name="Fleet").first

    prefetches.by_hovering(link)
    link.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Fleet")
    expect(page.locator("#messages")).to_contain_text("Opportunity created.")
