"""My day as a page, and the opportunities on it."""

import re
from html import unescape

from opportunities import transitions
from tests.support.factories import (
    NOW,
    OpportunityFactory,
    reread,
)

HTMX = {"HTTP_HX_REQUEST": "true"}


def planned(name, owner, due=None, **entries):
    return OpportunityFactory(name=name, owner=owner, next_step="Ring them", next_step_due=due, **entries)


def put_on_hold(opportunity):
    transitions.hold(opportunity=opportunity, by=opportunity.owner, at=NOW, reason="They reorganise.")
    return reread(opportunity)


def page_of(client, address="/"):
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ").split())


def words(markup):
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())
