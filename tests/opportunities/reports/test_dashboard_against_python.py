"""The overview of random opportunities is what plain Python counts, and the list behind each figure agrees."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from opportunities.models import Closing, ProcessInstance
from opportunities.reports.tables import Days
from tests.support import report_rows
from tests.support.arithmetic import mean, percent, revenue_of, total, weighted_of, weighted_total, won_revenue_of
from tests.support.behind_figures import period_of, scope_of
from tests.support.overview import overview
from tests.support.report_rows import NOW, TODAY, localdate

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

MARCH = Days(datetime.date(2026, 3, 1), datetime.date(2026, 3, 31))
BEFORE_MARCH = Days(datetime.date(2026, 2, 1), datetime.date(2026, 2, 2))  # today is the 2 March
QUARTER = Days(datetime.date(2026, 1, 1), datetime.date(2026, 3, 31))
BEFORE_QUARTER = Days(datetime.date(2025, 10, 1), datetime.date(2025, 12, 2))
WON_IN = {"Won this month": (MARCH, BEFORE_MARCH), "Won this quarter": (QUARTER, BEFORE_QUARTER)}
MOVES = {"started", "advanced", "jumped", "went_back", "reopened"}
PERIODS = st.tuples(st.integers(0, 500), st.integers(0, 500))  # days before today, and how many days


@report_rows.SOME_SETS
@given(lives=report_rows.LIVES, who=st.sampled_from(["rep", "manager"]), period=PERIODS)
def test_the_overview_is_what_python_counts(world, cast, lives, who, period):
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        report_rows.add(world, lives)
        days = period_of(*period)

        assert overview(cast[who], days) == plain(scope_of(cast[who], days))
        transaction.set_rollback(True)


def plain(scope):
    """The same figures, counted row by row."""
    deals = list(scope.opportunities.select_related("active_stage"))
    still_open = [deal for deal in deals if deal.status == "open"]
    days = scope.period, scope.period.before_as_far(TODAY)
    both = [[deal for deal in deals if is_closed_in(deal, each)] for each in days]
    won = {label: [won_in(deals, each) for each in days] for label, days in WON_IN.items()}
    then = [None, None, None] if scope.period.first > TODAY else open_then(deals, scope.period.first)
    values = {
        ("opportunities", "Open"): [len(still_open), then[0]],
        **{("opportunities", label): [len(each) for each in both] for label, both in won.items()},
        ("revenue", "Open, estimated"): [revenue_of(still_open), then[1]],
        ("revenue", "Open, weighted"): [weighted_of(still_open), then[2]],
        **{("revenue", label): [won_revenue_of(each) for each in both] for label, both in won.items()},
        ("rate", "Win rate"): [rate(closed) for closed in both],
        ("cycle", "Average cycle"): [cycle(closed) for closed in both],
    }
    return {key: changed(*pair) for key, pair in values.items()}


def is_closed_in(deal, days):
    return deal.closed_on is not None and days.first <= deal.closed_on <= days.last


def won_in(deals, days):
    return [deal for deal in deals if deal.status == "won" and is_closed_in(deal, days)]


def open_then(deals, day):
    """How many were open at the midnight with which the day begins, and what they were expected to bring."""
    replayed = [worth_at(deal, day) for deal in deals if was_open(deal, day)]
    return [len(replayed), total(revenue for revenue, _share in replayed), weighted_total(replayed)]


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


def was_open(deal, day):
    closings = Closing.objects.filter(opportunity=deal)
    return localdate(deal.created_at) < day and not any(
        localdate(each.at) < day and (each.reopened_at is None or localdate(each.reopened_at) >= day)
        for each in closings
    )


def rate(closed):
    return percent(sum(deal.status == "won" for deal in closed), len(closed))


def cycle(closed):
    started = {row.opportunity_id: row.started_at for row in ProcessInstance.objects.filter(is_primary=True)}
    won = [deal for deal in closed if deal.status == "won"]
    return mean([max((deal.closed_on - localdate(started[deal.pk])).days, 0) for deal in won])


def changed(now, before):
    return [now, before, None if now is None or before is None else now - before]
