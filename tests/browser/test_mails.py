"""Send thank you in a browser: in place, and on a page of its own without JavaScript; in both languages."""

import pytest
from playwright.sync_api import expect

from tests.support import factories
from tests.support.factories import CLOSE, opportunity_in, reread

STEP = "#div_id_thank_you_sent"
WORDS = {
    "en": ("Write it", "Send and mark complete", "Show the mail"),
    "nb": ("Skriv den", "Send og merk som fullført", "Vis e-posten"),
}


@pytest.mark.parametrize(("language", "javascript"), [("en", True), ("nb", False)], ids=["in place", "without"])
def test_thank_you_is_written_and_marks_the_step_complete(rep, open_browser, javascript, language):
    write, send, show = WORDS[language]
    marte = factories.ContactFactory(name="Marte Lie", email="marte@example.com", language=language)
    opportunity = factories.edit(opportunity_in(CLOSE, owner=rep), contact=marte)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(opportunity.get_absolute_url())

    page.locator(STEP).get_by_role("link", name=write).click()
    expect(page.locator("#id_text")).to_have_value("\n".join(_shipped(language)))
    assert page.url.endswith(opportunity.get_absolute_url()) == javascript
    page.locator("#id_subject").fill("")
    page.get_by_role("button", name=send).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.url.endswith(opportunity.get_absolute_url()) == javascript
    page.locator("#id_subject").fill("Tusen takk")
    page.locator("#id_subject").press("Enter")  # sends nothing
    assert not opportunity.mails.exists()
    page.get_by_role("button", name=send).click()

    expect(page.locator("#timeline")).to_contain_text("Tusen takk")
    expect(page.locator("#id_thank_you_sent")).to_be_checked()
    expect(page.locator("#id_subject")).to_have_count(0)
    page.get_by_text(show).click()
    expect(page.locator("#timeline")).to_contain_text("marte@example.com")
    assert reread(opportunity).thank_you_sent
    assert opportunity.mails.get().subject == "Tusen takk"


def _shipped(language):
    template = factories.mail_template("thank_you")
    return template.body(language, {"first_name": "Marte", "sender": "Kari Nordmann"}).split("\n")


def test_cancel_closes_the_form_and_gives_the_focus_back(rep, open_browser):
    marte = factories.ContactFactory(name="Marte Lie", email="marte@example.com")
    opportunity = factories.edit(opportunity_in(CLOSE, owner=rep), contact=marte)
    page = open_browser(rep, javascript=True)
    page.goto(opportunity.get_absolute_url())

    page.locator(STEP).get_by_role("link", name="Write it").click()
    page.get_by_role("link", name="Write it in Norwegian").click()
    expect(page.locator("#id_subject")).to_have_value("Takk for tiden")
    page.locator("#slot_thank_you_sent").get_by_role("link", name="Cancel").click()

    expect(page.locator("#id_subject")).to_have_count(0)
    expect(page.locator(STEP).get_by_role("link", name="Write it")).to_be_focused()
