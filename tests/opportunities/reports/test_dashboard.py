"""The overview of a few opportunities, by hand, and of random ones against plain Python."""

import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities import transitions
from opportunities.models import Closing, Opportunity, ProcessInstance
from opportunities.reports import dashboard
from opportunities.reports.tables import Days, Scope
from salesflow.users.models import User
from stages.models import Stage
from tests.support import report_rows
from tests.support.behind_figures import scope_of
from tests.support.examples import sweep_examples
from tests.support.factories import (
    DEVELOP,
    NOW,
    QUALIFY,
    TODAY,
    OpportunityFactory,
    edit,
    finished_opportunity,
    lose,
    lost_opportunity,
    ready_opportunity,
    reread,
    stage,
    win,
)
from tests.support.figures import listed, table, won_revenue
from tests.support.report_rows import World, localdate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

DAY = datetime.timedelta(days=1)
QUARTER = Days(datetime.date(2026, 1, 1), datetime.date(2026, 3, 31))
MOVES = {"started", "advanced", "jumped", "went_back", "reopened"}
PERIODS = st.tuples(st.integers(0, 500), st.integers(0, 500))  # days before today, and how many days


def report(reader, period=QUARTER):
    found = dashboard.tables(scope_of(reader, period))
    for each in found:
        for row in each.rows:
            assert_list_agrees(each.key, str(row.label), row.figures, reader)
    return {name: row for each in found for name, row in table(found, each.key).items()}


def assert_list_agrees(key, label, figures, reader):
    for figure in figures:
        if figure.filters is None:
            continue
        totals = listed(figure.filters, User.objects.get(pk=reader.pk)).totals
        amounts = {"Open, estimated": totals.revenue, "Open, weighted": totals.weighted}
        if key == "opportunities":
            assert figure.value == totals.count, label
        elif "change" not in figure.filters:  # the list has the amounts of now
            assert figure.value == amounts.get(label, won_revenue(figure.filters, reader)), label


def won(owner, day, revenue, began=None):
    """Won on that day, after a start at the moment `began`."""
    opportunity = finished_opportunity(owner=owner, at=began or NOW - 60 * DAY)
    return win(opportunity, at=NOW, closed_on=day, actual_revenue=Decimal(revenue))


def test_what_was_won_is_beside_the_month_and_the_quarter_before(rep, manager):
    with time_machine.travel(NOW, tick=False):
        won(rep, TODAY, "100.10")
        won(rep, datetime.date(2026, 2, 3), 30)
        won(rep, datetime.date(2026, 2, 28), 4)
        won(rep, datetime.date(2025, 12, 31), 1000)

        found = report(manager)

    assert found["Won this month"] == [Decimal("100.10"), Decimal(34), Decimal("66.10")]
    assert found["Won this quarter"] == [Decimal("134.10"), Decimal(1000), Decimal("-865.90")]


def test_the_rate_is_that_of_the_period_with_the_change_in_points(rep, manager):
    with time_machine.travel(NOW, tick=False):
        won(rep, TODAY, 1)
        lost_opportunity(owner=rep)
        lost_opportunity(owner=rep)
        lose(finished_opportunity(owner=rep, at=NOW - 99 * DAY), closed_on=datetime.date(2025, 12, 1))

        assert report(manager)["Win rate"] == [Decimal("33.3"), Decimal("0.0"), Decimal("33.3")]


def test_the_cycle_is_the_mean_of_days_from_start_to_close(rep, manager):
    with time_machine.travel(NOW, tick=False):
        won(rep, TODAY, 1, began=NOW - 10 * DAY)
        won(rep, TODAY - DAY, 1, began=NOW - 22 * DAY)
        won(rep, datetime.date(2025, 12, 31), 1, began=NOW)  # closed before it was entered

        assert report(manager)["Average cycle"] == [Decimal("15.5"), Decimal("0.0"), Decimal("15.5")]


def test_open_before_is_what_was_open_when_the_period_began(rep, manager):
    began = datetime.datetime(2025, 12, 31, 12, 0, tzinfo=datetime.UTC)
    with time_machine.travel(NOW, tick=False):
        OpportunityFactory(owner=rep, at=began)
        OpportunityFactory(owner=rep)
        closed_since = finished_opportunity(owner=rep, at=began)
        lose(closed_since)
        reopened = finished_opportunity(owner=rep, at=began)
        lose(reopened, at=began, closed_on=began.date())
        transitions.reopen(opportunity=reread(reopened), by=rep, at=NOW, reason="They called.")

        found = dashboard.tables(scope_of(manager, QUARTER))

    assert table(found, "opportunities")["Open"] == [3, 2, 1]


def test_open_before_is_weighted_with_the_stage_and_the_probability_of_then(rep, manager):
    began = datetime.datetime(2025, 12, 31, 12, 0, tzinfo=datetime.UTC)
    with time_machine.travel(NOW, tick=False):
        moved = ready_opportunity(QUALIFY, owner=rep, at=began, estimated_revenue=Decimal("100.10"))
        transitions.advance(opportunity=moved, by=rep, at=NOW)
        sure = OpportunityFactory(owner=rep, at=began, estimated_revenue=Decimal(10), probability=50)
        edit(sure, at=NOW, estimated_revenue=Decimal(1000), probability=None)

        found = report(manager)

    of_qualify, of_develop = (stage(name).probability for name in (QUALIFY, DEVELOP))
    assert found["Open, estimated"] == [Decimal("1100.10"), Decimal("110.10"), Decimal(990)]
    now = Decimal("100.10") * of_develop + Decimal(1000) * of_qualify
    before = Decimal("100.10") * of_qualify + Decimal(10) * 50
    assert found["Open, weighted"][:2] == [rounded(now / 100), rounded(before / 100)]


def rounded(amount):
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_what_is_not_known_is_left_empty(rep, manager):
    found = report(manager, Days(TODAY + DAY, TODAY + 40 * DAY))

    assert found["Win rate"] == found["Average cycle"] == [None, None, None]
    assert (
        table(dashboard.tables(scope_of(manager, Days(TODAY + DAY, TODAY + DAY))), "opportunities")["Open"][1] is None
    )


def test_a_rep_sees_the_own_figures(rep, colleague):
    OpportunityFactory(owner=rep, estimated_revenue=Decimal(10))
    OpportunityFactory(owner=colleague, estimated_revenue=Decimal(500))

    assert report(rep)["Open, estimated"] == [Decimal(10), Decimal(0), Decimal(10)]


@pytest.fixture(scope="module")
def world(cast):
    return World.made_for(cast)


@pytest.mark.machine
@settings(
    max_examples=sweep_examples(15),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(lives=report_rows.LIVES, who=st.sampled_from(["rep", "manager"]), period=PERIODS)
def test_the_overview_is_what_python_counts(world, lives, who, period):
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        report_rows.add(world, lives)
        reader = User.objects.get(username=who)
        first = TODAY - datetime.timedelta(days=period[0])
        days = Days(first, first + datetime.timedelta(days=period[1]))
        scope = Scope(Opportunity.objects.visible_to(reader), world.processes[0], days, TODAY, reader)

        found = report(reader, days)

        assert found == plain(scope)
        transaction.set_rollback(True)


def plain(scope):
    """The same figures, counted row by row."""
    deals = list(scope.opportunities.select_related("active_stage"))
    shares = dict(Stage.objects.values_list("pk", "probability"))
    both = [[deal for deal in deals if is_closed_in(deal, days)] for days in (scope.period, scope.period.before)]
    still_open = [deal for deal in deals if deal.status == "open"]
    revenues = [(deal.estimated_revenue or Decimal(0), share(deal, shares)) for deal in still_open]
    month, quarter = Days(TODAY.replace(day=1), datetime.date(2026, 3, 31)), QUARTER
    return {
        "Open": changed([len(still_open), open_at(deals, scope)]),
        "Won this month": changed([revenue_of(deals, days) for days in (month, month.before)]),
        "Won this quarter": changed([revenue_of(deals, days) for days in (quarter, quarter.before)]),
        **{label: changed(values) for label, values in open_amounts(deals, revenues, scope).items()},
        "Win rate": changed([rate(closed) for closed in both]),
        "Average cycle": changed([cycle(closed) for closed in both]),
    }


def share(deal, shares):
    return shares[deal.active_stage_id] if deal.probability is None else deal.probability


def is_closed_in(deal, days):
    return deal.closed_on is not None and days.first <= deal.closed_on <= days.last


def revenue_of(deals, days):
    found = [deal.actual_revenue for deal in deals if deal.status == "won" and is_closed_in(deal, days)]
    return sum(found, Decimal("0.00"))


def open_amounts(deals, revenues, scope):
    """What is open is expected to bring, and was when the period began: estimated and weighted."""
    then = [None, None]
    if scope.period.first <= TODAY:
        replayed = [worth_at(deal, scope.period.first) for deal in deals if was_open(deal, scope.period.first)]
        then = [plain_sum(replayed), weighted_sum(replayed)]
    return {
        "Open, estimated": [plain_sum(revenues), then[0]],
        "Open, weighted": [weighted_sum(revenues), then[1]],
    }


def plain_sum(revenues):
    return sum((revenue for revenue, _share in revenues), Decimal("0.00"))


def weighted_sum(revenues):
    weighted = sum((revenue * share for revenue, share in revenues), Decimal(0)) / 100
    return weighted.quantize(Decimal("0.01"), ROUND_HALF_UP)


def worth_at(deal, day):
    """The estimated revenue and the probability with which the day began, from the events before it."""
    values, stage = {}, None
    for event in deal.events.order_by("version"):
        if localdate(event.at) < day:
            values |= {change["field"]: change["new"] for change in event.changes}
            moved_to = event.to_stage if event.to_stage and event.kind in MOVES else None
            stage = moved_to if moved_to and moved_to.process_id == deal.active_stage.process_id else stage
    own = values.get("probability")
    return Decimal(values.get("estimated_revenue") or 0), stage.probability if own is None else own


def open_at(deals, scope):
    """How many were open at the midnight with which the period begins."""
    if scope.period.first > TODAY:
        return None
    return sum(was_open(deal, scope.period.first) for deal in deals)


def was_open(deal, day):
    closings = Closing.objects.filter(opportunity=deal)
    return localdate(deal.created_at) < day and not any(
        localdate(each.at) < day and (each.reopened_at is None or localdate(each.reopened_at) >= day)
        for each in closings
    )


def rate(closed):
    won = [deal for deal in closed if deal.status == "won"]
    return one_place(Decimal(100 * len(won)) / len(closed)) if closed else None


def cycle(closed):
    started = {row.opportunity_id: row.started_at for row in ProcessInstance.objects.filter(is_primary=True)}
    won = [deal for deal in closed if deal.status == "won"]
    took = [max((deal.closed_on - localdate(started[deal.pk])).days, 0) for deal in won]
    return one_place(Decimal(sum(took)) / len(took)) if took else None


def changed(values):
    now, before = values
    return [now, before, None if now is None or before is None else now - before]


def one_place(number):
    return number.quantize(Decimal("0.1"), ROUND_HALF_UP)
