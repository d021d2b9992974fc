"""The page of an opportunity that has everything at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support import factories
from tests.support.factories import CLOSE, opportunity_in, reread
from tests.support.moves import ask_for_waiver, hold, waive

pytestmark = pytest.mark.django_db

TABS = ("stakeholders", "competitors", "team", "notes", "tasks", "files", "timeline")


@pytest.fixture
def opportunity(rep, manager):
    """In Close and on hold, with a waiver, requests, and rows in every table that a page shows."""
    opportunity = opportunity_in(CLOSE, owner=rep)
    waive(opportunity, "thank_you_sent", by=manager)
    ask_for_waiver(reread(opportunity), "debrief_filed")
    add_rows(opportunity)
    factories.file_debrief(opportunity)
    factories.ask(opportunity)
    hold(reread(opportunity))
    return reread(opportunity)


def add_rows(opportunity):
    for _ in range(3):
        file = factories.upload(opportunity)
        factories.present(opportunity, file=file, kind="final_proposal")
        factories.write_note(opportunity)
        factories.write_mail(opportunity)
        factories.plan(opportunity)
        factories.add_stakeholder(opportunity)
        factories.add_competitor(opportunity)
        factories.add_team_member(opportunity, user=factories.UserFactory())


@pytest.mark.sweep
def test_a_page_with_everything_makes_at_most_15_queries_and_as_many_for_more_rows(rep, opportunity, client_of):
    client = client_of(rep)

    def queries():
        counts = {}
        for tab in TABS:
            with CaptureQueriesContext(connection) as counted:
                assert client.get(opportunity.get_absolute_url(), {"tab": tab}).status_code == 200
            counts[tab] = len(counted)
        return counts

    few = queries()
    add_rows(opportunity)

    assert queries() == few
    assert max(few.values()) <= 15, few
