"""Send thank you in a browser: in place, and on a page of its own without JavaScript; in both languages."""

import re

import pytest
from playwright.sync_api import expect

from tests.support import factories
from tests.support.factories import CLOSE, opportunity_in, reread
from tests.support.labels import Labels
from tests.support.mails import deliver

STEP = "#div_id_thank_you_sent"
LANGUAGES = pytest.mark.parametrize("language", ["en", "nb"])
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["in place", "without"])


@LANGUAGES
@BOTH
def test_thank_you_is_written_and_marks_the_step_complete(rep, open_browser, javascript, language):
    says = Labels(language)
    marte = factories.ContactFactory(name="Marte Lie", email="marte@example.com", language=language)
    opportunity = factories.edit(opportunity_in(CLOSE, owner=rep), contact=marte)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(opportunity.get_absolute_url())

    page.locator(STEP).get_by_role("link", name=says("Write it", "mail")).click()
    expect(page.locator("#id_text")).to_have_value("\n".join(_shipped(language)))
    assert page.url.endswith(opportunity.get_absolute_url()) == javascript
    page.locator("#id_subject").fill("")
    page.get_by_role("button", name=says("Send and mark complete")).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.url.endswith(opportunity.get_absolute_url()) == javascript
    page.locator("#id_subject").fill("Tusen takk")
    page.locator("#id_subject").press("Enter")  # sends nothing
    assert not opportunity.mails.exists()
    page.get_by_role("button", name=says("Send", "mail"), exact=True).click()

    expect(page.locator("#timeline")).to_contain_text("Tusen takk")
    expect(page.locator("#id_thank_you_sent")).not_to_be_checked()
    page.get_by_text(says("Show the mail")).click()
    expect(page.locator("#timeline")).to_contain_text("marte@example.com")
    expect(page.locator(".mail-attempts")).to_contain_text(says("Waits to be sent."))
    page.locator(STEP).get_by_role("link", name=says("Write another", "mail")).click()
    page.locator("#id_subject").fill("Takk igjen")
    page.get_by_role("button", name=says("Send and mark complete")).click()

    expect(page.locator("#timeline")).to_contain_text("Takk igjen")
    expect(page.locator("#id_thank_you_sent")).to_be_checked()
    expect(page.locator("#id_subject")).to_have_count(0)
    deliver()
    page.reload()
    expect(page.locator(".mail-attempts")).to_contain_text([says("The mail server accepted it.")] * 2)
    assert reread(opportunity).thank_you_sent


@LANGUAGES
@BOTH
def test_a_person_who_does_not_want_to_be_contacted_gets_no_mail(rep, open_browser, javascript, language):
    says = Labels(language)
    marte = factories.ContactFactory(name="Marte Lie", email="marte@example.com", do_not_contact=True)
    eva = factories.ContactFactory(name="Eva Lind", email="eva@example.com")
    opportunity = factories.edit(opportunity_in(CLOSE, owner=rep), contact=marte)
    factories.add_stakeholder(opportunity, contact=eva)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(opportunity.get_absolute_url())

    page.locator(STEP).get_by_role("link", name=says("Write it", "mail")).click()
    refusal = says("%(person)s does not want to be contacted.", person="Marte Lie")
    expect(page.get_by_role("main")).to_contain_text(refusal)
    expect(page.locator("#id_subject")).to_have_count(0)
    page.get_by_text(says("Write to someone else")).click()
    page.locator(".mail-choices").get_by_role("link", name="Eva Lind").click()
    expect(page.locator("#id_text")).to_have_value(re.compile("Eva"))
    page.get_by_role("button", name=says("Send and mark complete")).click()

    expect(page.locator("#id_thank_you_sent")).to_be_checked()
    assert opportunity.mails.get().contact == eva


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
