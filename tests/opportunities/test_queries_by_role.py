"""The main pages take the same number of queries for everybody, but for what a page only has for some.

docs/performance.md says which.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from salesflow.users.models import COLLEAGUE, SALES_MANAGER, SALESPERSON, Unit, User
from tests.support import factories
from tests.support.factories import DEVELOP, UnitFactory, UserFactory, opportunity_in

pytestmark = pytest.mark.django_db

OF_OTHERS = {"lead", "manager", "colleague"}
LEADS = {"lead", "manager"}
FEWEST = {"list": 9, "list, all": 9, "funnel": 9, "board": 8, "opportunity": 9, "my day": 7}
MORE = {
    **{page: [(1, OF_OTHERS, "the owners to choose from")] for page in ("list", "list, all", "board")},
    "funnel": [
        (1, OF_OTHERS, "the owners to choose from"),
        (1, LEADS, "the requests that wait"),
    ],
    "my day": [
        (1, {"rep"} | LEADS, "the open tasks of one's own opportunities"),
        (4, LEADS, "the requests that wait, with what each misses"),
        (3, LEADS, "the figures of each owner"),
    ],
}
"""How many queries more a page takes for some people, and for what."""


@pytest.fixture
def people():
    """A salesperson, the lead, a manager who sees all and a colleague. Those who may own have an opportunity."""
    unit = UnitFactory(name="Oslo", parent=UnitFactory(name="Norway"))
    for number in range(6):
        UnitFactory(name=f"Elsewhere {number}")  # for a lead of most units `access` reads no ids
    found = {
        "rep": UserFactory(role=SALESPERSON, unit=unit),
        "lead": UserFactory(role=SALES_MANAGER, sees_all=False),
        "manager": UserFactory(role=SALES_MANAGER, sees_all=True),
        "colleague": UserFactory(role=COLLEAGUE, unit=unit),
    }
    Unit.objects.filter(pk=unit.pk).update(lead=found["lead"])
    for name in ("rep", "lead", "manager"):
        make(found[name])
    return found


def make(owner):
    opportunity = opportunity_in(DEVELOP, owner=owner)
    factories.add_stakeholder(opportunity)
    factories.plan(opportunity)
    factories.ask(opportunity)
    return opportunity


@pytest.mark.sweep
def test_pages_take_as_many_queries_for_everybody_and_for_more_rows(people, client_of):
    rep = people["rep"]
    shown = make(rep)
    addresses = {"my day": "/", "list": "/opportunities/", "list, all": "/opportunities/?status=all"} | {
        "funnel": "/funnel/",
        "board": "/opportunities/board/",
        "opportunity": shown.get_absolute_url(),
    }

    def queries():
        counts = {}
        for name, user in people.items():
            client = client_of(User.objects.get(pk=user.pk))
            for page, address in addresses.items():
                client.get(address)  # fills the caches
                with CaptureQueriesContext(connection) as counted:
                    assert client.get(address).status_code == 200
                counts[page, name] = len(counted)
        return counts

    few = queries()
    for _ in range(3):
        make(UserFactory(role=SALESPERSON, unit=rep.unit))
        make(rep)

    assert queries() == few
    assert few == {
        (page, name): fewest + sum(more for more, who, _what in MORE.get(page, ()) if name in who)
        for page, fewest in FEWEST.items()
        for name in people
    }
    assert max(few.values()) <= 15
