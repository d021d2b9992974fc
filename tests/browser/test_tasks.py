"""The tasks of an opportunity in a browser: planned, changed, done and removed, in each language and way."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opportunities.models import Task
from tests.support.factories import OpportunityFactory, plan
from tests.support.labels import Labels

DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_task_is_planned_changed_done_and_another_removed(rep, open_browser, javascript, language):
    says, tomorrow = Labels(language), timezone.localdate() + DAY
    opportunity = OpportunityFactory(owner=rep)
    plan(opportunity, text="Send the drawings")
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(f"{opportunity.get_absolute_url()}?tab=tasks")
    tab, rows = page.locator("#tab-body"), page.locator("#tab-rows > li")
    count = page.locator("#tabs [aria-current] .count")

    tab.get_by_role("button", name=says("Add task"), exact=True).click()
    expect(page.get_by_role("main")).to_contain_text(says("Say what is to be done."))
    page.get_by_role("textbox", name=re.compile(f"^{says('Task')}")).fill("Call them")
    page.get_by_label(says("Date"), exact=True).last.fill(tomorrow.isoformat())
    page.get_by_label(says("Time (optional)")).last.fill("13:30")
    page.get_by_role("button", name=says("Add task"), exact=True).click()

    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="Call them")).to_contain_text(re.compile("13[:.]30"))
    expect(count).to_have_text("2")
    expect(page.locator("#next-step")).to_contain_text("Call them")
    page.get_by_role("link", name=f"{says('Change')} Call them").last.click()
    page.get_by_role("textbox", name=re.compile(f"^{says('Task')}")).fill("Visit them")
    page.get_by_role("button", name=says("Save"), exact=True).click()

    expect(rows.filter(has_text="Visit them")).to_have_count(1)
    page.get_by_role("link", name=says("Done, what’s next?")).click()
    page.get_by_role("button", name=says("Nothing for now")).click()
    expect(page.locator("#next-step")).to_contain_text("Send the drawings")
    expect(rows.filter(has_text="Visit them")).to_contain_text(says("Done", "task"))
    expect(count).to_have_text("1")
    page.get_by_role("link", name=f"{says('Remove')} Send the drawings").click()
    page.get_by_role("button", name=says("Remove"), exact=True).click()

    expect(rows).to_have_count(1)
    done = Task.objects.get()
    assert (done.text, done.due, done.time, done.done_by) == ("Visit them", tomorrow, datetime.time(13, 30), rep)
