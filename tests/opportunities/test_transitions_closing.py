"""Closing as won or lost, and reopening. A refused one writes nothing."""

import datetime
from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.models import Closing, Event, StatusReason, write_guard
from stages.models import LostGate, Process
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import CLOSE, DAY, DEVELOP, NOW, PROPOSE, QUALIFY, STAGES, TODAY, reason, stage, step
from tests.support.moves import EACH_STEP, REQUIRED, last_event, missing, visits

pytestmark = pytest.mark.django_db

REVENUE = Decimal("450000.00")


@pytest.fixture
def lost_gate():
    def set_to(gate):
        Process.objects.update(lost_gate=gate)

    return set_to


def reopen(opportunity, by=None, at=NOW, why="They called again.", **more):
    return transitions.reopen(opportunity=opportunity, by=by or opportunity.owner, at=at, reason=why, **more)


# Won


@pytest.mark.parametrize(
    "made", [factories.finished_opportunity, lambda **who: factories.ready_opportunity(CLOSE, **who)]
)
def test_an_opportunity_is_won_from_a_finished_process_or_the_last_stage(rep, made):
    opportunity = made(owner=rep)
    version = opportunity.version

    closing = factories.win(opportunity, at=NOW + DAY, actual_revenue=REVENUE, closed_on=TODAY, description="By price.")

    opportunity = factories.reread(opportunity)
    assert (opportunity.status, opportunity.status_reason.key, opportunity.forecast_category) == ("won", "won", "won")
    assert (opportunity.actual_revenue, opportunity.closed_on) == (REVENUE, TODAY)
    assert (opportunity.active_stage.name_en, opportunity.is_finished, opportunity.is_ready) == (CLOSE, True, False)
    assert opportunity.instances.get().is_finished
    assert not opportunity.visits.filter(left_at=None).exists()
    assert closing == opportunity.closings.get()
    assert (closing.outcome, closing.stage.name_en, closing.by, closing.at) == ("won", CLOSE, rep, NOW + DAY)
    assert (closing.actual_revenue, closing.closed_on, closing.description) == (REVENUE, TODAY, "By price.")
    assert opportunity.version == version + 1
    event = last_event(opportunity)
    assert (event.kind, event.from_stage.name_en, event.reason) == (Event.Kind.WON, CLOSE, "By price.")
    changes = {change["field"]: (change["old"], change["new"]) for change in event.changes}
    assert changes["status"] == ("open", "won")
    assert changes["actual_revenue"] == (None, "450000.00")
    assert changes["closed_on"] == (None, TODAY.isoformat())


def test_an_actual_revenue_of_zero_is_accepted(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    assert factories.win(opportunity, actual_revenue=Decimal(0)).actual_revenue == 0


def test_a_reason_added_by_a_manager_can_be_chosen(rep):
    ours = StatusReason.objects.create(status="won", name_en="Tender won")
    opportunity = factories.finished_opportunity(owner=rep)

    factories.win(opportunity, reason=ours)

    assert factories.reread(opportunity).status_reason == ours


@pytest.mark.parametrize("here", [QUALIFY, DEVELOP, PROPOSE])
def test_an_opportunity_cannot_be_won_before_the_last_stage(rep, here):
    opportunity = factories.fill(factories.opportunity_in(here, owner=rep))

    with refused(transitions.GateClosed, f"at the end of Close; this one is in {here}") as caught:
        factories.win(opportunity)

    assert missing(caught) == []


def test_a_refused_win_lists_the_missing_steps_of_all_later_stages(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)

    with refused(transitions.GateClosed) as caught:
        factories.win(opportunity)

    expected = [(name, field) for name in (DEVELOP, PROPOSE, CLOSE) for field in REQUIRED[name]]
    assert missing(caught) == expected


@pytest.mark.parametrize("field", REQUIRED[CLOSE])
def test_winning_needs_each_required_step_of_the_last_stage(rep, field):
    opportunity = factories.fill(factories.opportunity_in(CLOSE, owner=rep), CLOSE, leave=[field])

    with refused(transitions.GateClosed, step(field).name) as caught:
        factories.win(opportunity)

    assert missing(caught) == [(CLOSE, field)]


def test_closing_needs_a_step_made_required_after_finishing(rep):
    opportunity = factories.finished_opportunity(owner=rep)
    factories.change_step("proposal_developed", required=True)

    for close in (factories.win, factories.lose):
        with refused(transitions.GateClosed) as caught:
            close(opportunity)
        assert missing(caught) == [(PROPOSE, "proposal_developed")]


def test_winning_does_not_need_a_waived_step(rep, manager):
    opportunity = factories.fill(factories.opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed"])
    transitions.waive(opportunity=opportunity, by=manager, at=NOW, step=step("debrief_filed"), reason="Later.")

    factories.win(opportunity)

    assert factories.reread(opportunity).is_won


@pytest.mark.parametrize(
    "revenue",
    [Decimal("-0.01"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e12"), Decimal("0.001"), None],
    ids=str,
)
def test_an_invalid_actual_revenue_is_refused_on_its_field(rep, revenue):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.win(opportunity, actual_revenue=revenue)

    assert caught.value.field == "actual_revenue"


@pytest.mark.parametrize("close", [factories.win, factories.lose])
def test_a_closing_date_in_the_future_is_refused(rep, close):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.EntryMissing, "cannot be in the future") as caught:
        close(opportunity, closed_on=TODAY + DAY)

    assert caught.value.field == "closed_on"


@pytest.mark.parametrize("close", [factories.win, factories.lose])
def test_today_is_the_date_in_the_time_zone_of_the_organisation(rep, close, settings):
    settings.TIME_ZONE = "Europe/Oslo"
    late = datetime.datetime(2026, 7, 1, 22, 30, tzinfo=datetime.UTC)  # half past midnight in Oslo
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.EntryMissing):
        close(opportunity, at=late, closed_on=datetime.date(2026, 7, 3))
    close(opportunity, at=late, closed_on=datetime.date(2026, 7, 2))

    assert factories.reread(opportunity).closed_on == datetime.date(2026, 7, 2)


def test_a_closing_date_in_the_past_is_accepted(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    factories.win(opportunity, closed_on=TODAY - 400 * DAY)

    assert factories.reread(opportunity).closed_on == TODAY - 400 * DAY


@pytest.mark.parametrize("key", ["canceled", "in_progress", "on_hold"])
def test_winning_with_a_reason_of_another_status_is_refused(rep, key):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.win(opportunity, reason=reason(key))

    assert caught.value.field == "reason"


def test_an_archived_reason_is_refused(rep):
    StatusReason.objects.filter(key="canceled").update(is_archived=True)
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.lose(opportunity)

    assert caught.value.field == "reason"


# Lost


def test_the_complete_gate_allows_lost_when_every_step_is_met(rep):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep))

    closing = factories.lose(opportunity, at=NOW + DAY, closed_on=TODAY, description="No money.")

    opportunity = factories.reread(opportunity)
    assert (opportunity.status, opportunity.status_reason.key, opportunity.forecast_category) == (
        "lost",
        "canceled",
        "lost",
    )
    assert (opportunity.actual_revenue, opportunity.closed_on, opportunity.is_finished) == (None, TODAY, False)
    assert (closing.outcome, closing.stage.name_en, closing.competitor) == ("lost", DEVELOP, None)
    assert opportunity.active_stage.name_en == DEVELOP
    assert visits(opportunity)[-1] == (DEVELOP, NOW, NOW + DAY)
    assert last_event(opportunity).kind == Event.Kind.LOST


@pytest.mark.parametrize(("name", "field"), EACH_STEP)
def test_the_complete_gate_needs_every_required_step_of_every_stage(rep, name, field):
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep), leave=[field])
    if field in ("contact", "account"):
        opportunity = factories.edit(opportunity, **{field: None})

    with refused(transitions.GateClosed, step(field).name) as caught:
        factories.lose(opportunity)

    assert missing(caught) == [(name, field)]


def test_the_complete_gate_lists_the_missing_steps_of_later_stages(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)

    with refused(transitions.GateClosed) as caught:
        factories.lose(opportunity)

    assert missing(caught) == [(name, field) for name in (PROPOSE, CLOSE) for field in REQUIRED[name]]


def test_the_reached_gate_needs_the_steps_of_the_reached_stages_only(rep, lost_gate):
    lost_gate(LostGate.REACHED)
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    with refused(transitions.GateClosed) as caught:
        factories.lose(opportunity)
    assert missing(caught) == [(DEVELOP, "customer_need")]

    factories.lose(factories.edit(opportunity, customer_need="Trucks"))
    assert factories.reread(opportunity).is_lost


def test_the_open_gate_needs_a_description_only(rep, lost_gate):
    lost_gate(LostGate.ANY)
    opportunity = factories.OpportunityFactory(owner=rep)

    for blank in ("", " \u200b"):
        with refused(transitions.EntryMissing) as caught:
            factories.lose(opportunity, description=blank)
        assert caught.value.field == "description"

    factories.lose(opportunity, description="They went bankrupt.")
    assert factories.reread(opportunity).is_lost


def test_an_opportunity_is_lost_when_every_missing_step_is_waived(rep, manager):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    for field in REQUIRED[PROPOSE] + REQUIRED[CLOSE]:
        transitions.waive(opportunity=opportunity, by=manager, at=NOW, step=step(field), reason="It died.")

    factories.lose(opportunity)

    assert factories.reread(opportunity).is_lost


def test_out_sold_needs_a_competitor_and_adds_it_to_the_opportunity(rep, lost_gate):
    lost_gate(LostGate.REACHED)
    opportunity = factories.edit(factories.ready_opportunity(QUALIFY, owner=rep), no_known_competitors=True)
    rival = factories.CompetitorFactory()

    with refused(transitions.EntryMissing) as caught:
        factories.lose(opportunity, reason=reason("out_sold"))
    assert caught.value.field == "competitor"

    closing = factories.lose(opportunity, reason=reason("out_sold"), competitor=rival)
    opportunity = factories.reread(opportunity)
    assert closing.competitor == rival
    assert [link.competitor for link in opportunity.competitor_links.all()] == [rival]
    assert (opportunity.competitor_count, opportunity.no_known_competitors) == (1, False)
    assert [(row["table"], row["what"]) for row in last_event(opportunity).children] == [("competitor", "added")]


def test_out_sold_does_not_add_a_competitor_twice(rep):
    opportunity = factories.finished_opportunity(owner=rep)
    rival = opportunity.competitor_links.get().competitor

    factories.lose(opportunity, reason=reason("out_sold"), competitor=rival)

    assert factories.reread(opportunity).competitor_count == 1


@pytest.mark.parametrize("revenue", [Decimal(-1), Decimal("NaN"), Decimal("1e12")], ids=str)
def test_a_lost_opportunity_accepts_only_a_valid_actual_revenue(rep, revenue):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.lose(opportunity, actual_revenue=revenue)
    assert caught.value.field == "actual_revenue"

    factories.lose(opportunity, actual_revenue=Decimal("1000.00"))
    assert factories.reread(opportunity).actual_revenue == 1000


def test_losing_with_a_reason_for_won_is_refused(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.EntryMissing):
        factories.lose(opportunity, reason=reason("won"))


# Reopen


@pytest.mark.parametrize("closed", [factories.won_opportunity, factories.lost_opportunity])
def test_reopening_returns_to_the_stage_of_the_closing(rep, closed):
    opportunity = closed(owner=rep)
    version = opportunity.version

    visit = reopen(opportunity, at=NOW + DAY, why="They called again.")

    opportunity = factories.reread(opportunity)
    assert (opportunity.status, opportunity.status_reason.key, opportunity.forecast_category) == (
        "open",
        "in_progress",
        "pipeline",
    )
    assert (opportunity.actual_revenue, opportunity.closed_on, opportunity.is_finished) == (None, None, False)
    assert (opportunity.active_stage.name_en, opportunity.pipeline_phase.name_en) == (CLOSE, CLOSE)
    assert opportunity.stage_entered_at == NOW + DAY
    assert visits(opportunity)[-1] == (CLOSE, NOW + DAY, None)
    assert visit.entered_by == rep
    assert not opportunity.instances.get().is_finished
    closing = opportunity.closings.get()
    assert (closing.reopened_at, closing.reopened_by, closing.reopen_reason) == (NOW + DAY, rep, "They called again.")
    assert opportunity.version == version + 1
    event = last_event(opportunity)
    assert (event.kind, event.reason, event.to_stage.name_en) == (
        Event.Kind.REOPENED,
        "They called again.",
        CLOSE,
    )


@pytest.mark.parametrize("to", STAGES)
def test_reopening_can_choose_any_stage_up_to_the_stage_of_the_closing(rep, to):
    opportunity = factories.lost_opportunity(owner=rep)

    reopen(opportunity, to_stage=stage(to))

    assert factories.reread(opportunity).active_stage.name_en == to


def test_reopening_in_a_stage_after_the_stage_of_the_closing_is_refused(rep):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep))
    factories.lose(opportunity)

    for to in (PROPOSE, CLOSE):
        with refused(transitions.NoSuchMove, "closed in Develop and cannot go beyond"):
            reopen(opportunity, to_stage=stage(to))

    reopen(opportunity)
    assert factories.reread(opportunity).active_stage.name_en == DEVELOP


def test_a_manager_can_reopen_and_a_team_member_cannot(rep, colleague, manager):
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    opportunity = factories.fill(factories.reread(opportunity))
    factories.lose(opportunity)

    with refused(transitions.NotAllowed, "Only the owner and managers"):
        reopen(opportunity, by=colleague)

    reopen(opportunity, by=manager)
    assert factories.reread(opportunity).is_open


@pytest.mark.parametrize("why", ["", " ", "\u200b\ufeff"])
def test_reopening_without_a_reason_is_refused(rep, why):
    opportunity = factories.won_opportunity(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        reopen(opportunity, why=why)

    assert caught.value.field == "reason"


def test_reopening_an_open_opportunity_is_refused(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.NoSuchMove, "open already"):
        reopen(opportunity)


def test_every_closing_is_kept_and_only_the_last_is_in_force(rep):
    opportunity = factories.lost_opportunity(owner=rep)
    reopen(opportunity, at=NOW + DAY)
    factories.win(factories.reread(opportunity), at=NOW + 2 * DAY)
    reopen(opportunity, at=NOW + 3 * DAY)
    factories.lose(factories.reread(opportunity), at=NOW + 4 * DAY)

    assert [(each.outcome, each.reopened_at) for each in opportunity.closings.order_by("pk")] == [
        ("lost", NOW + DAY),
        ("won", NOW + 3 * DAY),
        ("lost", None),
    ]
    assert Closing.objects.filter(reopened_at=None).count() == 1


def test_a_reopened_opportunity_can_be_changed_moved_and_closed_again(rep):
    opportunity = factories.won_opportunity(owner=rep)
    reopen(opportunity, to_stage=stage(PROPOSE))
    opportunity = factories.edit(factories.reread(opportunity), proposal_presented=False)

    with refused(transitions.GateClosed):
        transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    opportunity = factories.edit(opportunity, proposal_presented=True)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)
    factories.win(factories.reread(opportunity))
    assert factories.reread(opportunity).is_won


# Waiving the missing steps while closing


@pytest.mark.parametrize("because", ["", " \u200b"])
def test_waiving_while_closing_without_a_reason_is_refused(rep, manager, because):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.lose(opportunity, by=manager, waive_because=because)

    assert caught.value.field == "waive_because"


def test_closing_answers_the_open_request(rep, manager):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    request = factories.ask(opportunity)

    factories.lose(opportunity, by=manager, waive_because="It died.")

    request.refresh_from_db()
    assert request.answered_by == manager


def test_reopening_begins_a_visit_in_each_other_process_that_is_not_finished(rep):
    opportunity = factories.ready_opportunity(CLOSE, owner=rep)
    renewals = factories.add_process("Renewals", "Ask")
    ask = renewals.stages.get()
    with write_guard.guarded(opportunity.pk):
        instance = opportunity.instances.create(
            process=renewals, is_primary=False, active_stage=ask, started_at=NOW, started_by=rep
        )
        instance.visits.create(opportunity=opportunity, stage=ask, entered_at=NOW, entered_by=rep)
    factories.lose(factories.reread(opportunity))

    reopen(factories.reread(opportunity), at=NOW + DAY, why="They called again.")

    assert [(visit.stage, visit.left_at is None) for visit in instance.visits.order_by("pk")] == [
        (ask, False),
        (ask, True),
    ]
