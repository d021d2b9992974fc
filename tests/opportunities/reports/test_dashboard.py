"""The overview of a few opportunities, by hand."""

import datetime
from decimal import Decimal

import pytest
import time_machine

from opportunities import transitions
from opportunities.reports.tables import Days
from tests.support.arithmetic import to_cents
from tests.support.factories import (
    DAY,
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
from tests.support.overview import overview

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

QUARTER = Days(datetime.date(2026, 1, 1), datetime.date(2026, 3, 31))


def won(owner, day, revenue, began=None):
    """Won on that day, after a start at the moment `began`."""
    opportunity = finished_opportunity(owner=owner, at=began or NOW - 60 * DAY)
    return win(opportunity, at=NOW, closed_on=day, actual_revenue=Decimal(revenue))


def test_what_was_won_is_beside_the_same_days_of_the_month_and_the_quarter_before(rep, manager):
    """Today is the 2 March."""
    with time_machine.travel(NOW, tick=False):
        won(rep, TODAY, "100.10")
        won(rep, datetime.date(2026, 2, 2), 30)
        won(rep, datetime.date(2026, 2, 3), 4)
        won(rep, datetime.date(2025, 12, 2), 1000)
        won(rep, datetime.date(2025, 12, 3), 70)

        found = overview(manager, QUARTER)

    assert found["revenue", "Won this month"] == [Decimal("100.10"), Decimal(30), Decimal("70.10")]
    assert found["revenue", "Won this quarter"] == [Decimal("134.10"), Decimal(1000), Decimal("-865.90")]
    assert found["opportunities", "Won this month"] == [1, 1, 0]
    assert found["opportunities", "Won this quarter"] == [3, 1, 2]


def test_each_comparison_says_which_days_it_has(client_of, manager, rep):
    with time_machine.travel(NOW, tick=False):
        won(rep, TODAY, 1)
        page = client_of(manager).get("/reports/")

    rows = [row.row for table in page.context["tables"] for row in table.rows]
    assert {str(row.label): row.note for row in rows if row.note} == {
        "Won this month": "Before: 1 Feb 2026 – 2 Feb 2026",
        "Won this quarter": "Before: 1 Oct 2025 – 2 Dec 2025",
        "Win rate": "Before: 1 Oct 2025 – 2 Dec 2025",
        "Average cycle": "Before: 1 Oct 2025 – 2 Dec 2025",
    }


@pytest.mark.parametrize(
    ("period", "today", "before"),
    [
        ("2026-03-01 2026-03-31", "2026-03-10", "2026-02-01 2026-02-10"),
        ("2026-03-01 2026-03-31", "2026-03-30", "2026-02-01 2026-02-28"),
        ("2026-02-01 2026-02-28", "2026-02-28", "2026-01-01 2026-01-31"),
        ("2026-01-01 2026-03-31", "2026-02-14", "2025-10-01 2025-11-14"),
        ("2026-01-01 2026-12-31", "2026-03-02", "2025-01-01 2025-03-02"),
        ("2026-03-01 2026-03-31", "2026-04-01", "2026-02-01 2026-02-28"),
        ("2026-03-01 2026-03-31", "2026-02-01", "2026-02-01 2026-02-28"),
        ("2026-02-10 2026-02-19", "2026-02-12", "2026-01-31 2026-02-02"),
        ("2026-02-10 2026-02-19", "2026-02-19", "2026-01-31 2026-02-09"),
    ],
)
def test_a_period_that_goes_on_is_compared_with_the_same_days_of_the_one_before(period, today, before):
    day = datetime.date.fromisoformat
    assert Days(*map(day, period.split())).before_as_far(day(today)) == Days(*map(day, before.split()))


def test_the_rate_is_that_of_the_period_with_the_change_in_points(rep, manager):
    with time_machine.travel(NOW, tick=False):
        won(rep, TODAY, 1)
        lost_opportunity(owner=rep)
        lost_opportunity(owner=rep)
        lose(finished_opportunity(owner=rep, at=NOW - 99 * DAY), closed_on=datetime.date(2025, 12, 1))
        won(rep, datetime.date(2025, 12, 31), 1)  # after the same days of the quarter before

        assert overview(manager, QUARTER)["rate", "Win rate"] == [Decimal("33.3"), Decimal("0.0"), Decimal("33.3")]


def test_the_cycle_is_the_mean_of_days_from_start_to_close(rep, manager):
    with time_machine.travel(NOW, tick=False):
        won(rep, TODAY, 1, began=NOW - 10 * DAY)
        won(rep, TODAY - DAY, 1, began=NOW - 22 * DAY)
        won(rep, datetime.date(2025, 12, 1), 1, began=NOW)  # closed before it was entered

        assert overview(manager, QUARTER)["cycle", "Average cycle"] == [
            Decimal("15.5"),
            Decimal("0.0"),
            Decimal("15.5"),
        ]


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

        found = overview(manager, QUARTER)

    assert found["opportunities", "Open"] == [3, 2, 1]


def test_open_before_is_weighted_with_the_stage_and_the_probability_of_then(rep, manager):
    began = datetime.datetime(2025, 12, 31, 12, 0, tzinfo=datetime.UTC)
    with time_machine.travel(NOW, tick=False):
        moved = ready_opportunity(QUALIFY, owner=rep, at=began, estimated_revenue=Decimal("100.10"))
        transitions.advance(opportunity=moved, by=rep, at=NOW)
        sure = OpportunityFactory(owner=rep, at=began, estimated_revenue=Decimal(10), probability=50)
        edit(sure, at=NOW, estimated_revenue=Decimal(1000), probability=None)

        found = overview(manager, QUARTER)

    of_qualify, of_develop = (stage(name).probability for name in (QUALIFY, DEVELOP))
    assert found["revenue", "Open, estimated"] == [Decimal("1100.10"), Decimal("110.10"), Decimal(990)]
    now = Decimal("100.10") * of_develop + Decimal(1000) * of_qualify
    before = Decimal("100.10") * of_qualify + Decimal(10) * 50
    assert found["revenue", "Open, weighted"][:2] == [to_cents(now / 100), to_cents(before / 100)]


def test_what_is_not_known_is_left_empty(rep, manager):
    found = overview(manager, Days(TODAY + DAY, TODAY + 40 * DAY))

    assert found["rate", "Win rate"] == found["cycle", "Average cycle"] == [None, None, None]
    assert found["opportunities", "Open"][1:] == [None, None]


def test_a_rep_sees_the_own_figures(rep, colleague):
    OpportunityFactory(owner=rep, estimated_revenue=Decimal(10))
    OpportunityFactory(owner=colleague, estimated_revenue=Decimal(500))

    assert overview(rep, QUARTER)["revenue", "Open, estimated"] == [Decimal(10), Decimal(0), Decimal(10)]
