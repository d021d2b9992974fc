"""The main job: one opportunity, led from Qualify to Won, by everybody in their own way."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opportunities.models import Event, Opportunity
from salesflow.users.models import User
from tests.support.actors import Keyboard, Mouse, WithoutJavaScript
from tests.support.factories import CLOSE, DEVELOP, PASSWORD, PROPOSE, QUALIFY, STAGES, stage, step
from tests.support.labels import Labels

NAME = "Fleet telematics for Nordlys"
ACCOUNT = "Nordlys Shipping"
CONTACT = "Berit Solberg"
DECISION_DATE = datetime.date(timezone.localdate().year + 1, 1, 1)


class Journey:
    """One rep at one browser, and what the journey does at each of its stops."""

    def __init__(self, actor):
        self.actor = actor
        self.labels = actor.labels
        self.page = actor.page

    def sign_in(self, user):
        actor, labels = self.actor, self.labels
        self.page.goto("/")
        actor.type(actor.field(labels("User name or mail address")), user.username)
        actor.type(actor.field(labels("Password")), PASSWORD)
        actor.press(actor.button("Sign in"))

    def open_new_opportunity(self):
        actor, labels = self.actor, self.labels
        header = self.page.get_by_role("banner")
        actor.follow(actor.link("New opportunity", within=header))
        actor.type(actor.field(labels("Name")), NAME)
        actor.create(labels("Account"), ACCOUNT)
        actor.create(labels("Contact"), CONTACT)
        actor.type(actor.field(labels("Estimated revenue")), "480 000")
        actor.press(actor.button("Create"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(NAME)

    def press_too_early(self, button, *missing, required=True):
        """It says exactly what is missing, and its link puts the cursor in the field."""
        actor = self.actor
        names = [self.labels.name_of(step(field)) for field in missing]
        url = self.page.url

        actor.press(actor.button(button))

        summary = actor.main.locator("[data-error-summary]")
        expect(summary.get_by_role("link")).to_have_text(names)
        expect(summary).to_be_focused()
        assert not self.page.title().startswith(self.labels("Error:"))
        if actor.javascript:
            assert self.page.url == url  # so that a reload shows the opportunity
        actor.follow(summary.get_by_role("link").first)
        expect(actor.main.locator(f"#id_{missing[0]}")).to_be_focused()

    def step(self, field):
        return self.actor.field(self.labels.name_of(step(field)))

    def tick(self, *fields):
        for field in fields:
            self.actor.tick(self.step(field))

    def next_stage(self, name):
        actor = self.actor
        actor.press(actor.button("Next Stage"))
        self.expect_in(name)

    def expect_in(self, name):
        """The bar and the panel are those of this stage; with JavaScript, reading goes on at its heading."""
        translated = self.labels.name_of(stage(name))
        bar = self.page.get_by_role("navigation", name=self.labels("Sales process"))
        expect(bar.locator("[aria-current=step]")).to_contain_text(translated)
        heading = self.actor.main.get_by_role("heading", name=translated, exact=True, level=2)
        expect(heading).to_be_visible()
        if self.actor.javascript and name != QUALIFY:
            expect(heading).to_be_focused()
            expect(self.page.locator("#announcer")).to_contain_text(translated)

    # The stages

    def qualify(self):
        actor, labels = self.actor, self.labels
        self.expect_in(QUALIFY)
        self.press_too_early(
            "Next Stage",
            "purchase_timeframe",
            "estimated_budget",
            "purchase_process",
            "decision_maker_identified",
        )
        actor.choose(self.step("purchase_timeframe"), labels("This quarter"))
        actor.type(self.step("estimated_budget"), "500 000")
        actor.choose(self.step("purchase_process"), labels("Committee"))
        actor.press(actor.button("%(contact)s is the decision maker", contact=CONTACT))
        expect(self.step("decision_maker_identified")).to_be_checked()
        self.next_stage(DEVELOP)

    def develop(self):
        actor = self.actor
        self.press_too_early(
            "Next Stage",
            "customer_need",
            "proposed_solution",
            "stakeholders_identified",
            "competitors_identified",
        )
        actor.type(self.step("customer_need"), "To know where every lorry is.")
        actor.type(self.step("proposed_solution"), "A small box in every lorry.")
        self.tick("stakeholders_identified")
        actor.press(actor.button("No known competitors"))
        expect(self.step("competitors_identified")).to_be_checked()
        self.next_stage(PROPOSE)

    def propose(self):
        actor = self.actor
        self.press_too_early("Next Stage", "sales_team_identified", "internal_review_completed", "proposal_presented")
        actor.press(actor.button("I sell this alone"))
        expect(self.step("sales_team_identified")).to_be_checked()
        self.tick("internal_review_completed", "proposal_presented")
        self.next_stage(CLOSE)

    def finish(self):
        actor = self.actor
        self.press_too_early(
            "Finish",
            "final_proposal_completed",
            "final_proposal_presented",
            "decision_date",
            "thank_you_sent",
            "debrief_filed",
        )
        self.tick("final_proposal_completed", "final_proposal_presented")
        actor.type_date(self.step("decision_date"), DECISION_DATE)
        self.tick("thank_you_sent", "debrief_filed")
        actor.press(actor.button("Finish"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.labels("How did it end?"))

    def close_as_won(self):
        actor, labels = self.actor, self.labels
        expect(actor.field(labels("Actual revenue"))).to_have_value(re.compile(r"^480[,\s]000$"))
        actor.press(actor.button("Close as Won"))
        banner = actor.main.locator(".banner.is-won")
        expect(banner).to_contain_text(labels("Won"))
        expect(actor.link("Reopen")).to_be_visible()

    def find_in_list(self):
        """It has left the list of open ones, and stands among the won."""
        actor, labels = self.actor, self.labels
        actor.follow(actor.link("Opportunities", within=self.page.get_by_role("banner")))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(labels("Opportunities"))
        expect(actor.main.get_by_role("link", name=NAME)).to_have_count(0)
        actor.choose(actor.field(labels("Status")), labels("Won"))
        if not actor.javascript:  # with it, the filter applies on change
            actor.press(actor.button("Filter"))
        row = actor.main.get_by_role("row", name=NAME)
        expect(row).to_contain_text(labels("Won"))
        expect(row).to_contain_text(ACCOUNT)


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("actor", [Mouse, Keyboard, WithoutJavaScript], ids=lambda actor: actor.__name__)
def test_a_rep_leads_a_new_opportunity_for_a_new_customer_to_won_and_sees_it_in_the_list(
    rep, open_browser, actor, language
):
    User.objects.filter(pk=rep.pk).update(language=language)
    page = open_browser(language=language, javascript=actor.javascript)
    journey = Journey(actor(page, Labels(language)))

    journey.sign_in(rep)
    expect(page.locator("html")).to_have_attribute("lang", language)
    journey.open_new_opportunity()
    journey.qualify()
    journey.develop()
    journey.propose()
    journey.finish()
    journey.close_as_won()
    journey.find_in_list()

    opportunity = Opportunity.objects.get()
    assert (opportunity.name, opportunity.account.name, opportunity.contact.name) == (NAME, ACCOUNT, CONTACT)
    assert opportunity.is_won and opportunity.actual_revenue == opportunity.estimated_revenue == 480_000
    assert opportunity.decision_date == DECISION_DATE
    assert [visit.stage.name_en for visit in opportunity.visits.order_by("pk")] == list(STAGES)
    moves = [Event.Kind.STARTED, *[Event.Kind.ADVANCED] * 3, Event.Kind.FINISHED, Event.Kind.WON]
    edits = {Event.Kind.EDITED}
    assert [event.kind for event in opportunity.events.order_by("version") if event.kind not in edits] == moves
