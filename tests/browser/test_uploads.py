"""Files in a browser: chosen or dropped in the tab Files, and on a page of their own without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.factories import DEVELOP, PDF, opportunity_in
from tests.support.labels import Labels

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


def test_the_progress_rises_while_a_slow_upload_runs(page):
    form = page.locator("[data-uploads]")
    form.locator("progress").evaluate(
        """(progress) => {
          window.shown = [];
          const listen = new MutationObserver(() => window.shown.push(progress.value));
          listen.observe(progress, { attributeFilter: ["value"] });
        }"""
    )
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    form.get_by_label("Files").set_input_files([{**NOTES, "buffer": b"They decide in March.\n" * 30_000}])

    form.get_by_role("button", name="Upload").click()

    expect(names_in_tab(page)).to_have_text(["Møte.txt"])
    shown = page.evaluate("window.shown")
    assert shown == sorted(shown)
    assert len({value for value in shown if 0 < value < 100}) >= 2
    assert shown[-1] == 100


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_files_are_uploaded_get_a_new_version_and_another_name_and_are_removed(
    rep, opportunity, open_browser, javascript, language
):
    says = Labels(language)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(opportunity.get_absolute_url() + ("?tab=files" if javascript else "files/add/"))
    expect(page.get_by_text(says("Drop files here, or choose them:"))).to_be_visible(visible=javascript)
    page.get_by_role("button", name=says("Upload", "button")).click()
    expect(page.get_by_role("main")).to_contain_text(says("Choose a file first."))

    page.locator("[data-uploads]").get_by_label(says("Files")).set_input_files([OFFER, NOTES])
    page.get_by_label(says("Kind")).select_option(label=says("Proposal", "file"))
    page.get_by_role("button", name=says("Upload", "button")).click()

    expect(page).to_have_url(re.compile("tab=files$"))
    expect(names_in_tab(page)).to_have_text(["Møte.txt", "Offer.pdf"])
    page.get_by_role("link", name=f"{says('New version')} Offer.pdf").click()
    expect(page.get_by_role("heading", name=says("A new version of %(name)s", name="Offer.pdf"))).to_be_visible()
    page.locator("[data-uploads]").get_by_label(says("File")).set_input_files(OFFER)
    page.get_by_role("button", name=says("Upload", "button")).click()

    expect(names_in_tab(page)).to_have_text(["Offer.pdf", "Møte.txt"])
    expect(page.get_by_text(says("1 earlier version"))).to_be_visible()
    assert sorted(opportunity.attachments.values_list("number", flat=True)) == [1, 1, 2]
    page.get_by_role("link", name=f"{says('Change')} Møte.txt").click()
    page.get_by_role("textbox", name=says("Name", "file")).fill("Meeting.txt")
    page.get_by_role("button", name=says("Save"), exact=True).click()

    expect(names_in_tab(page)).to_have_text(["Offer.pdf", "Meeting.txt"])
    page.get_by_role("link", name=f"{says('Remove')} Offer.pdf", exact=True).click()
    page.get_by_role("checkbox", name=says("Remove its earlier versions, too")).check()
    page.get_by_role("button", name=says("Remove"), exact=True).click()

    expect(names_in_tab(page)).to_have_text(["Meeting.txt"])
    assert opportunity.attachments.get().name == "Meeting.txt"
