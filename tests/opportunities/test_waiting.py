"""Of many requests to managers that wait, My day shows the oldest and counts all."""

import datetime
import re
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.models import CloseRequest, WaiverRequest
from opportunities.pipeline.waiting import ROWS, oldest_of
from salesflow.users.models import User
from tests.support.factories import DEVELOP, NOW, OpportunityFactory, ask, opportunity_in
from tests.support.moves import ask_for_waiver

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)
CLOSE_ROW, WAIVER_ROW = 'class="end row-acts"', 'class="end request-acts"'


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW + 60 * MINUTE, tick=False):
        yield


def to_close(rep, minute):
    ask(OpportunityFactory(owner=rep, name=f"Number {minute}"), at=NOW + minute * MINUTE)


def to_waive(rep, minute):
    opportunity = opportunity_in(DEVELOP, owner=rep, name=f"Number {minute}")
    ask_for_waiver(opportunity, "customer_need", at=NOW + minute * MINUTE)


@pytest.mark.parametrize(
    ("ask_for", "title", "row"),
    [(to_close, "Asked of a manager", CLOSE_ROW), (to_waive, "Asked to waive a step", WAIVER_ROW)],
)
def test_the_oldest_requests_are_shown_and_all_are_counted(rep, manager, client_of, ask_for, title, row):
    for minute in reversed(range(ROWS)):
        ask_for(rep, minute)
    every = client_of(manager).get("/").content.decode()
    ask_for(rep, ROWS)

    some = client_of(manager).get("/").content.decode()

    for page, count in ((every, ROWS), (some, ROWS + 1)):
        assert re.search(rf'{title}</h2>\s*<span class="count">{count}<', page)
        assert page.count(row) == ROWS
        assert ("Those that have waited longest." in page) is (count > ROWS)
    shown = re.findall(r"<li>\s*<span class=\"row-what\">\s*<a [^>]*>(.*?)</a>", unescape(some))
    assert shown == [f"Number {minute}" for minute in range(ROWS)]


@pytest.mark.parametrize(("ask_for", "model"), [(to_close, CloseRequest), (to_waive, WaiverRequest)])
def test_more_requests_than_rows_are_counted_by_the_same_query(rep, manager, ask_for, model):
    reader = User.objects.get(pk=manager.pk)
    assert reader.sees_everything
    for minute in range(ROWS):
        ask_for(rep, minute)
    with CaptureQueriesContext(connection) as few:
        oldest_of(model.objects.all(), reader)
    ask_for(rep, ROWS)

    with CaptureQueriesContext(connection) as more:
        found = oldest_of(model.objects.all(), reader)

    assert (len(few), len(more)) == (1, 1)
    assert (found.count, len(found.rows), found.shows_some) == (ROWS + 1, ROWS, True)
