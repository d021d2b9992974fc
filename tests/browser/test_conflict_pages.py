"""A conflict on a page with a form: one of two values is chosen, with JavaScript and without, in both languages."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.support import factories
from tests.support.factories import DEVELOP, opportunity_in

WORDS = {"en": ("Save", "3 of 4 saved.", "Ingrid Dahl’s"), "nb": ("Lagre", "3 av 4", "Fra Ingrid Dahl")}


@pytest.mark.parametrize(("language", "javascript"), [("en", True), ("nb", False)], ids=["with script", "without"])
def test_the_value_of_the_other_person_is_chosen(rep, manager, open_browser, language, javascript):
    save, saved, theirs = WORDS[language]
    opportunity = opportunity_in(DEVELOP, owner=rep)
    row = factories.add_stakeholder(opportunity)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(reverse("stakeholder_edit", args=[opportunity.pk, row.pk]))
    factories.change_row(row, by=manager, note="Theirs")

    page.locator("#id_note").fill("Mine")
    page.locator("#id_influence").select_option("high")
    page.get_by_role("button", name=save, exact=True).click()
    expect(page.locator("#choice-summary")).to_be_focused()
    expect(page.locator("#choice-summary")).to_contain_text(saved)
    expect(page.locator("#id_note")).to_have_value("Mine")
    page.get_by_role("radio", name=theirs).check()
    page.get_by_role("button", name=save, exact=True).click()

    expect(page.locator("#tab-rows")).to_contain_text("Theirs")
    row.refresh_from_db()
    assert (row.note, row.influence) == ("Theirs", "high")
