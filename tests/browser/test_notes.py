"""Notes in a browser: written and pinned in place, and on pages of their own without JavaScript; in both languages."""

import pytest
from playwright.sync_api import expect

from tests.support import factories
from tests.support.factories import DEVELOP, OpportunityFactory, opportunity_in, reread, write_note

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
WORDS = {
    "en": ("Note", "Kind", "Meeting", "Add note", "Pin", "Unpin"),
    "nb": ("Notat", "Type", "Møte", "Legg til notat", "Fest", "Løsne"),
}


def notes_tab(opportunity):
    return f"{opportunity.get_absolute_url()}?tab=notes"


def rows(page):
    return page.locator("#tab-rows > li")


@pytest.mark.parametrize("language", WORDS)
@both_ways
def test_a_note_is_written_and_pinned(rep, open_browser, javascript, language):
    note, kind, meeting, add, pin, unpin = WORDS[language]
    opportunity = OpportunityFactory(owner=rep)
    write_note(opportunity, text="An older note", is_pinned=True)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(notes_tab(opportunity))

    page.get_by_role("textbox", name=note).fill("They decide in March.\nSee https://example.com/plan.")
    page.get_by_label(kind).select_option(label=meeting)
    page.get_by_role("button", name=add, exact=True).click()

    expect(rows(page)).to_have_count(2)
    expect(rows(page).nth(1)).to_contain_text(meeting)
    expect(page.get_by_role("link", name="https://example.com/plan", exact=True)).to_have_attribute(
        "rel", "noopener noreferrer nofollow"
    )
    expect(page.locator("#tabs [aria-current] .count")).to_have_text("2")

    page.get_by_role("button", name=f"{pin} They decide in March.").click()

    expect(rows(page).first).to_contain_text("They decide in March.")
    expect(page.get_by_role("button", name=f"{unpin} They decide in March.")).to_be_visible()
    assert opportunity.notes.filter(is_pinned=True).count() == 2
    assert page.url.endswith("?tab=notes")


@both_ways
def test_a_note_is_changed_and_removed(rep, open_browser, javascript):
    opportunity = OpportunityFactory(owner=rep)
    write_note(opportunity, text="They decide in March.")
    page = open_browser(rep, javascript=javascript)
    page.goto(notes_tab(opportunity))

    page.get_by_role("link", name="Change They decide in March.").click()
    page.get_by_role("textbox", name="Note").fill("They decide in April.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(rows(page).first).to_contain_text("They decide in April.")
    page.get_by_text("Changed once").click()
    expect(page.locator("#tab-rows details")).to_contain_text("They decide in March.")

    page.get_by_role("link", name="Remove They decide in April.").click()
    expect(page.get_by_role("heading", name="Remove this note?", level=1)).to_be_visible()
    assert opportunity.notes.exists()
    page.get_by_role("button", name="Remove", exact=True).click()

    expect(page.get_by_text("None yet.")).to_be_visible()
    assert not opportunity.notes.exists()


def test_writing_a_note_keeps_what_was_typed_in_the_panel(rep, open_browser):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = open_browser(rep)
    page.goto(notes_tab(opportunity))
    page.get_by_role("textbox", name="Customer need").type("Lorries")

    page.locator("#tab-body").get_by_role("textbox", name="Note").fill("They called.")
    page.get_by_role("button", name="Add note", exact=True).click()

    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("heading", name="Notes", exact=True)).to_be_focused()
    expect(page.get_by_role("textbox", name="Customer need")).to_have_value("Lorries")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#messages")).to_have_text("Saved.")
    assert reread(opportunity).customer_need == "Lorries"


def test_a_refused_note_is_corrected_where_it_is(rep, open_browser):
    opportunity = OpportunityFactory(owner=rep)
    page = open_browser(rep)
    page.goto(notes_tab(opportunity))

    page.get_by_role("button", name="Add note", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#tab-body")).to_contain_text("Write the note first.")
    expect(page.get_by_role("heading", name=opportunity.name, level=1)).to_be_visible()
    page.locator("#tab-body").get_by_role("textbox", name="Note").fill("They called.")
    page.get_by_role("button", name="Add note", exact=True).click()

    expect(rows(page)).to_have_count(1)
    assert opportunity.notes.get().text == "They called."


@both_ways
def test_a_won_opportunity_takes_a_note(rep, open_browser, javascript):
    opportunity = factories.won_opportunity(owner=rep)
    page = open_browser(rep, javascript=javascript)
    page.goto(notes_tab(opportunity))

    page.get_by_role("textbox", name="Note").fill("They signed at once.")
    page.get_by_label("Kind").select_option(label="Debrief")
    page.get_by_role("button", name="Add note", exact=True).click()

    expect(rows(page).first).to_contain_text("Debrief")
    for name in ("status", "closed_on", "actual_revenue", "active_stage_id"):
        assert getattr(reread(opportunity), name) == getattr(opportunity, name)


def test_two_presses_on_add_note_add_one(rep, open_browser):
    opportunity = OpportunityFactory(owner=rep)
    page = open_browser(rep, javascript=False)
    page.goto(notes_tab(opportunity))

    page.get_by_role("textbox", name="Note").fill("They called.")
    page.get_by_role("button", name="Add note", exact=True).dblclick()

    expect(rows(page)).to_have_count(1)
    assert opportunity.notes.count() == 1
