"""Every form that creates a customer in a picker shows what is probably there, and creates another on request."""

import re
from dataclasses import dataclass, field

import pytest
from django.urls import reverse

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.forms.picker.kinds import KINDS
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    QUALIFY,
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    opportunity_in,
    reason,
)
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

# The name of a row that is there, and what is typed.
NAMED = {"account": ("Nordlys Shipping AS", "Nordlys shipping"), "contact": ("Eva Lind", "Lind, Eva")} | {
    "competitor": ("Trucks & Co", "trucks & co.")
}
FACTORIES = {"account": AccountFactory, "contact": ContactFactory, "competitor": CompetitorFactory}
MODELS = {"account": Account, "contact": Contact, "competitor": Competitor}


@dataclass
class Place:
    """A picker of a form. `page` is the name of its address, `of` its row; `creates`: the pickers of the form."""

    page: str
    picker: str
    creates: dict = field(default_factory=dict)
    of: str = ""
    button: str = "Save"
    action: str = ""
    entries: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.page} {self.picker}"


BOTH, OF_RIVALS = {"account": "account", "contact": "contact"}, {"add-competitor": "competitor"}
NAME, WHY = {"name": "Fleet"}, {"add-why": "They trusted us."}
PLACES = [
    Place("opportunity_new", "account", BOTH, button="Create", entries=NAME),
    Place("opportunity_new", "contact", BOTH, button="Create", entries=NAME),
    Place("opportunity_edit", "account", BOTH, of="opportunity"),
    Place("opportunity_edit", "contact", BOTH, of="opportunity"),
    Place("opportunity", "account", BOTH, of="opportunity", action="save"),
    Place("opportunity", "contact", BOTH, of="opportunity", action="save"),
    Place("stakeholder_add", "add-contact", {"add-contact": "contact"}, of="opportunity", button="Add stakeholder"),
    Place("competitor_add", "add-competitor", OF_RIVALS, of="opportunity", button="Add competitor"),
    Place("debrief_add", "add-competitor", OF_RIVALS, of="opportunity", entries=WHY),
    Place("close", "competitor", {"competitor": "competitor"}, of="opportunity", button="Ask a manager"),
    Place("account_new", "parent", {"parent": "account"}, button="Create", entries=NAME),
    Place("account_page_edit", "parent", {"parent": "account"}, of="account"),
    Place("contact_new", "account", {"account": "account"}, button="Create", entries=NAME),
    Place("contact_page_edit", "account", {"account": "account"}, of="contact"),
]


def test_each_kind_that_a_picker_creates_is_in_the_table():
    kinds = {kind for place in PLACES for kind in place.creates.values()}

    assert kinds == {name for name, kind in KINDS.items() if kind.may_create}


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_likely_duplicate_is_shown_and_is_created_all_the_same(rep_client, rep, place):
    refuse_and_create(rep_client, rep, place, "all the same", place.button)


def test_a_likely_duplicate_is_shown_in_norwegian(rep_client, rep):
    rep_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "nb"
    [place] = [place for place in PLACES if place.page == "competitor_add"]

    refuse_and_create(rep_client, rep, place, "likevel", "Legg til konkurrent")


def refuse_and_create(client, rep, place, all_the_same, button):
    kind = place.creates[place.picker]
    there, typed = NAMED[kind]
    known = FACTORIES[kind](name=there)
    where, action = addresses(place, rep)
    page = client.get(where)
    assert pickers_that_create(page, action) == place.creates
    more = {"reason": str(reason("out_sold").pk)} if place.page == "close" else place.entries

    with unchanged():
        entries = {place.picker: "new", f"{place.picker}-find": typed}
        answer = Form(page, action).press(client, button, **entries, **more)

    offered = answers_of(answer, place.picker)
    assert (answer.status_code, str(known.pk) in offered) == (422, True)
    assert all_the_same in offered["new"]
    again = Form(answer, action).press(client, button, **{place.picker: "new"})
    assert again.status_code == 303
    assert set(MODELS[kind].objects.filter(name__in=[there, typed]).values_list("name", flat=True)) == {there, typed}


def addresses(place, rep):
    """The address of the page, and the one that its form posts to."""
    rows = {
        "opportunity": lambda: opportunity_in(QUALIFY, owner=rep, account=None, contact=None).pk,
        "account": lambda: AccountFactory().pk,
        "contact": lambda: ContactFactory(account=None).pk,
    }
    of = [rows[place.of]()] if place.of else []
    page = reverse(place.page, args=of)
    if place.page == "close":
        return f"{page}?outcome=lost", reverse("close_as_lost", args=of)
    return page, reverse(place.action, args=of) if place.action else page


def pickers_that_create(response, action):
    """The pickers of the form that may create, each with its kind."""
    form = response.content.decode().partition(f'action="{action}"')[2].partition("</form>")[0]
    return {name: kind for kind, name in re.findall(r'hx-get="/pick/(\w+)/\?name=([\w-]+)[^"]*create=1', form)}


def answers_of(response, picker):
    """The answers of a picker: the text of each, by its value."""
    found = re.findall(
        rf'name="{picker}"\s+value="(\w+)"[^>]*>\s*<span>(.*?)</span>', response.content.decode(), re.DOTALL
    )
    return {value: re.sub("<[^>]+>", " ", label) for value, label in found}
