"""Conversion, on cases with known answers: who entered, how far they got, why some were lost, and how long it took."""

import datetime
from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.models import Opportunity
from opportunities.reports import conversion
from opportunities.reports.tables import Days, Scope
from stages.models import Process
from tests.support.behind_figures import listed, scope_of
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    HOUR,
    NOW,
    PROPOSE,
    QUALIFY,
    TODAY,
    OpportunityFactory,
    add_process,
    change_stage,
    fill,
    lose,
    lost_opportunity,
    opportunity_in,
    reason,
    reread,
    stage,
    won_opportunity,
)
from tests.support.figures import assert_lists_agree, table

pytestmark = pytest.mark.django_db


def shipped():
    return Process.objects.get(is_default=True)


def tables_for(reader, *, process=None, first=TODAY - 60 * DAY, last=TODAY):
    return conversion.tables(scope_of(reader, Days(first, last), process=process))


def lose_early(opportunity, at=NOW, **more):
    """Closes it as lost in the stage where it is, with what is missing waived, by a manager."""
    return lose(reread(opportunity), at=at, waive_because="It died early.", **more)


@pytest.fixture
def deals(rep, manager):
    """Six that entered in the period, and one before it."""
    OpportunityFactory(owner=rep)
    opportunity_in(DEVELOP, owner=rep)
    opportunity_in(PROPOSE, owner=rep)
    won_opportunity(owner=rep)
    lost_opportunity(owner=rep)
    lose_early(opportunity_in(DEVELOP, owner=rep), by=manager, reason=reason("price"))
    won_opportunity(owner=rep, at=NOW - 90 * DAY)


def test_each_stage_counts_those_that_got_at_least_so_far(deals, rep):
    found = table(tables_for(rep), "conversion")

    percent = [Decimal(text) for text in ("100.0", "83.3", "50.0", "33.3")]
    assert found == {
        QUALIFY: [6, percent[0], None, 1, 0, 0],
        DEVELOP: [5, percent[1], percent[1], 1, 0, 1],
        PROPOSE: [3, percent[2], Decimal("60.0"), 1, 0, 0],
        CLOSE: [2, percent[3], Decimal("66.7"), 0, 1, 1],
        "total": [6, Decimal("16.7"), None, 3, 1, 2],
    }


def test_every_figure_is_that_of_the_list_behind_it(deals, rep, manager):
    assert_lists_agree(tables_for(rep), rep)
    assert_lists_agree(tables_for(manager), manager)


def test_between_two_stages_it_says_how_many_went_on_and_how_many_were_lost(deals, rep):
    rows = tables_for(rep)[0].rows

    assert [row.between for row in rows] == [
        "83 % went on to Develop · 0 lost",
        "60 % went on to Propose · 1 lost",
        "67 % went on to Close · 0 lost",
        "",
    ]


def test_reasons_of_lost_are_counted_by_the_stage(deals, rep):
    assert table(tables_for(rep), "lost") == {
        "Price": [0, 1, 0, 0, 1],
        "Canceled": [0, 0, 0, 1, 1],
        "total": [0, 1, 0, 1, 2],
    }


def test_a_skipped_stage_counts_as_reached(rep):
    opportunity = fill(OpportunityFactory(owner=rep), QUALIFY, DEVELOP)
    transitions.jump(opportunity=opportunity, by=rep, at=NOW, to_stage=stage(PROPOSE))

    assert [row[0] for row in table(tables_for(rep), "conversion").values()] == [1, 1, 1, 0, 1]


def test_back_and_forth_counts_once_and_in_the_stage_where_it_is(rep):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    transitions.go_back(opportunity=opportunity, by=rep, at=NOW, to_stage=stage(QUALIFY))
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW)
    transitions.go_back(opportunity=reread(opportunity), by=rep, at=NOW)

    found = table(tables_for(rep), "conversion")

    assert [row[0] for row in found.values()] == [1, 1, 1, 0, 1]
    assert [row[3] for row in found.values()] == [1, 0, 0, 0, 1]


def test_a_reopened_deal_counts_by_its_closing_in_force_only(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    lose_early(opportunity, by=manager)
    transitions.reopen(opportunity=reread(opportunity), by=rep, at=NOW, reason="They called.", to_stage=stage(QUALIFY))
    assert table(tables_for(rep), "conversion")["total"] == [1, 0, None, 1, 0, 0]

    lose_early(opportunity, by=manager)

    assert [row[5] for row in table(tables_for(rep), "conversion").values()] == [1, 0, 0, 0, 1]


def test_the_period_is_of_days_of_the_organisation(rep):
    before_midnight = datetime.datetime(2026, 3, 1, 22, 59, tzinfo=datetime.UTC)  # 23:59 in Oslo
    OpportunityFactory(owner=rep, at=before_midnight)
    OpportunityFactory(owner=rep, at=before_midnight + HOUR)

    on_the_first = tables_for(rep, first=TODAY - DAY, last=TODAY - DAY)
    on_the_second = tables_for(rep, first=TODAY, last=TODAY)

    for found in (on_the_first, on_the_second):
        assert found[0].total.figures[0].value == 1
        assert_lists_agree(found, rep)


def test_the_deals_of_another_process_are_not_counted(rep):
    process = add_process("Renewal", "Ask", "Sign")
    OpportunityFactory(owner=rep, process=process)
    OpportunityFactory(owner=rep)

    assert table(tables_for(rep, process=process), "conversion")["total"][0] == 1
    assert_lists_agree(tables_for(rep, process=process), rep)


def test_an_archived_stage_is_shown_while_a_deal_is_in_it(rep):
    opportunity_in(DEVELOP, owner=rep)
    change_stage(DEVELOP, PROPOSE, is_archived=True)

    rows = tables_for(rep)[0].rows

    assert [(row.label, row.note) for row in rows] == [(QUALIFY, ""), (DEVELOP, "Archived"), (CLOSE, "")]


def test_days_leave_out_holds_and_add_up_all_stays(rep):
    opportunity = fill(OpportunityFactory(owner=rep, at=NOW - 20 * DAY), QUALIFY, at=NOW - 20 * DAY)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW - 19 * DAY, reason="They reorganise.")
    transitions.resume(opportunity=reread(opportunity), by=rep, at=NOW - 15 * DAY)
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW - 14 * DAY)
    transitions.go_back(opportunity=reread(opportunity), by=rep, at=NOW - 10 * DAY)
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW - 9 * DAY - 12 * HOUR)

    found = table(tables_for(rep), "days")

    assert found[QUALIFY] == [Decimal("2.5"), Decimal("2.5")]
    assert found[DEVELOP] == [None, None]


def test_the_median_is_the_mean_of_two_and_the_90th_percentile_the_nearest_rank(rep):
    for days in (1, 2, 3, 10):
        opportunity = fill(OpportunityFactory(owner=rep, at=NOW - 20 * DAY), QUALIFY, at=NOW - 20 * DAY)
        transitions.advance(opportunity=opportunity, by=rep, at=NOW - 20 * DAY + days * DAY)

    assert table(tables_for(rep), "days")[QUALIFY] == [Decimal("2.5"), Decimal("10.0")]


def test_nothing_entered_is_a_table_of_zeros_without_rates(rep):
    found = tables_for(rep)

    assert table(found, "conversion")[QUALIFY] == [0, None, None, 0, 0, 0]
    assert found[1].rows == [] and str(found[1].empty) == "None of these deals was lost."


def test_without_a_process_there_is_no_table(rep):
    days = Days(TODAY, TODAY)
    assert conversion.tables(Scope(Opportunity.objects.all(), None, days, TODAY, rep)) == []


@pytest.mark.sweep
def test_the_report_runs_as_many_queries_for_many_deals(rep, django_assert_max_num_queries):
    for _ in range(3):
        won_opportunity(owner=rep)
        lost_opportunity(owner=rep)

    scope = scope_of(rep, Days(TODAY - 60 * DAY, TODAY))
    assert scope.reader.has_role

    with django_assert_max_num_queries(4):
        conversion.tables(scope)


def test_the_list_of_those_that_reached_a_stage_shows_every_status(deals, rep):
    found = listed(rep, {"reached": str(stage(DEVELOP).pk)})

    assert found.totals.count == 6
