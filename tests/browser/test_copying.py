"""Copy and renew in a browser: with JavaScript and without, in both languages."""

import datetime

import pytest
from playwright.sync_api import expect

from opportunities.models import Opportunity
from tests.support import factories
from tests.support.factories import DEVELOP, opportunity_in
from tests.support.labels import Labels

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
LANGUAGES = pytest.mark.parametrize("language", ["en", "nb"])


@BOTH
@LANGUAGES
def test_a_won_opportunity_is_renewed_from_its_page(rep, open_browser, javascript, language):
    rep.language = language
    rep.save()
    says = Labels(language)
    old = factories.won_opportunity(owner=rep, name="Fleet")
    page = open_browser(rep, language=language, javascript=javascript)
    page.goto(old.get_absolute_url())

    page.get_by_role("link", name=says("Renew…"), exact=True).click()
    expect(page.get_by_role("textbox", name=says("name").capitalize())).to_be_focused()
    page.get_by_role("radio").nth(2).check()
    page.get_by_role("button", name=says("Create"), exact=True).click()

    name = says("%(name)s – renewal %(year)s", name="Fleet", year=2026)
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    new = Opportunity.objects.latest("pk")
    assert (new.name, new.source, new.estimated_close_date) == (name, old, datetime.date(2026, 9, 2))
    page.get_by_role("link", name="Fleet", exact=True).click()
    expect(page.get_by_text(says("Renewed as"))).to_be_visible()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_text(says("Renewal of"), exact=True)).to_be_visible()


@BOTH
@LANGUAGES
def test_an_open_opportunity_is_copied_from_its_menu(rep, open_browser, javascript, language):
    says = Labels(language)
    old = factories.fill(opportunity_in(DEVELOP, owner=rep, name="Fleet"), DEVELOP)
    page = open_browser(rep, language=language, javascript=javascript)
    page.goto(old.get_absolute_url())

    page.get_by_role("main").locator("summary", has_text="⋯").first.click()
    page.get_by_role("link", name=says("Copy…"), exact=True).click()
    page.get_by_role("checkbox", name=f"{says('Competitors')} (1)").uncheck()
    page.get_by_role("button", name=says("Create"), exact=True).click()

    expect(page.get_by_role("heading", level=1, name=says("%(name)s (copy)", name="Fleet"))).to_be_visible()
    expect(page.get_by_text(says("Copied from"), exact=True)).to_be_visible()
    new = Opportunity.objects.latest("pk")
    assert (new.stakeholder_count, new.competitor_count) == (old.stakeholder_count, 0)
    assert new.customer_need == old.customer_need


@BOTH
def test_a_page_that_is_out_of_date_keeps_what_was_typed(rep, manager, open_browser, javascript):
    old = opportunity_in(DEVELOP, owner=rep, name="Fleet")
    page = open_browser(rep, javascript=javascript)
    page.goto(f"{old.get_absolute_url()}copy/")
    factories.add_competitor(old, by=manager)

    page.get_by_role("textbox", name="Name").fill("Fleet in Moss")
    page.get_by_role("button", name="Create", exact=True).click()

    expect(page.get_by_text("This opportunity was changed after you opened the page.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Fleet in Moss")
    expect(page.get_by_role("checkbox", name="Competitors (1)")).not_to_be_checked()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Fleet in Moss")).to_be_visible()
