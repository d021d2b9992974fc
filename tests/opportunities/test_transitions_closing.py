"""Closing as won or lost, and reopening: what each does, and what each refuses without a trace."""

import datetime
from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.models import Closing, Event, StatusReason
from stages.models import LostGate, Process
from tests import factories
from tests.factories import CLOSE, DAY, DEVELOP, NOW, PROPOSE, QUALIFY, STAGES, TODAY, reason, stage, step
from tests.rows import refused

from .test_transitions import EACH_STEP, REQUIRED, last_event, missing, visits

pytestmark = pytest.mark.django_db

REVENUE = Decimal("450000.00")


@pytest.fixture
def lost_gate():
    def set_to(gate):
        Process.objects.update(lost_gate=gate)

    return set_to


def reopen(deal, by=None, at=NOW, why="They called again.", **more):
    return transitions.reopen(opportunity=deal, by=by or deal.owner, at=at, reason=why, **more)


# Won


@pytest.mark.parametrize("made", [factories.finished_deal, lambda **who: factories.ready_deal(CLOSE, **who)])
def test_won_from_a_finished_process_or_finished_and_won_in_one_step(rep, made):
    deal = made(owner=rep)
    version = deal.version

    closing = factories.win(deal, at=NOW + DAY, actual_revenue=REVENUE, closed_on=TODAY, description="By price.")

    deal = factories.reread(deal)
    assert (deal.status, deal.status_reason.key, deal.forecast_category) == ("won", "won", "won")
    assert (deal.actual_revenue, deal.closed_on) == (REVENUE, TODAY)
    assert (deal.active_stage.name_en, deal.is_finished, deal.is_ready) == (CLOSE, True, False)
    assert deal.instances.get().is_finished
    assert not deal.visits.filter(left_at=None).exists()
    assert closing == deal.closings.get()
    assert (closing.outcome, closing.stage.name_en, closing.by, closing.at) == ("won", CLOSE, rep, NOW + DAY)
    assert (closing.actual_revenue, closing.closed_on, closing.description) == (REVENUE, TODAY, "By price.")
    assert deal.version == version + 1
    event = last_event(deal)
    assert (event.kind, event.from_stage.name_en, event.reason) == (Event.Kind.WON, CLOSE, "By price.")
    changes = {change["field"]: (change["old"], change["new"]) for change in event.changes}
    assert changes["status"] == ("open", "won")
    assert changes["actual_revenue"] == (None, "450000.00")
    assert changes["closed_on"] == (None, TODAY.isoformat())


def test_nothing_is_an_answer_for_actual_revenue(rep):
    deal = factories.finished_deal(owner=rep)

    assert factories.win(deal, actual_revenue=Decimal(0)).actual_revenue == 0


def test_a_managers_own_reason_can_be_chosen(rep):
    ours = StatusReason.objects.create(status="won", name_en="Tender won")
    deal = factories.finished_deal(owner=rep)

    factories.win(deal, reason=ours)

    assert factories.reread(deal).status_reason == ours


@pytest.mark.parametrize("here", [QUALIFY, DEVELOP, PROPOSE])
def test_nothing_is_won_before_the_last_stage_even_when_all_is_filled_in(rep, here):
    deal = factories.fill(factories.deal_in(here, owner=rep))

    with refused(transitions.GateClosed, f"at the end of Close; this one is in {here}") as caught:
        factories.win(deal)

    assert missing(caught) == []


def test_what_is_missing_to_win_from_an_early_stage_is_listed(rep):
    deal = factories.deal_in(DEVELOP, owner=rep)

    with refused(transitions.GateClosed) as caught:
        factories.win(deal)

    expected = [(name, field) for name in (DEVELOP, PROPOSE, CLOSE) for field in REQUIRED[name]]
    assert missing(caught) == expected


@pytest.mark.parametrize("field", REQUIRED[CLOSE])
def test_each_required_step_of_the_last_stage_gates_winning(rep, field):
    deal = factories.fill(factories.deal_in(CLOSE, owner=rep), CLOSE, leave=[field])

    with refused(transitions.GateClosed, step(field).name) as caught:
        factories.win(deal)

    assert missing(caught) == [(CLOSE, field)]


def test_a_step_made_required_after_finishing_gates_winning(rep):
    deal = factories.finished_deal(owner=rep)
    factories.change_step("proposal_developed", required=True)

    for close in (factories.win, factories.lose):
        with refused(transitions.GateClosed) as caught:
            close(deal)
        assert missing(caught) == [(PROPOSE, "proposal_developed")]


def test_a_waived_step_does_not_stand_in_the_way_of_winning(rep, manager):
    deal = factories.fill(factories.deal_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed"])
    transitions.waive(opportunity=deal, by=manager, at=NOW, step=step("debrief_filed"), reason="Later.")

    factories.win(deal)

    assert factories.reread(deal).is_won


@pytest.mark.parametrize(
    "revenue",
    [Decimal("-0.01"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e12"), Decimal("0.001"), None],
    ids=str,
)
def test_revenue_that_is_no_amount_is_refused_on_its_field(rep, revenue):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.win(deal, actual_revenue=revenue)

    assert caught.value.field == "actual_revenue"


@pytest.mark.parametrize("close", [factories.win, factories.lose])
def test_nothing_is_closed_tomorrow(rep, close):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.EntryMissing, "cannot lie in the future") as caught:
        close(deal, closed_on=TODAY + DAY)

    assert caught.value.field == "closed_on"


@pytest.mark.parametrize("close", [factories.win, factories.lose])
def test_today_is_the_date_where_the_organisation_is(rep, close, settings):
    settings.TIME_ZONE = "Europe/Oslo"
    late = datetime.datetime(2026, 7, 1, 22, 30, tzinfo=datetime.UTC)  # half past midnight in Oslo
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.EntryMissing):
        close(deal, at=late, closed_on=datetime.date(2026, 7, 3))
    close(deal, at=late, closed_on=datetime.date(2026, 7, 2))

    assert factories.reread(deal).closed_on == datetime.date(2026, 7, 2)


def test_a_deal_may_have_been_closed_earlier(rep):
    deal = factories.finished_deal(owner=rep)

    factories.win(deal, closed_on=TODAY - 400 * DAY)

    assert factories.reread(deal).closed_on == TODAY - 400 * DAY


@pytest.mark.parametrize("key", ["canceled", "in_progress", "on_hold"])
def test_won_has_a_reason_of_its_own(rep, key):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.win(deal, reason=reason(key))

    assert caught.value.field == "reason"


def test_a_reason_that_is_archived_is_not_chosen(rep):
    StatusReason.objects.filter(key="canceled").update(is_archived=True)
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.lose(deal)

    assert caught.value.field == "reason"


# Lost


def test_lost_by_the_strict_gate_once_everything_is_there(rep):
    deal = factories.fill(factories.deal_in(DEVELOP, owner=rep))

    closing = factories.lose(deal, at=NOW + DAY, closed_on=TODAY, description="No money.")

    deal = factories.reread(deal)
    assert (deal.status, deal.status_reason.key, deal.forecast_category) == ("lost", "canceled", "lost")
    assert (deal.actual_revenue, deal.closed_on, deal.is_finished) == (None, TODAY, False)
    assert (closing.outcome, closing.stage.name_en, closing.competitor) == ("lost", DEVELOP, None)
    assert deal.active_stage.name_en == DEVELOP
    assert visits(deal)[-1] == (DEVELOP, NOW, NOW + DAY)
    assert last_event(deal).kind == Event.Kind.LOST


@pytest.mark.parametrize(("name", "field"), EACH_STEP)
def test_the_strict_gate_asks_for_every_required_step_of_every_stage(rep, name, field):
    deal = factories.fill(factories.OpportunityFactory(owner=rep), leave=[field])
    if field in ("contact", "account"):
        deal = factories.edit(deal, **{field: None})

    with refused(transitions.GateClosed, step(field).name) as caught:
        factories.lose(deal)

    assert missing(caught) == [(name, field)]


def test_lost_from_develop_with_the_rest_missing_is_refused(rep):
    deal = factories.ready_deal(DEVELOP, owner=rep)

    with refused(transitions.GateClosed) as caught:
        factories.lose(deal)

    assert missing(caught) == [(name, field) for name in (PROPOSE, CLOSE) for field in REQUIRED[name]]


def test_the_gate_of_the_stages_reached_asks_for_no_more(rep, lost_gate):
    lost_gate(LostGate.REACHED)
    deal = factories.fill(factories.deal_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    with refused(transitions.GateClosed) as caught:
        factories.lose(deal)
    assert missing(caught) == [(DEVELOP, "customer_need")]

    factories.lose(factories.edit(deal, customer_need="Trucks"))
    assert factories.reread(deal).is_lost


def test_the_open_gate_asks_for_a_comment_only(rep, lost_gate):
    lost_gate(LostGate.ANY)
    deal = factories.OpportunityFactory(owner=rep)

    for blank in ("", " \u200b"):
        with refused(transitions.EntryMissing) as caught:
            factories.lose(deal, description=blank)
        assert caught.value.field == "description"

    factories.lose(deal, description="They went bankrupt.")
    assert factories.reread(deal).is_lost


def test_lost_with_waivers_for_all_that_is_missing(rep, manager):
    deal = factories.ready_deal(DEVELOP, owner=rep)
    for field in REQUIRED[PROPOSE] + REQUIRED[CLOSE]:
        transitions.waive(opportunity=deal, by=manager, at=NOW, step=step(field), reason="It died.")

    factories.lose(deal)

    assert factories.reread(deal).is_lost


def test_out_sold_asks_for_the_competitor_and_puts_it_on_the_opportunity(rep, lost_gate):
    lost_gate(LostGate.REACHED)
    deal = factories.edit(factories.ready_deal(QUALIFY, owner=rep), no_known_competitors=True)
    rival = factories.CompetitorFactory()

    with refused(transitions.EntryMissing) as caught:
        factories.lose(deal, reason=reason("out_sold"))
    assert caught.value.field == "competitor"

    closing = factories.lose(deal, reason=reason("out_sold"), competitor=rival)
    deal = factories.reread(deal)
    assert closing.competitor == rival
    assert [link.competitor for link in deal.competitor_links.all()] == [rival]
    assert (deal.competitor_count, deal.no_known_competitors) == (1, False)
    assert [(person["noun"], person["what"]) for person in last_event(deal).people] == [("competitor", "added")]


def test_a_competitor_that_is_there_already_is_not_added_again(rep):
    deal = factories.finished_deal(owner=rep)
    rival = deal.competitor_links.get().competitor

    factories.lose(deal, reason=reason("out_sold"), competitor=rival)

    assert factories.reread(deal).competitor_count == 1


@pytest.mark.parametrize("revenue", [Decimal(-1), Decimal("NaN"), Decimal("1e12")], ids=str)
def test_a_lost_deal_brought_in_nothing_or_an_amount(rep, revenue):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.lose(deal, actual_revenue=revenue)
    assert caught.value.field == "actual_revenue"

    factories.lose(deal, actual_revenue=Decimal("1000.00"))
    assert factories.reread(deal).actual_revenue == 1000


def test_lost_has_a_reason_of_its_own(rep):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.EntryMissing):
        factories.lose(deal, reason=reason("won"))


# Reopen


@pytest.mark.parametrize("closed", [factories.won_deal, factories.lost_deal])
def test_reopened_where_it_was_closed(rep, closed):
    deal = closed(owner=rep)
    version = deal.version

    visit = reopen(deal, at=NOW + DAY, why="They called again.")

    deal = factories.reread(deal)
    assert (deal.status, deal.status_reason.key, deal.forecast_category) == ("open", "in_progress", "pipeline")
    assert (deal.actual_revenue, deal.closed_on, deal.is_finished) == (None, None, False)
    assert (deal.active_stage.name_en, deal.pipeline_phase.name_en) == (CLOSE, CLOSE)
    assert deal.stage_entered_at == NOW + DAY
    assert visits(deal)[-1] == (CLOSE, NOW + DAY, None)
    assert visit.entered_by == rep
    assert not deal.instances.get().is_finished
    closing = deal.closings.get()
    assert (closing.reopened_at, closing.reopened_by, closing.reopen_reason) == (NOW + DAY, rep, "They called again.")
    assert deal.version == version + 1
    event = last_event(deal)
    assert (event.kind, event.reason, event.to_stage.name_en) == (
        Event.Kind.REOPENED,
        "They called again.",
        CLOSE,
    )


@pytest.mark.parametrize("to", STAGES)
def test_reopened_in_any_stage_up_to_the_one_it_was_closed_in(rep, to):
    deal = factories.lost_deal(owner=rep)

    reopen(deal, to_stage=stage(to))

    assert factories.reread(deal).active_stage.name_en == to


def test_lost_from_develop_is_reopened_there_and_no_further(rep):
    deal = factories.fill(factories.deal_in(DEVELOP, owner=rep))
    factories.lose(deal)

    for to in (PROPOSE, CLOSE):
        with refused(transitions.NoSuchMove, "closed in Develop and cannot go beyond"):
            reopen(deal, to_stage=stage(to))

    reopen(deal)
    assert factories.reread(deal).active_stage.name_en == DEVELOP


def test_a_manager_reopens_and_a_team_member_does_not(rep, colleague, manager):
    deal = factories.OpportunityFactory(owner=rep)
    factories.add_team_member(deal, user=colleague)
    deal = factories.fill(factories.reread(deal))
    factories.lose(deal)

    with refused(transitions.NotAllowed, "Only the owner and managers"):
        reopen(deal, by=colleague)

    reopen(deal, by=manager)
    assert factories.reread(deal).is_open


@pytest.mark.parametrize("why", ["", " ", "\u200b\ufeff"])
def test_reopening_has_a_reason(rep, why):
    deal = factories.won_deal(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        reopen(deal, why=why)

    assert caught.value.field == "reason"


def test_what_is_open_is_not_reopened(rep):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.NoSuchMove, "open already"):
        reopen(deal)


def test_each_closing_stays_and_one_at_most_is_in_force(rep):
    deal = factories.lost_deal(owner=rep)
    reopen(deal, at=NOW + DAY)
    factories.win(factories.reread(deal), at=NOW + 2 * DAY)
    reopen(deal, at=NOW + 3 * DAY)
    factories.lose(factories.reread(deal), at=NOW + 4 * DAY)

    assert [(each.outcome, each.reopened_at) for each in deal.closings.order_by("pk")] == [
        ("lost", NOW + DAY),
        ("won", NOW + 3 * DAY),
        ("lost", None),
    ]
    assert Closing.objects.filter(reopened_at=None).count() == 1


def test_a_reopened_deal_can_be_changed_moved_and_closed_again(rep):
    deal = factories.won_deal(owner=rep)
    reopen(deal, to_stage=stage(PROPOSE))
    deal = factories.edit(factories.reread(deal), proposal_presented=False)

    with refused(transitions.GateClosed):
        transitions.advance(opportunity=deal, by=rep, at=NOW)

    deal = factories.edit(deal, proposal_presented=True)
    transitions.advance(opportunity=deal, by=rep, at=NOW)
    factories.win(factories.reread(deal))
    assert factories.reread(deal).is_won


# Ask a manager, and waive what is missing and close


def ask(deal, by=None, at=NOW, why="They went bankrupt."):
    return transitions.ask_manager(opportunity=deal, by=by or deal.owner, at=at, reason=why)


def decline(deal, by, at=NOW, answer="Call them once more."):
    transitions.decline_request(opportunity=deal, by=by, at=at, answer=answer)


@pytest.mark.parametrize("because", ["", " \u200b"])
def test_waiving_on_closing_has_a_reason(rep, manager, because):
    deal = factories.ready_deal(DEVELOP, owner=rep)

    with refused(transitions.EntryMissing) as caught:
        factories.lose(deal, by=manager, waive_because=because)

    assert caught.value.field == "waive_because"


def test_closing_the_deal_answers_whoever_asked(rep, manager):
    deal = factories.deal_in(DEVELOP, owner=rep)
    request = ask(deal)

    factories.lose(deal, by=manager, waive_because="It died.")

    request.refresh_from_db()
    assert request.answered_by == manager


def test_asking_has_a_reason_and_so_has_declining(rep, manager):
    deal = factories.deal_in(DEVELOP, owner=rep)

    with refused(transitions.EntryMissing):
        ask(deal, why=" ")
    with refused(transitions.NoSuchMove):
        decline(deal, by=manager)
    ask(deal)
    with refused(transitions.EntryMissing):
        decline(deal, by=manager, answer="\u00a0")
    with refused(transitions.NotAllowed):
        decline(deal, by=rep)
