"""The pages of an opportunity that has everything at once."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.editing.children import CHILDREN
from opportunities.models import Event, Opportunity, write_guard
from salesflow.users.models import COLLEAGUE, SALES_MANAGER, SALESPERSON
from tests.support import addresses, factories
from tests.support.factories import CLOSE, HOUR, NOW, opportunity_in, reread
from tests.support.moves import ask_for_waiver, hold, waive

pytestmark = pytest.mark.django_db

SECOND = datetime.timedelta(seconds=1)

FORMS_OF_ROWS = {f"{table}_{act}" for table in CHILDREN for act in ("add", "edit", "remove")} - {"debrief_add"}
FORMS_OF_ROWS |= {"note_pin", "attachment_version", "mail_write", "mail_write_for", "next_step_plan", "stakeholder_map"}


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


def add_rows(opportunity, numbers=range(3)):
    """Rows of each table, each hour one."""
    for hours in numbers:
        then = {"at": NOW + hours * HOUR}
        file = factories.upload(opportunity, **then)
        factories.present(opportunity, file=file, kind="final_proposal", **then)
        factories.write_note(opportunity, **then)
        factories.write_mail(opportunity, **then)
        factories.plan(opportunity, **then)
        factories.add_stakeholder(opportunity, **then)
        factories.add_competitor(opportunity, **then)
        factories.add_team_member(opportunity, user=factories.UserFactory(), **then)


def add_events(opportunity, count):
    """Events of the owner within a few minutes, past `editing`."""
    change = [{"field": "description", "old": "", "new": "Call"}]
    version, last = opportunity.version, opportunity.events.latest("version").at
    made = [
        Event(
            opportunity=opportunity,
            version=version + number,
            at=last + number * SECOND / 4,
            by=opportunity.owner,
            kind=Event.Kind.EDITED,
            changes=change,
        )
        for number in range(1, count + 1)
    ]
    with write_guard.guarded_every():
        Event.objects.bulk_create(made)
        Opportunity.objects.filter(pk=opportunity.pk).update(version=version + count)


@pytest.mark.sweep
def test_each_page_makes_at_most_15_queries_and_each_form_as_many_for_30_rows_as_for_3(rep, opportunity, client_of):
    """Of the pages that the owner is shown: tabs, stages, the forms of child rows, and all others."""
    client, paths = client_of(rep), list(addresses.opportunity_pages(opportunity))

    def queries(paths):
        counts = {}
        for path in paths:
            with CaptureQueriesContext(connection) as counted:
                if client.get(path).status_code == 200:
                    counts[path] = len(counted)
        return counts

    few = queries(path for path in paths if addresses.name_of(path) in FORMS_OF_ROWS)
    add_rows(opportunity, range(3, 30))
    many = queries(paths)

    assert {addresses.name_of(path) for path in few} == FORMS_OF_ROWS
    assert {path: many[path] for path in few} == few
    assert {path: count for path, count in many.items() if count > 15} == {}


@pytest.mark.sweep
@pytest.mark.parametrize(
    "person", [{"role": SALESPERSON}, {"role": SALES_MANAGER, "sees_all": False}, {"role": COLLEAGUE}]
)
def test_the_page_of_an_opportunity_makes_at_most_14_queries_for_a_member_of_its_team(opportunity, client_of, person):
    member = factories.UserFactory(**person)
    factories.add_team_member(opportunity, user=member)
    client = client_of(member)

    with CaptureQueriesContext(connection) as counted:
        assert client.get(opportunity.get_absolute_url()).status_code == 200

    assert len(counted) <= 14


@pytest.mark.sweep
def test_a_timeline_of_much_within_ten_minutes_takes_as_many_queries_for_1000_events_as_for_10(
    rep, opportunity, client_of
):
    client = client_of(rep)

    def queries():
        with CaptureQueriesContext(connection) as counted:
            assert client.get(opportunity.get_absolute_url()).status_code == 200
        return len(counted)

    add_events(opportunity, 10)
    few = queries()
    add_events(reread(opportunity), 990)

    assert queries() == few <= 14
