"""The main job: one opportunity, led from Qualify to Won, by everybody in their own way."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opportunities.models import Event, Opportunity
from salesflow.users.models import User
from tests.browser.hands import Keyboard, Mouse, WithoutJavaScript
from tests.browser.words import Words
from tests.factories import CLOSE, DEVELOP, PASSWORD, PROPOSE, QUALIFY, STAGES, stage, step

NAME = "Fleet telematics for Nordlys"
ACCOUNT = "Nordlys Shipping"
CONTACT = "Berit Solberg"
DECISION_DATE = datetime.date(timezone.localdate().year + 1, 1, 1)


class Journey:
    """One rep at one browser, and what the journey does at each of its stops."""

    def __init__(self, hands):
        self.hands = hands
        self.words = hands.words
        self.page = hands.page

    def sign_in(self, user):
        hands, words = self.hands, self.words
        self.page.goto("/")
        hands.type(hands.field(words("User name or mail address")), user.username)
        hands.type(hands.field(words("Password")), PASSWORD)
        hands.press(hands.button("Sign in"))

    def open_new_opportunity(self):
        hands, words = self.hands, self.words
        header = self.page.get_by_role("banner")
        hands.follow(hands.link("New opportunity", within=header))
        hands.type(hands.field(words("Name")), NAME)
        hands.create(words("Account"), ACCOUNT)
        hands.create(words("Contact"), CONTACT)
        hands.type(hands.field(words("Estimated revenue")), "480 000")
        hands.press(hands.button("Create"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(NAME)

    def press_too_early(self, button, *missing, required=True):
        """It says exactly what is missing, and its link puts the cursor in the field."""
        hands = self.hands
        names = [self.words.name_of(step(field)) for field in missing]
        url = self.page.url

        hands.press(hands.button(button))

        summary = hands.main.locator("[data-error-summary]")
        expect(summary.get_by_role("link")).to_have_text(names)
        expect(summary).to_be_focused()
        assert self.page.title().startswith(self.words("Error:"))
        if hands.javascript:
            assert self.page.url == url  # so that a reload shows the opportunity
        hands.follow(summary.get_by_role("link").first)
        expect(hands.main.locator(f"#id_{missing[0]}")).to_be_focused()

    def step(self, field):
        return self.hands.field(self.words.name_of(step(field)))

    def tick(self, *fields):
        for field in fields:
            self.hands.tick(self.step(field))

    def next_stage(self, name):
        hands = self.hands
        hands.press(hands.button("Next Stage"))
        self.expect_in(name)

    def expect_in(self, name):
        """The bar and the panel are those of this stage; with JavaScript, reading goes on at its heading."""
        translated = self.words.name_of(stage(name))
        bar = self.page.get_by_role("navigation", name=self.words("Sales process"))
        expect(bar.locator("[aria-current=step]")).to_contain_text(translated)
        heading = self.hands.main.get_by_role("heading", name=translated, exact=True, level=2)
        expect(heading).to_be_visible()
        if self.hands.javascript and name != QUALIFY:
            expect(heading).to_be_focused()
            expect(self.page.locator("#announcer")).to_contain_text(translated)

    # The stages

    def qualify(self):
        hands, words = self.hands, self.words
        self.expect_in(QUALIFY)
        self.press_too_early(
            "Next Stage",
            "purchase_timeframe",
            "estimated_budget",
            "purchase_process",
            "decision_maker_identified",
        )
        hands.choose(self.step("purchase_timeframe"), words("This quarter"))
        hands.type(self.step("estimated_budget"), "500 000")
        hands.choose(self.step("purchase_process"), words("Committee"))
        hands.press(hands.button("%(contact)s decides", contact=CONTACT))
        expect(hands.main.get_by_text(words("Saved."), exact=True)).to_be_visible()
        self.tick("decision_maker_identified")
        self.next_stage(DEVELOP)

    def develop(self):
        hands, words = self.hands, self.words
        self.press_too_early(
            "Next Stage",
            "customer_need",
            "proposed_solution",
            "stakeholders_identified",
            "competitors_identified",
        )
        hands.type(self.step("customer_need"), "To know where every lorry is.")
        hands.type(self.step("proposed_solution"), "A small box in every lorry.")
        self.tick("stakeholders_identified", "competitors_identified")
        hands.tick(hands.main.get_by_role("checkbox", name=words("No known competitors")))
        self.next_stage(PROPOSE)

    def propose(self):
        hands, words = self.hands, self.words
        self.press_too_early("Next Stage", "sales_team_identified", "internal_review_completed", "proposal_presented")
        hands.press(hands.button("I sell this alone"))
        expect(hands.main.get_by_text(words("Saved."), exact=True)).to_be_visible()
        self.tick("sales_team_identified", "internal_review_completed", "proposal_presented")
        self.next_stage(CLOSE)

    def finish(self):
        hands = self.hands
        self.press_too_early(
            "Finish",
            "final_proposal_completed",
            "final_proposal_presented",
            "decision_date",
            "thank_you_sent",
            "debrief_filed",
        )
        self.tick("final_proposal_completed", "final_proposal_presented")
        hands.type_date(self.step("decision_date"), DECISION_DATE)
        self.tick("thank_you_sent", "debrief_filed")
        hands.press(hands.button("Finish"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.words("How did it end?"))

    def close_as_won(self):
        hands, words = self.hands, self.words
        hands.follow(hands.link("Close as Won"))
        expect(hands.field(words("Actual revenue"))).to_have_value(re.compile(r"^480[,\s]000$"))
        hands.press(hands.button("Close as Won"))
        banner = hands.main.locator(".banner.is-won")
        expect(banner).to_contain_text(words("Won"))
        expect(hands.link("Reopen")).to_be_visible()

    def find_in_list(self):
        """It has left the list of open ones, and stands among the won."""
        hands, words = self.hands, self.words
        hands.follow(hands.link("Opportunities", within=self.page.get_by_role("banner")))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words("Opportunities"))
        expect(hands.main.get_by_role("link", name=NAME)).to_have_count(0)
        hands.choose(hands.field(words("Status")), words("Won"))
        hands.press(hands.button("Filter"))
        row = hands.main.get_by_role("row", name=NAME)
        expect(row).to_contain_text(words("Won"))
        expect(row).to_contain_text(ACCOUNT)


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("hands", [Mouse, Keyboard, WithoutJavaScript], ids=lambda hands: hands.__name__)
def test_a_rep_leads_a_new_opportunity_for_a_new_customer_to_won_and_sees_it_in_the_list(
    rep, open_browser, hands, language
):
    User.objects.filter(pk=rep.pk).update(language=language)
    page = open_browser(language=language, javascript=hands.javascript)
    journey = Journey(hands(page, Words(language)))

    journey.sign_in(rep)
    expect(page.locator("html")).to_have_attribute("lang", language)
    journey.open_new_opportunity()
    journey.qualify()
    journey.develop()
    journey.propose()
    journey.finish()
    journey.close_as_won()
    journey.find_in_list()

    deal = Opportunity.objects.get()
    assert (deal.name, deal.account.name, deal.contact.name) == (NAME, ACCOUNT, CONTACT)
    assert deal.is_won and deal.actual_revenue == deal.estimated_revenue == 480_000
    assert deal.decision_date == DECISION_DATE
    assert [visit.stage.name_en for visit in deal.visits.order_by("pk")] == list(STAGES)
    moves = [Event.Kind.STARTED, *[Event.Kind.ADVANCED] * 3, Event.Kind.FINISHED, Event.Kind.WON]
    edits = {Event.Kind.EDITED}
    assert [event.kind for event in deal.events.order_by("version") if event.kind not in edits] == moves
