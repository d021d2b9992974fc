"""Files in a browser: chosen or dropped in the tab Files, and on a page of their own without JavaScript."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.support.factories import DEVELOP, PDF, opportunity_in

OFFER = {"name": "Offer.pdf", "mimeType": "application/pdf", "buffer": PDF}
NOTES = {"name": "Møte.txt", "mimeType": "text/plain", "buffer": b"They decide in March."}
PROGRAM = {"name": "run.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\0"}
DROP = """(form, names) => {
  const dataTransfer = new DataTransfer();
  for (const name of names) dataTransfer.items.add(new File(["They decide in March."], name));
  for (const type of ["dragover", "drop"]) {
    form.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
  }
}"""


@pytest.fixture
def opportunity(rep):
    return opportunity_in(DEVELOP, owner=rep)


@pytest.fixture
def page(rep, opportunity, open_browser):
    """The tab Files."""
    page = open_browser(rep)
    page.goto(f"{opportunity.get_absolute_url()}?tab=files")
    return page


def names_in_tab(page):
    return page.locator("#tab-rows .file-head > a")


def test_several_files_are_chosen_and_their_progress_is_shown(page, opportunity):
    held = []
    page.route("**/files/add/", lambda route: held.append(route))
    form = page.locator("[data-uploads]")
    form.get_by_label("Files").set_input_files([OFFER, NOTES])
    form.get_by_label("Kind").select_option(label="Proposal")
    expect(form.locator("progress")).to_be_hidden()

    form.get_by_role("button", name="Upload").click()
    expect(form.locator("progress")).to_be_visible()
    held[0].continue_()

    expect(names_in_tab(page)).to_have_text(["Møte.txt", "Offer.pdf"])
    expect(page.locator("#tabs [aria-current] .count")).to_have_text("2")
    expect(page.locator("[data-uploads] progress")).to_be_hidden()
    assert set(opportunity.attachments.values_list("kind", flat=True)) == {"proposal"}
    with page.expect_download() as download:
        names_in_tab(page).first.click()
    assert download.value.suggested_filename == "Møte.txt"


def test_files_are_dropped_on_the_form(page):
    expect(page.get_by_text("Drop files here, or choose them:")).to_be_visible()

    page.locator("[data-uploads]").evaluate(DROP, ["Monday.txt", "Tuesday.txt"])

    expect(names_in_tab(page)).to_have_text(["Tuesday.txt", "Monday.txt"])
    expect(page.locator("[data-uploads] [data-drop-hint]")).to_be_visible()


def test_a_refused_file_is_named_and_the_others_are_stored(page):
    form = page.locator("[data-uploads]")
    form.get_by_label("Files").set_input_files([PROGRAM, OFFER])

    form.get_by_role("button", name="Upload").click()

    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#tab")).to_contain_text("“run.exe” was not uploaded")
    expect(page.locator("#tab")).to_contain_text("Offer.pdf uploaded.")
    expect(names_in_tab(page)).to_have_text(["Offer.pdf"])
    expect(page.locator("#tabs [aria-current] .count")).to_have_text("1")


def test_without_javascript_files_and_a_new_version_are_uploaded_on_pages_of_their_own(rep, opportunity, open_browser):
    page = open_browser(rep, javascript=False, language="nb")
    page.goto(reverse("attachment_add", args=[opportunity.pk]))
    expect(page.get_by_text("Slipp filer her")).to_be_hidden()
    page.get_by_role("button", name="Last opp").click()
    expect(page.get_by_role("main")).to_contain_text("Velg en fil først.")

    page.get_by_label("Filer").set_input_files([OFFER, NOTES])
    page.get_by_label("Type").select_option(label="Forslag")
    page.get_by_role("button", name="Last opp").click()

    expect(page).to_have_url(re.compile("tab=files$"))
    expect(page.get_by_text("2 filer er lastet opp.")).to_be_visible()
    page.get_by_role("link", name="Ny versjon Offer.pdf").click()
    page.get_by_label("Fil", exact=False).first.set_input_files(OFFER)
    page.get_by_role("button", name="Last opp").click()

    expect(names_in_tab(page)).to_have_text(["Offer.pdf", "Møte.txt"])
    expect(page.get_by_text("1 tidligere versjon")).to_be_visible()
    assert sorted(opportunity.attachments.values_list("number", flat=True)) == [1, 1, 2]
