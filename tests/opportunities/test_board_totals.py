"""The head of each lane has the totals of the list of its stage, to the cent, for random filters and data."""

import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities.models import Opportunity, write_guard
from opportunities.pipeline.board.filters import BoardFilter
from opportunities.pipeline.board.lanes import Board
from opportunities.pipeline.filters import OpportunityFilter
from salesflow.users.models import User
from tests.support import factories
from tests.support.factories import CLOSE, DEVELOP, PROPOSE, QUALIFY, opportunity_in, stage, won_opportunity

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("cast")]

STAGES = (QUALIFY, DEVELOP, PROPOSE, CLOSE)
CENTS = st.one_of(st.none(), st.integers(0, 10**13), st.integers(0, 300))
ROWS = st.lists(
    st.tuples(
        st.integers(0, len(STAGES)),  # the last is a closed one
        CENTS,
        st.one_of(st.none(), st.integers(0, 100)),
        st.sampled_from(["rep", "colleague"]),
        st.sampled_from(["hot", "warm", "cold"]),
        st.one_of(st.none(), st.integers(-40, 40)),  # the close date in days from today
        st.booleans(),  # whether it is ready
    ),
    max_size=25,
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(["fleet", "copy", "nowhere"]),
        "owner": st.sampled_from(["me", "disabled"]),
        "rating": st.sampled_from(["hot", "cold"]),
        "ready": st.sampled_from(["1", "0"]),
        "closing": st.sampled_from(["past", "month"]),
        "due": st.just("none"),
        "revenue_from": st.sampled_from(["1", "2.50"]),
        "sort": st.sampled_from(["name", "-revenue", "account", "owner", "age"]),
    },
)


@pytest.fixture(scope="module")
def samples(cast):
    """An opportunity in each stage and a closed one, which are copied."""
    return [
        *(opportunity_in(name, owner=cast["rep"], name="Fleet") for name in STAGES),
        won_opportunity(owner=cast["rep"]),
    ]


def add(samples, rows):
    people = {user.username: user for user in User.objects.filter(username__in=["rep", "colleague"])}
    today, made = timezone.localdate(), []
    for place, cents, probability, owner, rating, days, is_ready in rows:
        (each,) = factories.copies_of(samples[place], 1)
        each.estimated_revenue = None if cents is None else Decimal(cents) / 100
        each.probability, each.owner, each.rating, each.is_ready = probability, people[owner], rating, is_ready
        each.estimated_close_date = None if days is None else today + datetime.timedelta(days=days)
        made.append(each)
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(made)


@given(rows=ROWS, filters=FILTERS, who=st.sampled_from(["rep", "colleague", "manager"]))
@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_the_lanes_have_the_totals_of_the_list(samples, rows, filters, who):
    with transaction.atomic():
        add(samples, rows)
        request = SimpleNamespace(user=User.objects.get(username=who))
        board = Board(BoardFilter(QueryDict(urlencode(filters)), request=request))
        lanes = {lane.stage.pk: lane for lane in board.lanes}

        whole = OpportunityFilter(QueryDict(urlencode(filters)), request=request).totals
        for name in STAGES:
            query = QueryDict(urlencode({**filters, "stage": stage(name).pk}))
            listed = OpportunityFilter(query, request=request)

            lane = lanes[stage(name).pk]
            assert lane.sums == listed.totals
            assert [card.pk for card in lane.cards] == [row.pk for row in listed.rows]
        assert board.total == whole
        transaction.set_rollback(True)
