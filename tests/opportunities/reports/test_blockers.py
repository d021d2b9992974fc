"""What blocks us, by hand: steps that hold up opportunities, and waivers."""

import datetime
from decimal import Decimal

import pytest
import time_machine

from opportunities import transitions
from opportunities.reports import blockers
from opportunities.reports.tables import Days
from tests.support.behind_figures import scope_of
from tests.support.factories import (
    DEVELOP,
    NOW,
    QUALIFY,
    OpportunityFactory,
    add_process,
    add_step,
    fill,
    opportunity_in,
    ready_opportunity,
    reread,
    step,
)
from tests.support.figures import assert_lists_agree, table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

MARCH = Days(datetime.date(2026, 3, 1), datetime.date(2026, 3, 31))
DAY = datetime.timedelta(days=1)
BUDGET = "Qualify: Estimated budget"


def report(reader, at=NOW, period=MARCH):
    with time_machine.travel(at, tick=False):
        found = blockers.tables(scope_of(reader, period, today=at.date()))
        assert_lists_agree(found, reader)
    return found


def missing_budget(owner, at=NOW, **entries):
    return fill(OpportunityFactory(owner=owner, at=at, **entries), QUALIFY, at=at, leave=["estimated_budget"])


def test_a_step_holds_up_the_opportunities_that_wait_for_it(rep, manager):
    missing_budget(rep, estimated_revenue=Decimal("100.02"))
    missing_budget(rep, estimated_revenue=Decimal("0.01"), probability=50)
    missing_budget(rep)
    ready_opportunity(DEVELOP, owner=rep)

    found = table(report(manager), "blocked")

    assert found[BUDGET] == [3, Decimal("100.03"), Decimal("20.01"), Decimal("0.0")]  # 20.004 and 0.005
    assert found["Qualify: Identify contact"] == [0, Decimal(0), Decimal(0), None]


def test_the_steps_are_in_the_order_of_the_process_and_optional_ones_are_left_out(rep, manager):
    OpportunityFactory(owner=rep)

    names = list(table(report(manager), "blocked"))

    assert names[:3] == ["Qualify: Identify contact", "Qualify: Identify account", "Qualify: Purchase timeframe"]
    assert names[-1] == "Close: File debrief"
    assert "Propose: Develop proposal" not in names


def test_the_median_leaves_out_the_time_on_hold(rep, manager):
    missing_budget(rep, at=NOW - 10 * DAY)
    held = missing_budget(rep, at=NOW - 10 * DAY)
    transitions.hold(opportunity=held, by=rep, at=NOW - 6 * DAY, reason="They reorganise.")
    assert table(report(manager), "blocked")[BUDGET][3] == Decimal("7.0")  # of 10 and 4

    transitions.resume(opportunity=reread(held), by=rep, at=NOW - 1 * DAY)

    assert table(report(manager), "blocked")[BUDGET][3] == Decimal("7.5")  # of 10 and 5


def test_a_step_that_is_waived_holds_up_nothing(rep, manager):
    opportunity = missing_budget(rep)
    transitions.waive(opportunity=opportunity, step=step("estimated_budget"), by=manager, at=NOW, reason="Known.")

    found = report(manager)

    assert table(found, "blocked")[BUDGET][0] == 0
    assert table(found, "waivers_by_step") == {BUDGET: [0, 1, 0, 0], "total": [0, 1, 0, 0]}
    assert table(found, "waivers_by_person") == {"Ingrid Dahl": [0, 1, 0, 0], "total": [0, 1, 0, 0]}


def test_steps_of_another_process_come_last_with_its_name(rep, manager):
    other = add_process("Service", "Scope")
    add_step(other.stages.get(), "customer_need", "Ask them")
    OpportunityFactory(owner=rep, process=other)

    found = table(report(manager), "blocked")

    assert list(found)[-1] == "Service: Scope: Ask them"
    assert found["Service: Scope: Ask them"][0] == 1


def test_requests_waivers_and_withdrawals_are_counted_by_step_and_person(rep, manager):
    opportunity, of = missing_budget(rep), {"step": step("estimated_budget"), "reason": "They know us."}
    transitions.ask_for_waiver(opportunity=opportunity, by=rep, at=NOW, **of)
    transitions.approve_waiver_request(opportunity=reread(opportunity), by=manager, at=NOW, **of)
    transitions.withdraw_waiver(opportunity=reread(opportunity), by=manager, at=NOW, **of)
    transitions.ask_for_waiver(opportunity=reread(opportunity), by=rep, at=NOW, **of)

    found = report(manager)

    assert table(found, "waivers_by_step") == {BUDGET: [1, 1, 0, 1], "total": [1, 1, 0, 1]}
    assert table(found, "waivers_by_person") == {
        "Ingrid Dahl": [0, 1, 0, 1],
        "Kari Nordmann": [1, 0, 0, 0],
        "total": [1, 1, 0, 1],
    }


def test_only_the_waivers_of_the_period_are_counted(rep, manager):
    opportunity = missing_budget(rep, at=NOW - 40 * DAY)
    waived = {"step": step("estimated_budget"), "by": manager, "reason": "Known."}
    transitions.waive(opportunity=opportunity, at=NOW - 30 * DAY, **waived)

    assert table(report(manager), "waivers_by_step") == {}
    before = Days(datetime.date(2026, 1, 31), datetime.date(2026, 1, 31))
    assert table(report(manager, period=before), "waivers_by_step") == {BUDGET: [0, 1, 0, 0], "total": [0, 1, 0, 0]}


def test_a_rep_follows_the_link_of_the_manager_who_waived(rep, manager):
    waived = {"step": step("estimated_budget"), "by": manager, "at": NOW, "reason": "Known."}
    transitions.waive(opportunity=missing_budget(rep), **waived)

    assert table(report(rep), "waivers_by_person")["Ingrid Dahl"] == [0, 1, 0, 0]


def test_a_rep_cannot_filter_by_a_person_who_waived_nothing_of_the_rep(rep, colleague, manager, client_of):
    waived = {"step": step("estimated_budget"), "by": manager, "at": NOW, "reason": "Known."}
    transitions.waive(opportunity=missing_budget(colleague), **waived)

    page = client_of(rep).get("/opportunities/", {"waiver_by": manager.pk, "status": "all"})

    assert list(page.context["list_page"].filter.left_out) == ["waiver_by"]


def test_more_opportunities_need_no_more_queries(rep, manager, django_assert_max_num_queries):
    for _ in range(3):
        opportunity_in(DEVELOP, owner=rep)
    waived = {"step": step("estimated_budget"), "by": manager, "at": NOW, "reason": "Known."}
    transitions.waive(opportunity=missing_budget(rep), **waived)
    scope = scope_of(manager, MARCH)
    assert scope.reader.has_role

    with django_assert_max_num_queries(5):
        blockers.tables(scope)
