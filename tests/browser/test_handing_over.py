"""A manager hands over in a browser; a person names a deputy without JavaScript, in Norwegian."""

import datetime
import re

from playwright.sync_api import expect

from opportunities.models import Opportunity
from salesflow.users.models import Absence
from tests.support.factories import QUALIFY, UserFactory, opportunity_in


def test_a_manager_hands_over_two_deals_and_reads_the_report(rep, manager, open_browser):
    taker = UserFactory(first_name="Tove", last_name="Vik")
    for name in ("Ferries", "Lorries", "Trains"):
        opportunity_in(QUALIFY, owner=rep, name=name)
    page = open_browser(manager)
    page.goto("/hand-over/")

    page.get_by_role("link", name="Kari Nordmann").click()
    page.get_by_label("Trains").uncheck()
    page.get_by_role("combobox", name="To whom?").press_sequentially("Tove")
    page.get_by_role("option", name=re.compile("Tove Vik")).click()
    page.get_by_role("button", name="Hand over what is ticked").click()

    expect(page.get_by_role("heading", name="2 of 2 handed over")).to_be_visible()
    assert {each.name for each in Opportunity.objects.filter(owner=taker)} == {"Ferries", "Lorries"}


def test_a_person_names_a_deputy_in_norwegian_without_javascript(rep, colleague, open_browser, today):
    rep.language = colleague.language = "nb"
    rep.save()
    colleague.save()
    opportunity_in(QUALIFY, owner=rep, name="Ferjer")
    page = open_browser(rep, language="nb", javascript=False)
    page.goto("/absences/")

    page.get_by_role("textbox", name="Stedfortreder").fill("Ola")
    page.get_by_role("button", name="Søk: Stedfortreder").click()
    page.get_by_role("radio", name=re.compile("Ola Hansen")).check()
    page.get_by_label("Første dag").fill(today.isoformat())
    page.get_by_label("Siste dag").fill((today + datetime.timedelta(days=3)).isoformat())
    page.get_by_role("button", name="Lagre").click()

    expect(page.get_by_text("Ola Hansen er stedfortreder for Kari Nordmann disse dagene.")).to_be_visible()
    assert Absence.objects.get().deputy == colleague
    deputy = open_browser(colleague, language="nb", javascript=False)
    deputy.goto("/")
    deputy.get_by_role("link", name="Dagen til Kari Nordmann").click()
    expect(deputy.get_by_role("heading", name="Dagen til Kari Nordmann")).to_be_visible()
    expect(deputy.get_by_role("link", name="Ferjer", exact=True)).to_be_visible()
