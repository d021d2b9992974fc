"""What a step offers to write: in place with JavaScript, on a page of its own without; in both languages."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.support import factories
from tests.support.factories import CLOSE, PDF, PROPOSE, opportunity_in, reread
from tests.support.labels import Labels

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
WORDS = {
    "en": ("Write the debrief", "Why was it won or lost?", "Price gap in percent", "Save and mark complete"),
    "nb": ("Skriv oppsummeringen", "Hvorfor ble den vunnet eller tapt?", "Prisforskjell", "Lagre og merk som fullført"),
}


@pytest.mark.parametrize("language", WORDS)
@both_ways
def test_a_debrief_is_filed_at_its_step(rep, open_browser, javascript, language):
    write, why, gap, complete = WORDS[language]
    opportunity = opportunity_in(CLOSE, owner=rep)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(opportunity.get_absolute_url())

    page.locator("#div_id_debrief_filed").get_by_role("button", name=write).click()
    page.get_by_label(why).fill("They trusted us.")
    page.get_by_label(gap).fill("8")
    page.get_by_role("button", name=complete).click()

    expect(page.locator("#id_debrief_filed")).to_be_checked()
    expect(page.locator("#debrief")).to_contain_text("They trusted us.")
    assert reread(opportunity).debrief_filed
    assert (opportunity.debriefs.get().why, opportunity.debriefs.get().price_gap) == ("They trusted us.", 8)


@dataclass(frozen=True)
class Proposal:
    """A proposal: the stage in which it is made and presented, the label of its upload, and its steps."""

    stage: str
    upload: str
    made: str
    presented: str


PROPOSALS = {
    "proposal": Proposal(PROPOSE, "Upload the proposal", "proposal_developed", "proposal_presented"),
    "final_proposal": Proposal(
        CLOSE, "Upload the final proposal", "final_proposal_completed", "final_proposal_presented"
    ),
}


@pytest.mark.parametrize("language", WORDS)
@both_ways
def test_each_proposal_is_uploaded_and_its_presentation_entered_at_their_steps(rep, open_browser, javascript, language):
    labels = Labels(language)
    page = open_browser(rep, javascript=javascript, language=language)
    for kind, proposal in PROPOSALS.items():
        opportunity = opportunity_in(proposal.stage, owner=rep)
        page.goto(opportunity.get_absolute_url())

        page.locator(f"#div_id_{proposal.made}").get_by_role("button", name=labels(proposal.upload)).click()
        page.locator("[data-uploads] [type=file]").set_input_files(
            {"name": "Offer.pdf", "mimeType": "application/pdf", "buffer": PDF}
        )
        page.get_by_role("button", name=labels("Save and mark complete")).click()
        expect(page.locator(f"#id_{proposal.made}")).to_be_checked()
        step = page.locator(f"#div_id_{proposal.presented}")
        step.get_by_role("button", name=labels("Enter when it was presented")).click()
        page.get_by_label(re.compile(rf"^\s*{labels('Date')}")).fill("2026-03-02")
        page.get_by_role("button", name=labels("Save and mark complete")).click()

        expect(page.locator(f"#id_{proposal.presented}")).to_be_checked()
        assert opportunity.attachments.get().kind == kind
        assert opportunity.presentations.get().kind == kind


def test_a_form_in_place_keeps_what_the_panel_has_and_gives_the_focus_back(rep, open_browser):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    step = page.locator("#div_id_proposal_presented")
    address = page.url

    step.get_by_role("button", name="Enter when it was presented").click()
    expect(page.get_by_label("Date")).to_be_focused()
    page.get_by_label("Date").fill("")  # today is suggested
    page.locator("#slot_proposal_presented").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#slot_proposal_presented [data-error-summary]")).to_be_focused()
    page.locator("#slot_proposal_presented").get_by_label("Date").fill("2026-03-02")
    page.locator("#slot_proposal_presented").get_by_role("button", name="Save and mark complete").click()

    expect(page.locator("#id_proposal_presented")).to_be_checked()
    expect(page.locator("#id_proposal_presented")).to_be_focused()
    expect(page.locator("#slot_proposal_presented form")).to_have_count(0)
    expect(page.locator("#timeline")).to_contain_text("presented the proposal")
    assert page.url == address
    expect(page.locator("#saved")).to_contain_text("Saved")
    with page.expect_response("**/answer/**"):
        page.locator("#id_proposal_presented").uncheck()
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert not reread(opportunity).proposal_presented
    assert opportunity.presentations.count() == 1


def test_an_approach_note_is_written_at_its_step_and_cancelled(rep, open_browser):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    step, slot = page.locator("#div_id_proposal_developed"), page.locator("#slot_proposal_developed")

    step.get_by_role("button", name="Write how you will approach them").click()
    slot.get_by_role("link", name="Cancel").click()
    expect(slot.locator("form")).to_have_count(0)
    step.get_by_role("button", name="Write how you will approach them").click()
    slot.get_by_role("textbox", name="Note").fill("Go through operations.")
    slot.get_by_role("button", name="Add note").click()

    expect(step.get_by_role("link", name="1 approach note")).to_be_visible()
    assert not reread(opportunity).proposal_developed
    assert opportunity.notes.get().kind == "approach"


@both_ways
def test_a_won_opportunity_takes_a_debrief_from_its_card(rep, open_browser, javascript):
    won = factories.won_opportunity(owner=rep)
    page = open_browser(rep, javascript=javascript)
    page.goto(won.get_absolute_url())

    page.locator("#debrief").get_by_role("link", name="Write the debrief").click()
    page.get_by_label("What went well?").fill("The visit.")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("#debrief")).to_contain_text("The visit.")
    assert won.debriefs.get().went_well == "The visit."
