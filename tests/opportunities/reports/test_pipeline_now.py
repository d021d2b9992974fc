"""Pipeline now and Time in stage, on cases with known answers."""

from decimal import Decimal

import pytest
import time_machine

from opportunities import transitions
from opportunities.models import Opportunity, write_guard
from opportunities.reports import pipeline_now, time_in_stage
from opportunities.reports.tables import Days, Scope
from stages import designing
from stages.models import PipelinePhase, Process
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    TODAY,
    OpportunityFactory,
    UserFactory,
    add_process,
    add_team_member,
    ask,
    change_stage,
    copies_of,
    edit,
    fill,
    opportunity_in,
    reread,
    step,
    won_opportunity,
)
from tests.support.figures import assert_lists_agree, table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_that_day():
    with time_machine.travel(NOW, tick=False):
        yield


def scope_of(reader, *, process=None, first=TODAY - 60 * DAY):
    process = process or Process.objects.get(is_default=True)
    return Scope(Opportunity.objects.visible_to(reader), process, Days(first, TODAY), TODAY, reader)


def find(tables, key):
    return next((each for each in tables if each.key == key), None)


def test_each_stage_has_its_open_deals_with_their_sums(rep):
    OpportunityFactory(owner=rep, estimated_revenue=Decimal("0.01"), probability=50)
    OpportunityFactory(owner=rep, estimated_revenue=Decimal("100.01"), at=NOW - 3 * DAY)
    OpportunityFactory(owner=rep, next_step="Call", next_step_due=TODAY + DAY)
    opportunity_in(PROPOSE, owner=rep, estimated_revenue=Decimal(1000))
    won_opportunity(owner=rep)

    found = pipeline_now.tables(scope_of(rep))

    assert table(found, "stages") == {
        QUALIFY: [3, Decimal("100.02"), Decimal("20.01"), Decimal("0.0"), 2],
        DEVELOP: [0, Decimal(0), Decimal(0), None, 0],
        PROPOSE: [1, Decimal(1000), Decimal(600), Decimal("0.0"), 1],
        CLOSE: [0, Decimal(0), Decimal(0), None, 0],
        "total": [4, Decimal("1100.02"), Decimal("620.01"), None, 3],
    }
    assert [row.note for row in find(found, "stages").rows] == ["1 without estimated revenue", "", "", ""]
    assert find(found, "stages").rows[0].between == "40 % went on to Develop · 0 lost"
    assert_lists_agree(found, rep)


def test_deals_on_hold_have_no_days(rep):
    held = OpportunityFactory(owner=rep, at=NOW - 30 * DAY)
    transitions.hold(opportunity=held, by=rep, at=NOW - 20 * DAY, reason="They reorganise.")
    OpportunityFactory(owner=rep, at=NOW - 4 * DAY)

    assert table(pipeline_now.tables(scope_of(rep)), "stages")[QUALIFY][3] == 4


def test_an_archived_stage_is_a_row_while_a_deal_is_in_it(rep):
    opportunity_in(DEVELOP, owner=rep)
    change_stage(DEVELOP, PROPOSE, is_archived=True)

    rows = find(pipeline_now.tables(scope_of(rep)), "stages").rows

    assert [(row.label, row.note.partition(" · ")[0]) for row in rows] == [
        (QUALIFY, ""),
        (DEVELOP, "Archived"),
        (CLOSE, ""),
    ]


def test_a_manager_compares_owners_and_a_rep_sees_only_themself(rep, colleague, manager):
    OpportunityFactory(owner=rep, estimated_close_date=TODAY - DAY)
    OpportunityFactory(owner=colleague, next_step="Call", next_step_due=TODAY - DAY)
    add_team_member(OpportunityFactory(owner=colleague), user=rep)

    of_manager = pipeline_now.tables(scope_of(manager))
    of_rep = pipeline_now.tables(scope_of(rep))

    assert table(of_manager, "owners") == {"Kari Nordmann": [1, 0, 1, 0], "Ola Hansen": [2, 1, 0, 1]}
    assert table(of_rep, "owners") == {"Kari Nordmann": [1, 0, 1, 0]}
    assert_lists_agree(of_manager, manager)
    assert_lists_agree(of_rep, rep)


def test_of_many_owners_those_with_the_most_open_deals_are_shown(manager):
    quiet, *busy = UserFactory.create_batch(51)
    deals = copies_of(OpportunityFactory(owner=quiet), 2 * len(busy))
    for deal, owner in zip(deals, busy * 2, strict=True):
        deal.owner = owner
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(deals)

    found = find(pipeline_now.tables(scope_of(manager)), "owners")

    assert {row.label for row in found.rows} == {str(person) for person in busy} - {str(quiet)}
    assert len(found.rows) == 50
    assert found.guide == "50 of 51: those with the most open deals."


def test_a_manager_sees_how_many_requests_wait(rep, manager):
    opportunity = OpportunityFactory(owner=rep)
    ask(opportunity)
    transitions.ask_for_waiver(
        opportunity=reread(opportunity), by=rep, at=NOW, step=step("contact"), reason="They know us."
    )

    assert table(pipeline_now.tables(scope_of(manager)), "requests") == {
        "To close as lost": [1],
        "To waive a step": [1],
    }
    assert find(pipeline_now.tables(scope_of(rep)), "requests") is None


# Pipeline phases


def test_stages_of_several_processes_are_one_row_by_phase(rep):
    process = add_process("Renewal", "Ask", "Sign")
    with designing.changing(process.pk):
        ask_stage = process.stages.get(name_en="Ask")
        ask_stage.phase = PipelinePhase.objects.get(name_en=DEVELOP)
        ask_stage.save()
    OpportunityFactory(owner=rep, process=process, estimated_revenue=Decimal(10))
    opportunity_in(DEVELOP, owner=rep, estimated_revenue=Decimal(5))

    found = pipeline_now.tables(scope_of(rep))

    assert table(found, "phases")[DEVELOP] == [2, 15, 2]
    assert list(table(found, "phases")) == [QUALIFY, DEVELOP, PROPOSE, CLOSE, "total"]
    assert "may mislead" in str(find(found, "phases").guide)
    assert_lists_agree(found, rep)


def test_a_stage_without_a_phase_has_a_row_of_its_own(rep):
    process = add_process("Renewal", "Ask")
    OpportunityFactory(owner=rep, process=process)

    found = pipeline_now.tables(scope_of(rep))

    assert table(found, "phases")["Without a phase"][0] == 1
    assert_lists_agree(found, rep)


def test_with_one_process_there_are_no_phases(rep):
    OpportunityFactory(owner=rep)

    assert find(pipeline_now.tables(scope_of(rep)), "phases") is None


# Time in stage


def test_days_are_those_of_the_calendar_for_open_deals_and_exact_for_won_ones(rep):
    for days in (1, 5, 40):
        OpportunityFactory(owner=rep, at=NOW - days * DAY)
    won = fill(OpportunityFactory(owner=rep, at=NOW - 9 * DAY), at=NOW - 9 * DAY)
    for days in (7, 6, 4):
        transitions.advance(opportunity=reread(won), by=rep, at=NOW - days * DAY)
    transitions.close_as_won(
        opportunity=reread(won), by=rep, at=NOW - DAY, actual_revenue=Decimal(1), closed_on=TODAY - DAY
    )

    found = time_in_stage.tables(scope_of(rep))

    assert table(found, "days")[QUALIFY] == [3, 5, 40, 40, 2, 2]
    assert [row[4] for row in table(found, "days").values()] == [2, 1, 2, 3]
    assert table(found, "ages")[QUALIFY] == [2, 0, 0, 1, 0, 0]
    assert_lists_agree(found, rep)


def test_too_long_is_over_the_target_or_over_what_three_of_four_won_deals_took(rep):
    change_stage(DEVELOP, target_days=None)
    OpportunityFactory(owner=rep, at=NOW - 14 * DAY, estimated_revenue=Decimal(7))  # the target of Qualify
    OpportunityFactory(owner=rep, at=NOW - 15 * DAY, estimated_revenue=Decimal(9))
    won = fill(OpportunityFactory(owner=rep, at=NOW - 9 * DAY), at=NOW - 9 * DAY)
    for days in (8, 5, 5):
        transitions.advance(opportunity=reread(won), by=rep, at=NOW - days * DAY)
    transitions.close_as_won(opportunity=reread(won), by=rep, at=NOW, actual_revenue=Decimal(1), closed_on=TODAY)
    for days in (3, 4):
        opportunity_in(DEVELOP, owner=rep, at=NOW - days * DAY)

    found = time_in_stage.tables(scope_of(rep))

    assert table(found, "too_long")[QUALIFY] == [14, 1, 9, Decimal("1.80")]
    assert table(found, "too_long")[DEVELOP][:2] == [3, 1]
    assert_lists_agree(found, rep)


def test_a_stage_without_a_target_and_without_won_deals_has_no_limit(rep):
    change_stage(QUALIFY, target_days=None)
    OpportunityFactory(owner=rep, at=NOW - 300 * DAY)

    row = find(time_in_stage.tables(scope_of(rep)), "too_long").rows[0]

    assert [figure.value for figure in row.figures] == [None] * 4
    assert row.note == "No target, and no won deals to compare with."


def test_a_finished_deal_is_in_no_age(rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep, at=NOW - 9 * DAY), CLOSE, at=NOW - 9 * DAY)
    assert table(time_in_stage.tables(scope_of(rep)), "ages")[CLOSE] == [0, 1, 0, 0, 0, 0]

    transitions.finish(opportunity=opportunity, by=rep, at=NOW)

    assert table(time_in_stage.tables(scope_of(rep)), "ages")[CLOSE] == [0] * 6


@pytest.mark.sweep
def test_the_reports_run_as_many_queries_for_many_deals(manager, django_assert_max_num_queries):
    add_process("Renewal", "Ask")
    for _ in range(8):
        edit(OpportunityFactory(), estimated_revenue=Decimal(10))

    scope = scope_of(manager)

    with django_assert_max_num_queries(8):
        pipeline_now.tables(scope)
    with django_assert_max_num_queries(6):
        time_in_stage.tables(scope)
