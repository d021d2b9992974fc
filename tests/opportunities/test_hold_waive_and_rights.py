"""Hold, resume and waive, and who may move what."""

import pytest

from opportunities import transitions
from opportunities.models import Event, Opportunity, StageVisit
from opportunities.verify import run
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import CLOSE, DAY, DEVELOP, HOUR, NOW, PROPOSE, QUALIFY, stage
from tests.support.moves import (
    back,
    finish,
    forward,
    hold,
    jump,
    last_event,
    missing,
    waive,
    where,
)

pytestmark = pytest.mark.django_db


# Hold and resume


def test_hold_writes_a_row_and_a_status_reason(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)

    made = hold(opportunity, at=NOW + HOUR, reason="They are on holiday.")

    opportunity = factories.reread(opportunity)
    assert (opportunity.is_on_hold, opportunity.status_reason.key, opportunity.status) == (True, "on_hold", "open")
    assert (made.visit.stage.name_en, made.from_at, made.until_at, made.by) == (DEVELOP, NOW + HOUR, None, rep)
    assert (last_event(opportunity).kind, last_event(opportunity).reason) == (Event.Kind.HELD, "They are on holiday.")


def test_resume_ends_the_hold_in_the_same_stage(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    made = hold(opportunity)

    transitions.resume(opportunity=opportunity, by=rep, at=NOW + DAY)

    made.refresh_from_db()
    opportunity = factories.reread(opportunity)
    assert (made.until_at, made.ended_by) == (NOW + DAY, rep)
    assert (opportunity.is_on_hold, opportunity.status_reason.key) == (False, "in_progress")
    assert where(opportunity)[0] == DEVELOP
    assert last_event(opportunity).kind == Event.Kind.RESUMED


def moves_of_an_open_opportunity():
    yield "advance", DEVELOP, forward
    yield "back", DEVELOP, back
    yield "jump", DEVELOP, lambda opportunity, at: jump(opportunity, PROPOSE, at=at)
    yield "finish", CLOSE, finish
    yield "won", CLOSE, factories.win
    yield "lost", CLOSE, factories.lose


@pytest.mark.parametrize(
    ("here", "move"),
    [pytest.param(here, move, id=name) for name, here, move in moves_of_an_open_opportunity()],
)
def test_any_other_move_ends_the_hold(rep, here, move):
    opportunity = factories.ready_opportunity(here, owner=rep)
    made = hold(opportunity)

    move(opportunity, at=NOW + DAY)

    made.refresh_from_db()
    opportunity = factories.reread(opportunity)
    assert (made.until_at, opportunity.is_on_hold) == (NOW + DAY, False)
    assert opportunity.status_reason.key == (
        opportunity.closings.get().status_reason.key if opportunity.closings.exists() else "in_progress"
    )


def test_an_edit_does_not_end_the_hold(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    hold(opportunity)

    factories.edit(opportunity, customer_need="Trucks")

    assert factories.reread(opportunity).is_on_hold


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\u00a0"])
def test_a_hold_without_a_reason_is_refused(rep, reason):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        hold(opportunity, reason=reason)

    assert caught.value.field == "reason"


def test_a_second_hold_and_a_resume_without_a_hold_are_refused(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    with refused(transitions.NoSuchMove, "not on hold"):
        transitions.resume(opportunity=opportunity, by=rep, at=NOW)
    hold(opportunity)

    with refused(transitions.NoSuchMove):
        hold(opportunity)


def test_a_finished_process_cannot_be_put_on_hold(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    with refused(transitions.NoSuchMove):
        hold(opportunity)


# Waive


def test_a_waived_step_counts_as_met(rep, manager):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    waiver = waive(opportunity, "customer_need", by=manager, reason="They cannot say.")

    opportunity = factories.reread(opportunity)
    assert (waiver.by, waiver.at, waiver.reason) == (manager, NOW, "They cannot say.")
    assert (opportunity.is_ready, opportunity.steps_met, opportunity.steps_required) == (True, 4, 4)
    event = last_event(opportunity)
    assert (event.kind, event.reason, event.by) == (Event.Kind.WAIVED, "They cannot say.", manager)
    forward(opportunity)
    assert where(opportunity)[0] == PROPOSE


def test_a_waiver_applies_to_one_opportunity_only(rep, manager):
    waived, other = (
        factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"]) for _ in range(2)
    )
    waive(waived, "customer_need", by=manager)

    with refused(transitions.GateClosed):
        forward(other)


def test_only_managers_can_waive(rep, colleague):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(transitions.NotAllowed):
        waive(opportunity, "contact", by=rep)
    with refused(transitions.NotAllowed):
        waive(opportunity, "contact", by=colleague)


@pytest.mark.parametrize("reason", ["", "\t\n", "\u2060"])
def test_a_waiver_without_a_reason_is_refused(rep, manager, reason):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        waive(opportunity, "contact", by=manager, reason=reason)

    assert caught.value.field == "reason"


def test_a_step_that_is_met_optional_or_waived_cannot_be_waived(rep, manager):
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)

    with refused(transitions.NoSuchMove, "is not missing"):
        waive(opportunity, "contact", by=manager)
    with refused(transitions.NoSuchMove, "is not missing"):
        waive(opportunity, "proposal_developed", by=manager)
    waive(opportunity, "customer_need", by=manager)
    with refused(transitions.NoSuchMove, "is not missing"):
        waive(opportunity, "customer_need", by=manager)


def test_an_unknown_step_shuts_the_gate_until_it_is_waived(rep, manager):
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)
    factories.change_step("contact", field="shoe_size")

    with refused(transitions.GateClosed) as caught:
        forward(opportunity)
    assert missing(caught) == [(QUALIFY, "shoe_size")]

    waive(opportunity, "shoe_size", by=manager)
    forward(opportunity)
    assert where(opportunity)[0] == DEVELOP


# Permissions, and deleted or closed opportunities

MOVES = {
    "advance": lambda opportunity, by: forward(opportunity, by=by),
    "jump": lambda opportunity, by: jump(opportunity, PROPOSE, by=by),
    "back": lambda opportunity, by: back(opportunity, by=by),
    "finish": lambda opportunity, by: finish(opportunity, by=by),
    "won": lambda opportunity, by: factories.win(opportunity, by=by),
    "lost": lambda opportunity, by: factories.lose(opportunity, by=by),
    "hold": lambda opportunity, by: hold(opportunity, by=by),
    "resume": lambda opportunity, by: transitions.resume(opportunity=opportunity, by=by, at=NOW),
    "waive": lambda opportunity, by: waive(opportunity, "decision_date", by=by),
    "reopen": lambda opportunity, by: transitions.reopen(opportunity=opportunity, by=by, at=NOW, reason="Again."),
    "edit": lambda opportunity, by: factories.edit(opportunity, by=by, name="Mine now"),
}


def test_a_user_without_permission_cannot_move_the_opportunity(rep, colleague, stranger, subtests):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)

    for name, move in MOVES.items():
        for outsider in (colleague, stranger):
            with subtests.test(f"{name} by {outsider.username}"), refused(transitions.NotAllowed):
                move(opportunity, outsider)


def test_moving_a_deleted_opportunity_is_refused(rep, manager, subtests):
    opportunity = factories.OpportunityFactory(owner=rep)
    deleted = Opportunity(pk=opportunity.pk + 1_000_000, owner=rep, active_stage=opportunity.active_stage)

    for name, move in MOVES.items():
        with subtests.test(name), refused(transitions.Gone, "deleted"):
            move(deleted, manager)


@pytest.mark.parametrize("closed", [factories.won_opportunity, factories.lost_opportunity])
def test_moving_a_closed_opportunity_is_refused(rep, manager, closed, subtests):
    opportunity = closed(owner=rep)

    for name in MOVES.keys() - {"reopen"}:
        for person in (rep, manager):
            with subtests.test(name), refused(transitions.OpportunityClosed, "closed and can only be read"):
                MOVES[name](opportunity, person)


def test_team_members_and_managers_can_move_an_opportunity(rep, colleague, manager):
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)
    factories.add_team_member(opportunity, user=colleague)

    forward(opportunity, by=colleague)
    back(factories.reread(opportunity), by=manager)

    assert where(opportunity)[0] == QUALIFY


def test_the_object_passed_in_does_not_change(rep):
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)
    before = dict(opportunity.__dict__)

    forward(opportunity)

    assert {name: value for name, value in opportunity.__dict__.items() if name in before and name != "_state"} == {
        name: value for name, value in before.items() if name != "_state"
    }


def test_an_unfinished_process_has_one_open_visit_and_a_finished_one_none(rep):
    opportunity = factories.opportunity_in(CLOSE, owner=rep)
    assert StageVisit.objects.filter(opportunity=opportunity, left_at=None).count() == 1

    finish(factories.fill(opportunity))
    assert StageVisit.objects.filter(opportunity=opportunity, left_at=None).count() == 0


def test_a_finished_process_cannot_move_to_a_stage_added_later(rep):
    opportunity = factories.finished_opportunity(owner=rep)
    after = factories.add_stage(stage(CLOSE).process, "After", order=9)

    with refused(transitions.NoSuchMove):
        jump(opportunity, after.name_en)
    with refused(transitions.NoSuchMove):
        transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    factories.win(opportunity)
    assert factories.reread(opportunity).is_won
    assert list(run.faults()) == []
