"""The totals of the list, those of the funnel with the same filter, and a plain sum are the same to the cent."""

import copy
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities.models import Opportunity, write_guard
from opportunities.pipeline.filters import OpportunityFilter
from opportunities.reports import pipeline_now
from opportunities.reports.filter import ReportFilter
from opportunities.reports.tables import Scope
from salesflow.users.models import User
from stages.models import Process, Stage
from tests.support.factories import AccountFactory, OpportunityFactory, add_team_member, won_opportunity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

CENT = Decimal("0.01")
ROWS = 12


@pytest.fixture(scope="module")
def opportunities(cast):
    """Open ones of two people, and a won one, each with an account."""
    rep, colleague = cast["rep"], cast["colleague"]
    first = OpportunityFactory(owner=rep, name="Fleet", account=AccountFactory(name="Ærlig Skip", industry="Shipping"))
    copies = [copy.copy(first) for _ in range(ROWS)]
    for number, each in enumerate(copies):
        each.pk, each.name, each.found_by = None, f"Deal {number}", f"deal {number} aerlig skip"
        each.owner = [rep, colleague][number % 2]
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(copies)
    add_team_member(OpportunityFactory(owner=colleague, name="Deal of a team"), user=rep)
    won_opportunity(owner=rep, name="Won")


DEALS = st.lists(
    st.tuples(
        st.none() | st.decimals(0, 999_999_999, places=2),
        st.none() | st.integers(0, 100),
        st.sampled_from(Opportunity.Rating.values),
        st.integers(0, 3),
    ),
    min_size=ROWS,
    max_size=ROWS,
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "owner": st.just("me"),
        "member": st.just("me"),
        "q": st.sampled_from(["deal", "deal 1", "ærlig", "skip fleet", "nothing"]),
        "rating": st.sampled_from(Opportunity.Rating.values),
        "revenue_from": st.integers(0, 10**9).map(str),
        "revenue_to": st.integers(0, 10**9).map(str),
        "ready": st.sampled_from("01"),
        "due": st.sampled_from(["none", "overdue"]),
        "industry": st.just("Shipping"),
        "hold": st.just("0"),
    },
)


def change(deals):
    """Gives the open opportunities these amounts, probabilities, ratings and stages."""
    stages = list(Stage.objects.order_by("order"))
    rows = list(Opportunity.objects.open().order_by("pk"))
    for row, (revenue, probability, rating, stage) in zip(rows, deals, strict=False):
        row.estimated_revenue, row.probability, row.rating, row.active_stage = (
            revenue,
            probability,
            rating,
            stages[stage],
        )
    with write_guard.guarded_every():
        Opportunity.objects.bulk_update(rows, ["estimated_revenue", "probability", "rating", "active_stage"])


def plain(rows):
    """The totals of rows, added up one by one."""
    shares = dict(Stage.objects.values_list("pk", "probability"))
    revenue = sum((row.estimated_revenue or Decimal(0) for row in rows), Decimal(0))
    share = {row.pk: shares[row.active_stage_id] if row.probability is None else row.probability for row in rows}
    weighted = sum(((row.estimated_revenue or Decimal(0)) * share[row.pk] for row in rows), Decimal(0))
    return len(rows), revenue.quantize(CENT), (weighted / 100).quantize(CENT, ROUND_HALF_UP)


def figures(total):
    return total.count, total.revenue, total.weighted


@pytest.mark.machine
@pytest.mark.parametrize("who", ["rep", "manager"])
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deals=DEALS, asked=QUERIES)
def test_list_and_funnel_have_the_same_totals(opportunities, who, deals, asked):
    change(deals)
    request = RequestFactory().get("/")
    request.user = User.objects.get(username=who)
    query = QueryDict(mutable=True)
    query.update(asked)

    listed = OpportunityFilter(query, request=request)
    query.setdefault("owner", "all")  # a salesperson's report begins with the own
    counted = ReportFilter(query, request=request)
    scope = Scope(counted.rows, Process.objects.get(), counted.period, counted.about.today, request.user)
    of_stages = next(table for table in pipeline_now.tables(scope) if table.key == "stages")

    rows = list(listed.rows)
    assert figures(listed.totals) == plain(rows)
    assert tuple(figure.value for figure in of_stages.total.figures[:3]) == plain(rows)
    assert len({row.pk for row in rows}) == len(rows)
