"""What the walks through pages share: what they press and type, and an opportunity with long names."""

from django.urls import reverse
from playwright.sync_api import expect

from opportunities.models import Stakeholder
from tests.support import factories
from tests.support.factories import DEVELOP, opportunity_in

LONG = "Fleet telematics for the Donaudampfschifffahrtselektrizitätenhauptbetriebswerk, phase two"


def press(visit, name):
    visit.page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


def refused(visit, name):
    """What was just pressed is refused: look at the answer."""
    expect(visit.page.locator("[data-error-summary]")).to_be_focused()
    visit.look(f"{name}, refused")


def fill(visit, **entries):
    for name, value in entries.items():
        visit.page.locator(f"[name={name}]").fill(value)


def at(view, opportunity, *more, **query):
    """The address of a page about this opportunity."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse(view, args=[opportunity.pk, *more])}?{asked}"


def well_known_opportunity(rep, name=DEVELOP, **entries):
    """With long names, and people of every kind."""
    account = factories.AccountFactory(name=LONG, city="Kristiansund")
    contact = factories.ContactFactory(name="Maximiliane Donaudampfschifffahrtsgesellschaft", account=account)
    opportunity = opportunity_in(name, owner=rep, name=LONG, account=account, contact=contact, **entries)
    factories.add_stakeholder(opportunity, attitude="supporter", roles=Stakeholder.Role.ECONOMIC_BUYER)
    factories.add_competitor(opportunity)
    note = factories.write_note(opportunity, text=f"https://example.com/{LONG.replace(' ', '')}", is_pinned=True)
    factories.change_row(note, text=f"{LONG}\nhttps://example.com/{LONG.replace(' ', '')}")
    if not opportunity.team_count:
        factories.add_team_member(opportunity)
    return factories.reread(opportunity)
