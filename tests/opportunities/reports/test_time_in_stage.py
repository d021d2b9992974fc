"""What Time in stage says about the limits of the stages."""

import datetime
from decimal import Decimal

import pytest
import time_machine

from opportunities import transitions
from opportunities.reports import time_in_stage
from opportunities.reports.tables import Days
from tests.support.behind_figures import scope_of
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    TODAY,
    OpportunityFactory,
    change_stage,
    fill,
    opportunity_in,
    reread,
)
from tests.support.figures import assert_lists_agree, table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

PERIOD = Days(TODAY - 60 * DAY, TODAY)


@pytest.fixture(autouse=True)
def _on_that_day():
    with time_machine.travel(NOW, tick=False):
        yield


def tables(reader):
    return time_in_stage.tables(scope_of(reader, PERIOD))


def won_after_in_develop(time, owner):
    """An opportunity that was won, and was in Develop for this time."""
    started = NOW - 30 * DAY
    won = fill(OpportunityFactory(owner=owner, at=started), at=started)
    for at in (started, started + time, started + time):
        transitions.advance(opportunity=reread(won), by=owner, at=at)
    transitions.close_as_won(opportunity=reread(won), by=owner, at=NOW, actual_revenue=Decimal(1), closed_on=TODAY)


def test_a_part_of_a_day_that_won_deals_took_counts_as_a_whole_day(rep):
    change_stage(DEVELOP, target_days=None)
    won_after_in_develop(datetime.timedelta(days=3, hours=10), rep)
    for days in (4, 5):
        opportunity_in(DEVELOP, owner=rep, at=NOW - days * DAY)

    found = tables(rep)

    assert table(found, "too_long")[DEVELOP][:2] == [4, 1]
    assert_lists_agree(found, rep)


def test_whole_days_that_won_deals_took_are_the_limit(rep):
    change_stage(DEVELOP, target_days=None)
    won_after_in_develop(3 * DAY, rep)

    assert table(tables(rep), "too_long")[DEVELOP][0] == 3


def test_a_microsecond_more_than_whole_days_begins_another_day(rep):
    change_stage(DEVELOP, target_days=None)
    won_after_in_develop(3 * DAY + datetime.timedelta(microseconds=1), rep)

    assert table(tables(rep), "too_long")[DEVELOP][0] == 4


def test_the_median_of_two_times_is_half_of_their_sum_and_the_percentile_is_one_of_them(rep):
    for time in (2 * DAY, 3 * DAY + datetime.timedelta(hours=2, minutes=24)):  # 2 and 3.1 days
        won_after_in_develop(time, rep)

    assert table(tables(rep), "days")[DEVELOP][-2:] == [Decimal("2.6"), Decimal("3.1")]
