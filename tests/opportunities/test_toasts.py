"""The message about a move offers the way back, on the page of that opportunity only."""

import pytest

from opportunities.models import Event
from tests.support.db_assertions import digests
from tests.support.factories import DEVELOP, QUALIFY, OpportunityFactory, ready_opportunity, reread, stage
from tests.support.pages import drawn_for

pytestmark = pytest.mark.django_db

GO_BACK = ">Go back</button>"


def move_on(client, opportunity):
    answer = client.post(f"{opportunity.get_absolute_url()}advance/", drawn_for(opportunity))
    assert answer.status_code == 303


def test_the_page_after_a_move_names_the_stage_and_the_version(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(QUALIFY, owner=rep)
    move_on(client, opportunity)

    page = client.get(opportunity.get_absolute_url()).content.decode()

    moved = reread(opportunity)
    way_back = page[page.index("data-toast") : page.index(GO_BACK)]
    assert f'name="from_stage" value="{stage(DEVELOP).pk}"' in way_back
    assert f'name="page_version" value="{moved.version}"' in way_back
    assert f'name="to_stage" value="{stage(QUALIFY).pk}"' in way_back


def test_the_message_is_shown_once(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(QUALIFY, owner=rep)
    move_on(client, opportunity)
    client.get(opportunity.get_absolute_url())

    assert "data-toast" not in client.get(opportunity.get_absolute_url()).content.decode()


def test_the_page_of_another_opportunity_offers_no_way_back(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(QUALIFY, owner=rep)
    other = OpportunityFactory(owner=rep)
    move_on(client, opportunity)

    page = client.get(other.get_absolute_url()).content.decode()

    assert "Moved to Develop." in page
    assert GO_BACK not in page


def test_the_way_back_is_refused_when_the_opportunity_was_moved_since(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(QUALIFY, owner=rep)
    move_on(client, opportunity)
    drawn = drawn_for(reread(opportunity)) | {"to_stage": stage(QUALIFY).pk}
    assert client.post(f"{opportunity.get_absolute_url()}back/", drawn).status_code == 303
    before = digests()

    answer = client.post(f"{opportunity.get_absolute_url()}back/", drawn)

    assert answer.status_code == 409
    assert digests() == before
    assert opportunity.events.filter(kind=Event.Kind.WENT_BACK).count() == 1
