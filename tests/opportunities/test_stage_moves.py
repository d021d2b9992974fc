"""Start, Next Stage, Move here, Back and Finish: what each does, and when it is refused."""

import datetime
import zoneinfo
from decimal import Decimal
from itertools import pairwise

import pytest

from opportunities import transitions
from opportunities.models import Event
from stages.models import Process
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    HOUR,
    NOW,
    PROPOSE,
    QUALIFY,
    STAGES,
    ready_opportunity,
    reread,
    stage,
    step,
)
from tests.support.moves import (
    EACH_STEP,
    REQUIRED,
    back,
    finish,
    forward,
    hold,
    jump,
    last_event,
    missing,
    visits,
    waive,
    where,
)

pytestmark = pytest.mark.django_db


# Start


def test_an_opportunity_starts_in_the_first_stage_of_the_default_process(rep):
    opportunity = transitions.start(by=rep, at=NOW, owner=rep, name="Fleet telematics")

    opportunity = factories.reread(opportunity)
    assert where(opportunity) == (QUALIFY, QUALIFY, False, "open")
    assert visits(opportunity) == [(QUALIFY, NOW, None)]
    assert opportunity.instances.get().is_primary
    assert opportunity.status_reason.key == "in_progress"
    assert (opportunity.created_by, opportunity.created_at, opportunity.modified_at, opportunity.stage_entered_at) == (
        rep,
        NOW,
        NOW,
        NOW,
    )
    assert (opportunity.steps_met, opportunity.steps_required, opportunity.is_ready) == (0, 6, False)


def test_starting_writes_the_first_version_and_event(rep):
    opportunity = transitions.start(by=rep, at=NOW, owner=rep, name="Fleet telematics", estimated_budget=Decimal(0))

    event = opportunity.events.get()
    assert (factories.reread(opportunity).version, event.version, event.kind, event.by) == (
        1,
        1,
        Event.Kind.STARTED,
        rep,
    )
    changes = {change["field"]: change["new"] for change in event.changes}
    assert changes["name"] == "Fleet telematics"
    assert changes["estimated_budget"] == "0.00"


def test_a_contact_at_the_start_becomes_a_stakeholder_and_fills_in_the_account(rep):
    contact = factories.ContactFactory()

    opportunity = factories.OpportunityFactory(owner=rep, contact=contact)

    assert factories.reread(opportunity).account == contact.account
    assert opportunity.stakeholders.get().contact == contact
    assert factories.reread(opportunity).stakeholder_count == 1


def test_an_opportunity_can_be_started_in_another_process(rep):
    tenders = Process.objects.create(name_en="Tenders")
    first = factories.add_stage(tenders, "Read", order=1)

    opportunity = factories.OpportunityFactory(owner=rep, process=tenders)

    assert factories.reread(opportunity).active_stage == first
    assert opportunity.instances.get().process == tenders


def test_a_manager_can_start_an_opportunity_for_a_rep(manager, rep):
    opportunity = factories.OpportunityFactory(owner=rep, by=manager)

    assert (factories.reread(opportunity).owner, factories.reread(opportunity).created_by) == (rep, manager)


def test_a_user_without_a_role_cannot_start_or_own_an_opportunity(stranger, rep):
    with refused(transitions.NotAllowed, "role"):
        factories.OpportunityFactory(owner=rep, by=stranger)
    with refused(transitions.NotAllowed, "role"):
        factories.OpportunityFactory(owner=stranger, by=rep)


@pytest.mark.parametrize(
    ("entries", "refusal", "field"),
    [
        ({"name": ""}, transitions.InvalidEntry, "name"),
        ({"name": " \u200b\u00a0"}, transitions.InvalidEntry, "name"),
        ({"name": "x" * 201}, transitions.InvalidEntry, "name"),
        ({"estimated_budget": Decimal(-1)}, transitions.InvalidEntry, "estimated_budget"),
        ({"estimated_budget": Decimal("1.234")}, transitions.InvalidEntry, "estimated_budget"),
        ({"estimated_budget": Decimal("NaN")}, transitions.InvalidEntry, "estimated_budget"),
        ({"estimated_budget": Decimal("1e13")}, transitions.InvalidEntry, "estimated_budget"),
        ({"probability": 101}, transitions.InvalidEntry, "probability"),
        ({"purchase_process": "by lot"}, transitions.InvalidEntry, "purchase_process"),
        ({"contact_id": 2**62}, TypeError, None),
        ({"forecast_category": "won"}, transitions.BrokenConstraint, None),
        ({"decision_maker_identified": True}, transitions.EvidenceMissing, "decision_maker_identified"),
        ({"status": "won"}, TypeError, None),
        ({"active_stage": None}, TypeError, None),
    ],
)
def test_a_start_with_an_invalid_entry_is_refused(rep, entries, refusal, field):
    with refused(refusal) as caught:
        transitions.start(by=rep, at=NOW, owner=rep, **{"name": "Fleet telematics", **entries})

    assert getattr(caught.value, "field", None) == field


def test_a_start_without_a_default_process_is_refused(rep):
    Process.objects.update(is_default=False)

    with refused(transitions.NoSuchMove, "no process for new opportunities"):
        factories.OpportunityFactory(owner=rep)


def test_a_start_in_an_archived_or_empty_process_is_refused(rep):
    archived = Process.objects.create(name_en="Old", is_archived=True)
    empty = Process.objects.create(name_en="Empty")

    with refused(transitions.NoSuchMove):
        factories.OpportunityFactory(owner=rep, process=archived)
    with refused(transitions.NoSuchMove, "no stages"):
        factories.OpportunityFactory(owner=rep, process=empty)


# Next Stage


@pytest.mark.parametrize(("here", "there"), list(pairwise(STAGES)))
def test_next_stage_ends_the_visit_and_begins_another(rep, here, there):
    opportunity = factories.ready_opportunity(here, owner=rep)
    version = opportunity.version

    visit = forward(opportunity, at=NOW + DAY)

    opportunity = factories.reread(opportunity)
    assert where(opportunity) == (there, there, False, "open")
    assert visits(opportunity)[-2:] == [(here, NOW, NOW + DAY), (there, NOW + DAY, None)]
    assert visit == opportunity.visits.latest("pk")
    assert (visit.entered_by, opportunity.stage_entered_at) == (rep, NOW + DAY)
    assert opportunity.version == version + 1
    event = last_event(opportunity)
    assert (event.kind, event.by, event.at, event.version) == (Event.Kind.ADVANCED, rep, NOW + DAY, opportunity.version)
    assert (event.from_stage.name_en, event.to_stage.name_en) == (here, there)
    assert (opportunity.steps_met, opportunity.steps_required, opportunity.is_ready) == (0, len(REQUIRED[there]), False)


@pytest.mark.parametrize(("here", "field"), EACH_STEP)
def test_a_single_missing_step_shuts_the_gate_and_is_named(rep, here, field):
    opportunity = factories.fill(factories.opportunity_in(here, owner=rep), here, leave=[field])
    if field in ("contact", "account"):  # a contact fills in the account
        opportunity = factories.edit(opportunity, **{field: None})
    move = finish if here == CLOSE else forward

    with refused(transitions.GateClosed) as caught:
        move(opportunity)

    assert missing(caught) == [(here, field)]
    assert step(field).name in str(caught.value)
    assert not opportunity.is_ready


@pytest.mark.parametrize("here", STAGES)
def test_a_shut_gate_lists_every_missing_step_in_order(rep, here):
    opportunity = factories.opportunity_in(here, owner=rep)

    with refused(transitions.GateClosed) as caught:
        (finish if here == CLOSE else forward)(opportunity)

    assert missing(caught) == [(here, field) for field in REQUIRED[here]]
    for field in REQUIRED[here]:
        assert step(field).name in str(caught.value)


def test_an_optional_step_does_not_shut_the_gate(rep):
    opportunity = factories.ready_opportunity(PROPOSE, owner=rep)
    assert not opportunity.proposal_developed

    forward(opportunity)

    assert where(opportunity)[0] == CLOSE


def test_the_gate_includes_the_steps_of_earlier_stages(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    factories.change_step("contact", field="description")

    with refused(transitions.GateClosed) as caught:
        forward(opportunity)

    assert missing(caught) == [(QUALIFY, "description")]


def test_next_stage_in_the_last_stage_is_refused(rep):
    for opportunity in (factories.ready_opportunity(CLOSE, owner=rep), factories.finished_opportunity(owner=rep)):
        with refused(transitions.NoSuchMove, "no stage after Close"):
            forward(opportunity)


def test_the_ended_visit_stores_the_state_of_each_requirement(rep, manager):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    waive(opportunity, "customer_need", by=manager)

    forward(opportunity)

    left = opportunity.visits.get(stage=stage(DEVELOP))
    assert {each["field"]: each["state"] for each in left.requirements} == {
        "customer_need": "waived",
        "proposed_solution": "met",
        "stakeholders_identified": "met",
        "competitors_identified": "met",
    }
    assert left.left_by == rep


def test_a_visit_never_ends_before_it_began(rep):
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)

    forward(opportunity, at=NOW - DAY)

    assert visits(opportunity)[0] == (QUALIFY, NOW, NOW)


# A form rendered for another stage


def test_a_second_press_of_next_stage_is_refused_and_names_the_first_user(rep, colleague):
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    forward(opportunity, by=colleague, at=NOW + HOUR)

    with refused(transitions.AlreadyMoved, "is in Develop now") as caught:
        forward(opportunity)

    event = caught.value.event
    assert (event.by, event.at, event.to_stage.name_en) == (colleague, NOW + HOUR, DEVELOP)


def test_a_refusal_says_that_the_process_is_finished_by_now(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.AlreadyMoved, "The process of this opportunity is finished now"):
        forward(opportunity, from_stage=stage(PROPOSE))


def test_every_move_from_another_stage_is_refused(rep, subtests):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)

    for move in (forward, back, finish, factories.win, factories.lose):
        with subtests.test(move.__name__), refused(transitions.AlreadyMoved):
            move(opportunity, from_stage=stage(QUALIFY))


def test_move_here_from_another_stage_is_refused(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)

    with refused(transitions.AlreadyMoved):
        jump(opportunity, PROPOSE, from_stage=stage(QUALIFY))


def test_a_refusal_names_the_last_mover_in_spite_of_later_events(rep, manager):
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)
    forward(opportunity, at=NOW + HOUR)
    waive(opportunity, "customer_need", by=manager)
    hold(opportunity, by=manager)

    with refused(transitions.AlreadyMoved) as caught:
        forward(opportunity)

    assert (caught.value.event.kind, caught.value.event.by) == (Event.Kind.ADVANCED, rep)


# Move here


def test_move_here_enters_a_later_stage_without_visits_in_between(rep):
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep))

    visit = jump(opportunity, CLOSE, at=NOW + DAY)

    assert where(opportunity) == (CLOSE, CLOSE, False, "open")
    assert visits(opportunity) == [(QUALIFY, NOW, NOW + DAY), (CLOSE, NOW + DAY, None)]
    assert visit.stage.name_en == CLOSE
    event = last_event(opportunity)
    assert (event.kind, event.from_stage.name_en, event.to_stage.name_en) == (Event.Kind.JUMPED, QUALIFY, CLOSE)


@pytest.mark.parametrize(
    ("here", "to", "field"),
    [
        (here, to, field)
        for here, to, field in [
            (QUALIFY, CLOSE, "purchase_timeframe"),
            (QUALIFY, CLOSE, "proposed_solution"),
            (QUALIFY, CLOSE, "internal_review_completed"),
            (QUALIFY, PROPOSE, "competitors_identified"),
            (DEVELOP, CLOSE, "sales_team_identified"),
        ]
    ],
)
def test_move_here_needs_every_gate_on_the_way(rep, here, to, field):
    opportunity = factories.fill(factories.opportunity_in(here, owner=rep), leave=[field])

    with refused(transitions.GateClosed) as caught:
        jump(opportunity, to)

    assert missing(caught) == [(step(field).stage.name_en, field)]


def test_move_here_does_not_need_the_steps_of_the_target_stage(rep):
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)

    jump(opportunity, DEVELOP)

    assert where(opportunity)[0] == DEVELOP


@pytest.mark.parametrize("to", [QUALIFY, DEVELOP])
def test_move_here_to_the_same_or_an_earlier_stage_is_refused(rep, to):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)

    with refused(transitions.NoSuchMove, "only move forward"):
        jump(opportunity, to)


def test_move_here_in_a_finished_process_is_refused(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.NoSuchMove):
        jump(opportunity, CLOSE)


def test_a_move_to_a_foreign_or_archived_stage_is_refused(rep):
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep))
    foreign = factories.add_stage(Process.objects.create(name_en="Tenders"), "Read")
    factories.change_stage(PROPOSE, is_archived=True)

    for target in (foreign, stage(PROPOSE)):
        with refused(transitions.NoSuchMove, "not part of this process"):
            transitions.jump(opportunity=opportunity, by=rep, at=NOW, to_stage=target)
        with refused(transitions.NoSuchMove, "not part of this process"):
            back(opportunity, to_stage=target)


# Back


def test_back_begins_a_new_visit_to_the_previous_stage(rep):
    opportunity = factories.opportunity_in(PROPOSE, owner=rep)

    visit = back(opportunity, at=NOW + DAY, reason="They want something else.")

    assert where(opportunity) == (DEVELOP, DEVELOP, False, "open")
    assert visits(opportunity)[-2:] == [(PROPOSE, NOW, NOW + DAY), (DEVELOP, NOW + DAY, None)]
    assert visit.stage.name_en == DEVELOP
    event = last_event(opportunity)
    assert (event.kind, event.reason) == (Event.Kind.WENT_BACK, "They want something else.")
    assert {each["state"] for each in opportunity.visits.get(stage=stage(PROPOSE)).requirements} == {"unmet"}


@pytest.mark.parametrize("to", [QUALIFY, DEVELOP, PROPOSE])
def test_back_can_return_to_any_visited_stage(rep, to):
    opportunity = factories.opportunity_in(CLOSE, owner=rep)

    back(opportunity, to_stage=stage(to))

    assert where(opportunity)[0] == to


def test_back_to_a_skipped_stage_is_refused(rep):
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep))
    jump(opportunity, CLOSE)
    opportunity = factories.reread(opportunity)

    with refused(transitions.NoSuchMove, "was skipped"):
        back(opportunity, to_stage=stage(DEVELOP))

    back(opportunity, to_stage=stage(PROPOSE))  # the previous one may be entered, visited or not
    assert where(opportunity)[0] == PROPOSE


@pytest.mark.parametrize("to", [DEVELOP, PROPOSE, CLOSE])
def test_back_to_the_same_or_a_later_stage_is_refused(rep, to):
    opportunity = factories.opportunity_in(CLOSE, owner=rep)
    back(opportunity, to_stage=stage(DEVELOP))
    opportunity = factories.edit(factories.reread(opportunity), customer_need="")

    with refused(transitions.NoSuchMove, "only go back to an earlier stage"):
        back(opportunity, to_stage=stage(to))


def test_back_in_the_first_stage_is_refused(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(transitions.NoSuchMove, "no stage before Qualify"):
        back(opportunity)


@pytest.mark.parametrize("to", [None, CLOSE, QUALIFY])
def test_a_finished_process_that_goes_back_is_unfinished(rep, to):
    opportunity = factories.finished_opportunity(owner=rep)

    back(opportunity, to_stage=to and stage(to), at=NOW + DAY)

    assert where(opportunity) == (to or PROPOSE, to or PROPOSE, False, "open")
    assert opportunity.instances.get().finished_at is None
    assert visits(opportunity)[-1] == (to or PROPOSE, NOW + DAY, None)


# Finish


def test_finish_ends_the_last_visit_and_leaves_the_last_stage_active(rep):
    opportunity = factories.ready_opportunity(CLOSE, owner=rep)

    visit = finish(opportunity, at=NOW + DAY)

    assert where(opportunity) == (CLOSE, CLOSE, True, "open")
    assert opportunity.instances.get().finished_at == NOW + DAY
    assert visits(opportunity)[-1] == (CLOSE, NOW, NOW + DAY)
    assert visit.stage.name_en == CLOSE
    assert last_event(opportunity).kind == Event.Kind.FINISHED


@pytest.mark.parametrize("here", [QUALIFY, DEVELOP, PROPOSE])
def test_finish_before_the_last_stage_is_refused(rep, here):
    opportunity = factories.fill(factories.opportunity_in(here, owner=rep))

    with refused(transitions.NoSuchMove, "Only the last stage"):
        finish(opportunity)


def test_finish_in_a_finished_process_is_refused(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.NoSuchMove, "already finished"):
        finish(opportunity)


# Days in the stage


def days(opportunity, at):
    return reread(opportunity).days_in_stage(at)


def test_a_move_that_is_taken_back_gives_back_the_days_in_the_stage(rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW + 20 * DAY)
    assert days(opportunity, NOW + 20 * DAY) == 0

    transitions.go_back(opportunity=reread(opportunity), by=rep, at=NOW + 20 * DAY)

    assert days(opportunity, NOW + 20 * DAY) == 20
    assert days(opportunity, NOW + 23 * DAY) == 23


def test_the_days_in_a_stage_are_those_of_all_its_visits_without_holds_and_the_time_elsewhere(rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW + 2 * DAY, reason="Summer")
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW + 10 * DAY)
    transitions.go_back(opportunity=reread(opportunity), by=rep, at=NOW + 15 * DAY)

    assert days(opportunity, NOW + 16 * DAY) == 3
    assert reread(opportunity).stage_entered_at == NOW + 15 * DAY

    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW + 17 * DAY)

    assert days(opportunity, NOW + 18 * DAY) == 6


def test_the_days_of_a_stage_are_exact_when_the_clock_is_changed(rep):
    """The clock was set an hour ahead on 29 March 2026 in Oslo, where a view has its `at` in local time."""
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)
    in_march = datetime.datetime(2026, 3, 27, 10, 0, tzinfo=zoneinfo.ZoneInfo("Europe/Oslo"))
    forward(opportunity, at=in_march)

    again = datetime.datetime(2026, 3, 30, 10, 0, tzinfo=zoneinfo.ZoneInfo("Europe/Oslo"))
    transitions.go_back(opportunity=reread(opportunity), by=rep, at=again)

    assert reread(opportunity).stage_counted_from == again.astimezone(datetime.UTC) - (in_march - NOW)
