"""The pages of one opportunity, also of one that is closed.

Nothing for axe-core to find, nothing too wide, nothing too heavy.
"""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities import transitions
from tests.support import factories
from tests.support.addresses import TABS
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, STAGES, opportunity_in, stage, step
from tests.support.looked_at import LONG, at, fill, press, refused, well_known_opportunity

pytestmark = pytest.mark.sweep


@pytest.mark.parametrize("name", STAGES)
def test_an_opportunity_in_each_stage(rep, walk, name):
    opportunity = well_known_opportunity(rep, name, estimated_revenue=480_000)
    visit = walk(rep)

    visit.open(name, at("opportunity", opportunity))
    press(visit, "Finish" if name == CLOSE else "Next Stage")
    refused(visit, name)


def test_other_stages_than_the_active_one(rep, walk):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    visit = walk(rep)

    for name in (QUALIFY, PROPOSE, CLOSE):
        visit.open(f"{name}, viewed from Develop", at("opportunity", opportunity, stage=stage(name).pk))
    press(visit, "Move here")
    refused(visit, "move here")
    visit.open("Qualify, viewed from Develop", at("opportunity", opportunity, stage=stage(QUALIFY).pk))
    fill(visit, estimated_budget="")
    press(visit, "Save")
    refused(visit, "Qualify, a blank behind its gate")


def test_the_tabs(rep, walk):
    opportunity = well_known_opportunity(rep, PROPOSE)
    bare = factories.OpportunityFactory(owner=rep)
    visit = walk(rep)

    factories.plan(opportunity, text="Call them about the lorries")
    for tab in ("summary", *TABS):
        visit.open(f"tab {tab}", at("opportunity", opportunity, tab=tab))
    for tab in ("stakeholders", "competitors", "team", "notes", "tasks", "files"):
        visit.open(f"tab {tab}, empty", at("opportunity", bare, tab=tab))


def test_an_opportunity_that_others_changed_meanwhile(rep, colleague, walk):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    visit = walk(rep)

    visit.open("Develop", at("opportunity", opportunity))
    factories.edit(opportunity, by=colleague, customer_need="Theirs, which goes on and on.")
    expect(visit.page.locator("#live")).to_be_empty()
    visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(visit.page.locator("#live")).not_to_be_empty()
    visit.look("the notice of a change")
    fill(visit, customer_need="Mine")
    press(visit, "Save")
    refused(visit, "conflict")
    press(visit, "Save")
    expect(visit.page.locator("#messages")).to_have_text("Saved.")
    transitions.advance(opportunity=opportunity, by=colleague, at=NOW)
    press(visit, "Next Stage")
    refused(visit, "moved by another person")


def test_an_opportunity_that_is_not_as_usual(rep, manager, walk):
    waived = opportunity_in(QUALIFY, owner=rep)
    transitions.waive(opportunity=waived, by=manager, at=NOW, step=step("estimated_budget"), reason="They never say.")
    transitions.hold(opportunity=waived, by=rep, at=NOW, reason="The customer reorganises.")
    visit = walk(rep)

    visit.open("finished", at("opportunity", factories.finished_opportunity(owner=rep)))
    visit.open("on hold, a step waived", at("opportunity", waived))
    visit.open("its timeline", at("opportunity", waived, tab="timeline"))
    visit.open("hold", at("hold", factories.OpportunityFactory(owner=rep)))
    walk(manager).open("waive", at("waive", waived, step("purchase_process").pk))


def test_editing(rep, colleague, walk):
    opportunity = well_known_opportunity(rep)
    factories.add_team_member(opportunity, user=colleague)
    visit = walk(rep)

    visit.open("edit", at("opportunity_edit", opportunity))
    factories.edit(opportunity, by=colleague, description="Theirs")
    fill(visit, description="Mine")
    press(visit, "Save")
    refused(visit, "edit, a conflict")
    fill(visit, name="", estimated_revenue="a lot")
    press(visit, "Save")
    refused(visit, "edit")


def test_closing_too_early(rep, manager, walk):
    opportunity = well_known_opportunity(rep)
    visit = walk(rep)

    visit.open("won, too early", at("close", opportunity, outcome="won"))
    fill(visit, actual_revenue="100")
    press(visit, "Close as Won")
    refused(visit, "won, too early")
    visit.open("lost, too early", at("close", opportunity))
    press(visit, "Ask a manager")
    refused(visit, "asked, no reason")
    visit.page.get_by_label("Price").check()
    press(visit, "Close as Lost")
    refused(visit, "lost, too early")
    factories.ask(opportunity, by=rep, at=NOW, description="They went bankrupt.")
    answering = walk(manager)
    visit.open("the opportunity, a manager was asked", at("opportunity", opportunity))
    answering.open("the request", at("close_request", opportunity))
    answering.open("the requests on my day", reverse("my_day"))
    answering.open("lost, a manager was asked", at("close", opportunity, outcome="lost"))
    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer="Call them once more.")
    visit.open("the opportunity, a manager declined", at("opportunity", opportunity))


def test_closing_in_the_last_stage(rep, walk):
    almost = factories.fill(factories.opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed", "decision_date"])
    visit = walk(rep)

    visit.open("how it ended, undecided", at("close", almost))
    visit.open("won, two steps left", at("close", almost, outcome="won"))
    press(visit, "Close as Won")
    refused(visit, "won, two steps left")


def test_closing_in_time(rep, walk):
    opportunity = factories.finished_opportunity(owner=rep)
    visit = walk(rep)

    visit.open("won", at("close", opportunity))
    fill(visit, actual_revenue="a lot")
    press(visit, "Close as Won")
    refused(visit, "won")
    visit.open("lost", at("close", opportunity, outcome="lost"))
    visit.page.get_by_label("Out-sold").check()
    press(visit, "Close as Lost")
    refused(visit, "lost to nobody")


def test_closed_opportunities(rep, walk):
    won, lost = factories.won_opportunity(owner=rep), factories.lost_opportunity(owner=rep)
    visit = walk(rep)

    visit.open("a won one", at("opportunity", won))
    visit.open("a won one, its team", at("opportunity", won, tab="team"))
    visit.open("a won one, its notes", at("opportunity", won, tab="notes"))
    visit.open("a lost one, another stage", at("opportunity", lost, stage=stage(PROPOSE).pk))
    visit.open("reopen", at("reopen", won))
    press(visit, "Reopen")
    refused(visit, "reopen")


def test_copying_and_renewing(rep, manager, walk):
    opportunity = well_known_opportunity(rep, estimated_revenue=123_456_789)
    won = factories.won_opportunity(owner=rep, name=LONG)
    renewal = transitions.copy(opportunity=won, by=rep, at=NOW, name=f"{LONG}, again", renewed_after=12)
    visit = walk(rep)

    visit.open("a renewal", at("opportunity", renewal))
    visit.open("a renewed one", at("opportunity", won))
    visit.open("renew", at("opportunity_copy", won, renew=1))
    visit.open("copy", at("opportunity_copy", opportunity))
    fill(visit, name="", estimated_revenue="a lot")
    press(visit, "Create")
    refused(visit, "copy")
    fill(visit, name="Fleet", estimated_revenue="100")
    factories.edit(opportunity, by=manager, description="Much is known.")
    press(visit, "Create")
    refused(visit, "copy, changed meanwhile")


PLACES = [
    *("my_day", "opportunity_list", "board", "funnel", "opportunity_new", "account_change_password"),
    *("competitor_list", "competitor_new", "account_list", "account_new", "contact_new", "news", "find"),
]
OF_AN_OPPORTUNITY = [
    *("opportunity", "opportunity_edit", "opportunity_copy", "close", "stakeholder_add", "stakeholder_map"),
    *("attachment_add", "debrief_add", "presentation_add", "mail_write"),
]


def test_norwegian_words_fit_on_a_phone(rep, walk):
    opportunity = well_known_opportunity(rep)
    visit = walk(rep, language="nb")

    for place in PLACES:
        visit.open_narrow(place, reverse(place))
    for place in OF_AN_OPPORTUNITY:
        visit.open_narrow(place, at(place, opportunity))
