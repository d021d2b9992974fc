"""The map of the people in a browser, with JavaScript and without, in both languages."""

import pytest
from playwright.sync_api import expect

from tests.support import factories
from tests.support.labels import Labels


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_what_is_missing_on_the_map_is_filled_in_from_it(rep, open_browser, javascript, language):
    labels = Labels(language)
    opportunity = factories.OpportunityFactory(owner=rep)
    eva = factories.add_stakeholder(opportunity, contact=factories.ContactFactory(name="Eva Lind"))
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(f"{opportunity.get_absolute_url()}?tab=stakeholders")

    page.get_by_role("link", name=labels("Map", "people")).first.click()
    page.get_by_role("link", name=labels("Set attitude")).click()
    page.get_by_label(labels("Attitude")).select_option("supporter")
    page.get_by_role("button", name=labels("Save"), exact=True).click()

    expect(page.get_by_role("heading", name=labels("Map of the people"), level=1)).to_be_visible()
    expect(page.locator(".summary-list")).to_contain_text("Eva Lind")
    expect(page.get_by_role("link", name=labels("Set attitude"))).to_have_count(0)
    eva.refresh_from_db()
    assert eva.attitude == "supporter"
