"""My tasks in a browser: done where they are listed, with the keys of a list, and the reminders."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.support.factories import OpportunityFactory, plan

DAY = datetime.timedelta(days=1)
WORDS = {
    "en": ("Late · 1", "Done", "Done: Ring them", "No open tasks"),
    "nb": ("Forfalt · 1", "Ferdig", "Fullført: Ring them", "Ingen åpne oppgaver"),
}


@pytest.fixture
def late(rep):
    return plan(OpportunityFactory(owner=rep, name="Fleet"), text="Ring them", due=timezone.localdate() - DAY)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_task_is_done_where_it_is_listed(rep, open_browser, late, language, javascript):
    heading, button, said, empty = WORDS[language]
    page = open_browser(rep, language=language, javascript=javascript)
    page.goto(reverse("my_tasks"))

    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.get_by_role("button", name=re.compile(f"^{button}")).click()

    expect(page.locator("#messages")).to_contain_text(said)
    expect(page.get_by_role("heading", name=empty)).to_be_visible()
    late.refresh_from_db()
    assert late.done_by == rep


def test_the_keys_of_a_list_work(rep, open_browser, late):
    page = open_browser(rep)
    page.goto(reverse("my_tasks"))

    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Fleet", exact=True)).to_be_focused()
    page.keyboard.press("d")

    expect(page.get_by_role("heading", name="No open tasks")).to_be_visible()
