"""My tasks in a browser: done where they are listed, with the keys of a list, and the reminders."""

import datetime
import re
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.support.factories import OpportunityFactory, plan
from tests.support.labels import Labels

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


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("language", ["en", "nb"])
def test_the_mail_is_turned_off_and_the_calendar_gets_an_address_and_loses_it(
    rep, open_browser, late, client, language, javascript
):
    says = Labels(language)
    page = open_browser(rep, language=language, javascript=javascript)
    page.goto(reverse("my_tasks"))
    settings = page.locator("#reminders")

    settings.get_by_role("button", name=says("Turn the mail off")).click()
    expect(page.locator("#messages")).to_contain_text(says("You get no mail any more."))
    expect(settings).to_contain_text(says("You get no mail about your tasks."))
    settings.get_by_role("button", name=says("Turn the mail on")).click()
    expect(settings).to_contain_text("rep@example.org")

    settings.get_by_role("button", name=says("Make an address for the calendar")).click()
    address = urlsplit(settings.get_by_label(says("The address of your calendar")).input_value()).path
    assert "Ring them" in client.get(address).content.decode()
    settings.get_by_role("button", name=says("Make a new address")).click()
    expect(settings.get_by_label(says("The address of your calendar"))).not_to_have_value(re.compile(f"{address}$"))
    newer = urlsplit(settings.get_by_label(says("The address of your calendar")).input_value()).path
    assert [client.get(each).status_code for each in (address, newer)] == [404, 200]
    settings.get_by_role("button", name=says("End the address")).click()
    expect(page.locator("#messages")).to_contain_text(says("The address of your calendar has ended."))
    assert client.get(newer).status_code == 404
