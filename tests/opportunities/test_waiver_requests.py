"""Asking a manager to waive one step, the answers, taking back, and withdrawing a waiver: the rules."""

import pytest

from opportunities import transitions
from opportunities.models import Event, Waiver, WaiverRequest
from opportunities.transitions import MoveKind
from opportunities.verify import run
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import DEVELOP, HOUR, NOW, QUALIFY, opportunity_in, reread, step
from tests.support.moves import waive

pytestmark = pytest.mark.django_db

NEED = "customer_need"


def ask(opportunity, by, name=NEED, **more):
    given = {"step": step(name), "reason": "They never say.", "at": NOW, **more}
    return transitions.ask_for_waiver(opportunity=reread(opportunity), by=by, **given)


def act(move, opportunity, by, name=NEED, **more):
    given = {"step": step(name), "at": NOW + HOUR, **more}
    return getattr(transitions, move)(opportunity=reread(opportunity), by=by, **given)


def approve(opportunity, by, **more):
    return act("approve_waiver_request", opportunity, by, **{"reason": "A small case.", **more})


def decline(opportunity, by, **more):
    return act("decline_waiver_request", opportunity, by, **more)


def take_back(opportunity, by, **more):
    return act("take_back_waiver_request", opportunity, by, **more)


def withdraw(opportunity, by, **more):
    return act("withdraw_waiver", opportunity, by, **{"reason": "They say now.", **more})


def last_event(opportunity):
    return reread(opportunity).events.latest("version")


def what_happened(opportunity):
    """What the last event says of requests and waivers of single steps."""
    return [(each["step"]["id"], each["what"]) for each in last_event(opportunity).waiver_changes]


def faults():
    return [fault.what for fault in run.faults() if not fault.is_stricter_later]


# Asking


def test_a_rep_asks_a_manager_to_waive_a_missing_step(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    request = ask(opportunity, rep)

    assert (request.by, request.at, request.reason, request.outcome) == (rep, NOW, "They never say.", "")
    assert reread(opportunity).asked_steps == [step(NEED).pk]
    event = last_event(opportunity)
    assert (event.kind, event.reason, event.to_stage.name_en) == (Event.Kind.ASKED_WAIVER, "They never say.", DEVELOP)
    assert what_happened(opportunity) == [(step(NEED).pk, "asked")]
    assert faults() == []


def test_a_request_leaves_the_step_missing(rep):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=[NEED])

    ask(opportunity, rep)

    with refused(transitions.GateClosed):
        transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW)


@pytest.mark.parametrize("reason", ["", " ", "\u200b"])
def test_a_request_without_a_reason_is_refused(rep, reason):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with refused(transitions.EntryMissing, "why the step should be waived"):
        ask(opportunity, rep, reason=reason)


def test_a_second_request_for_the_same_step_is_refused_and_one_for_another_step_is_not(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)

    with refused(transitions.NoSuchMove, "asked to waive this step already"):
        ask(opportunity, rep)
    ask(opportunity, rep, "proposed_solution")

    assert reread(opportunity).asked_steps == sorted([step(NEED).pk, step("proposed_solution").pk])


@pytest.mark.parametrize("name", ["contact", "proposal_developed"])
def test_a_step_that_is_met_or_optional_cannot_be_asked_for(rep, name):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with refused(transitions.NoSuchMove, "is not missing"):
        ask(opportunity, rep, name)


def test_a_stranger_and_a_closed_opportunity_are_refused(rep, colleague):
    opportunity, closed = opportunity_in(DEVELOP, owner=rep), factories.lost_opportunity(owner=rep)

    with refused(transitions.NotAllowed):
        ask(opportunity, colleague)
    with refused(transitions.OpportunityClosed):
        ask(closed, rep)


# Approving


def test_an_approved_request_waives_the_step_in_the_same_write(rep, manager):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=[NEED])
    request = ask(opportunity, rep)
    version = reread(opportunity).version

    waiver = approve(opportunity, manager)

    request.refresh_from_db()
    assert (request.outcome, request.answered_by, request.answered_at) == ("approved", manager, NOW + HOUR)
    assert (request.waiver, waiver.reason, waiver.by) == (waiver, "A small case.", manager)
    now = reread(opportunity)
    assert (now.version, now.asked_steps, now.is_ready, now.steps_waived) == (version + 1, [], True, 1)
    event = last_event(opportunity)
    assert (event.kind, event.waived_steps[0]["id"]) == (Event.Kind.WAIVED, step(NEED).pk)
    assert what_happened(opportunity) == [(step(NEED).pk, "approved")]
    transitions.advance(opportunity=now, by=rep, at=NOW + HOUR)
    assert faults() == []


def test_a_rep_can_neither_approve_nor_decline(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)

    with refused(transitions.NotAllowed):
        approve(opportunity, rep)
    with refused(transitions.NotAllowed):
        decline(opportunity, rep)


def test_an_approval_without_a_reason_is_refused(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)

    with refused(transitions.EntryMissing):
        approve(opportunity, manager, reason=" ")


@pytest.mark.parametrize("answer", [approve, decline, take_back])
def test_without_a_request_there_is_nothing_to_answer(rep, manager, answer):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with refused(transitions.NoSuchMove, "No request is waiting"):
        answer(opportunity, manager)


def test_a_request_for_a_step_that_became_optional_can_be_declined_and_not_approved(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)
    factories.change_step(NEED, required=False)

    with refused(transitions.NoSuchMove, "is not missing"):
        approve(opportunity, manager)
    decline(opportunity, manager)

    assert WaiverRequest.objects.get().outcome == "declined"
    assert faults() == []


# Declining and taking back


@pytest.mark.parametrize("answer", ["", "Ask their finance manager."])
def test_a_manager_declines_with_or_without_an_answer(rep, manager, answer):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)

    decline(opportunity, manager, answer=answer)

    request = WaiverRequest.objects.get()
    assert (request.outcome, request.answer, request.answered_by) == ("declined", answer, manager)
    assert not Waiver.objects.exists()
    assert (last_event(opportunity).kind, last_event(opportunity).reason) == (Event.Kind.DECLINED_WAIVER, answer)
    assert faults() == []


def test_an_invisible_answer_is_none(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)

    decline(opportunity, manager, answer="\u200b")

    assert WaiverRequest.objects.get().answer == ""
    assert last_event(opportunity).reason == ""


def test_a_rep_may_ask_again_after_a_manager_declined(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)
    decline(opportunity, manager)

    ask(opportunity, rep, at=NOW + HOUR)
    approve(opportunity, manager)

    assert list(WaiverRequest.objects.values_list("outcome", flat=True)) == ["declined", "approved"]
    assert faults() == []


def test_a_request_is_taken_back_by_who_asked_or_a_colleague_of_the_team(rep, colleague):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    for person in (rep, colleague):
        ask(opportunity, rep, at=NOW + HOUR)

        take_back(opportunity, person)

        assert WaiverRequest.objects.latest("pk").answered_by == person
        assert reread(opportunity).asked_steps == []
    assert last_event(opportunity).kind == Event.Kind.TOOK_BACK_WAIVER
    assert faults() == []


# Requests that end by themselves


def test_a_request_ends_when_the_step_is_met(rep, colleague):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    ask(opportunity, rep)

    factories.edit(reread(opportunity), by=colleague, at=NOW + HOUR, customer_need="Trucks")

    request = WaiverRequest.objects.get()
    assert (request.outcome, request.answered_by, request.answered_at) == ("not_needed", colleague, NOW + HOUR)
    assert reread(opportunity).asked_steps == []
    assert what_happened(opportunity) == [(step(NEED).pk, "not_needed")]
    assert last_event(opportunity).kind == Event.Kind.EDITED
    assert faults() == []


def test_an_edit_that_leaves_the_step_missing_leaves_the_request(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)

    factories.edit(reread(opportunity), proposed_solution="Sensors")

    assert WaiverRequest.objects.get().outcome == ""


def test_a_request_ends_when_the_step_is_waived_without_it(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)

    waive(opportunity, NEED, by=manager)

    request = WaiverRequest.objects.get()
    assert (request.outcome, request.waiver, request.answered_by) == ("not_needed", None, manager)
    assert faults() == []


def test_all_requests_end_when_the_opportunity_is_closed(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)
    ask(opportunity, rep, "proposed_solution")

    factories.lose(reread(opportunity), by=manager, at=NOW + HOUR, waive_because="They are gone.")

    assert set(WaiverRequest.objects.values_list("outcome", flat=True)) == {"not_needed"}
    assert reread(opportunity).asked_steps == []
    assert faults() == []


def test_a_request_ends_with_the_next_write_after_the_step_became_optional(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)
    factories.change_step(NEED, required=False)

    factories.edit(reread(opportunity), proposed_solution="Sensors")

    assert WaiverRequest.objects.get().outcome == "not_needed"


# Withdrawing


def test_a_withdrawn_waiver_stays_and_counts_no_more(rep, manager):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=[NEED])
    waive(opportunity, NEED, by=manager)

    waiver = withdraw(opportunity, manager)

    assert (waiver.withdrawn_by, waiver.withdrawn_at, waiver.withdraw_reason) == (manager, NOW + HOUR, "They say now.")
    now = reread(opportunity)
    assert not now.waivers.in_force().exists()
    assert (now.is_ready, now.steps_waived, now.unmet_steps) == (False, 0, [step(NEED).pk])
    event = last_event(opportunity)
    assert (event.kind, event.reason, event.to_stage.name_en) == (Event.Kind.WITHDREW_WAIVER, "They say now.", DEVELOP)
    assert what_happened(opportunity) == [(step(NEED).pk, "withdrawn")]
    assert faults() == []


def test_a_withdrawal_in_a_passed_stage_blocks_no_edit_and_the_next_move_asks_for_the_step(rep, manager):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), leave=[NEED])
    waive(opportunity, NEED, by=manager)
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW)

    withdraw(opportunity, manager)

    assert reread(opportunity).missing_behind == 1
    factories.edit(reread(opportunity), by=rep, at=NOW + HOUR, description="Still editable.")
    with refused(transitions.GateClosed, "Customer need"):
        transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW + HOUR)
    assert faults() == []
    reported = [fault.what for fault in run.faults()]
    assert reported == ["the waiver of “Customer need” in Develop was withdrawn"]


def test_a_step_is_waived_again_after_a_withdrawal(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    waive(opportunity, NEED, by=manager)
    withdraw(opportunity, manager)

    waive(opportunity, NEED, by=manager, at=NOW + 2 * HOUR)
    withdraw(opportunity, manager, at=NOW + 3 * HOUR)

    assert Waiver.objects.filter(withdrawn_at__isnull=False).count() == 2
    assert faults() == []


def test_only_managers_withdraw_with_a_reason_a_waiver_that_counts_on_an_open_opportunity(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    with refused(transitions.NoSuchMove, "is not waived"):
        withdraw(opportunity, manager)
    waive(opportunity, NEED, by=manager)
    with refused(transitions.NotAllowed):
        withdraw(opportunity, rep)
    with refused(transitions.EntryMissing):
        withdraw(opportunity, manager, reason=" ")
    factories.lose(reread(opportunity), by=manager, waive_because="They are gone.")
    with refused(transitions.OpportunityClosed):
        withdraw(opportunity, manager)


def test_a_finished_opportunity_with_a_withdrawn_waiver_is_not_won(rep, manager):
    opportunity = factories.fill(opportunity_in(QUALIFY, owner=rep), leave=["debrief_filed"])
    waive(opportunity, "debrief_filed", by=manager)
    for _ in range(3):
        transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW)
    transitions.finish(opportunity=reread(opportunity), by=rep, at=NOW)

    withdraw(opportunity, manager, name="debrief_filed")

    with refused(transitions.GateClosed):
        factories.win(reread(opportunity), at=NOW + HOUR)
    assert faults() == []


# Pages that are out of date


def test_an_answer_to_a_request_that_was_taken_back_is_stale(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)
    seen = reread(opportunity).version
    take_back(opportunity, rep)

    with refused(transitions.RequestChanged, "taken back") as caught:
        approve(opportunity, manager, version=seen)

    assert caught.value.event.by == rep


def test_an_answer_to_a_request_that_was_declined_and_made_again_is_stale(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)
    seen = reread(opportunity).version
    decline(opportunity, manager)
    ask(opportunity, rep, reason="Another reason.", at=NOW + HOUR)

    with refused(transitions.RequestChanged):
        approve(opportunity, manager, version=seen)


def test_a_waiver_on_a_page_from_before_the_step_was_waived_and_the_waiver_withdrawn_is_stale(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    seen = reread(opportunity).version
    waive(reread(opportunity), NEED, by=manager)
    withdraw(opportunity, manager)

    with refused(transitions.RequestChanged, "The waiver of this step was withdrawn"):
        act("waive", opportunity, manager, reason="A small case.", version=seen)

    assert not reread(opportunity).waivers.in_force().exists()


def test_a_waiver_on_a_page_from_before_a_request_for_another_step_is_not_stale(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    seen = reread(opportunity).version
    ask(opportunity, rep, "proposed_solution")

    act("waive", opportunity, manager, reason="A small case.", version=seen)

    assert reread(opportunity).waivers.in_force().get().step == step(NEED)


def test_a_request_for_another_step_makes_no_answer_stale(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask(opportunity, rep)
    seen = reread(opportunity).version
    ask(opportunity, rep, "proposed_solution")
    factories.edit(reread(opportunity), description="Edited meanwhile.")

    approve(opportunity, manager, version=seen)

    assert Waiver.objects.get().step == step(NEED)


def test_an_answer_is_stale_after_a_move(rep, manager):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    ask(opportunity, rep, "internal_review_completed")
    seen = reread(opportunity)
    transitions.advance(opportunity=seen, by=rep, at=NOW)

    with refused(transitions.AlreadyMoved):
        approve(opportunity, manager, name="internal_review_completed", version=seen.version)


# The moves that are listed


def kinds(opportunity, by):
    found = transitions.available(reread(opportunity), by=by)
    return {move.kind for move in found if move.target == step(NEED)}


def test_each_person_is_offered_what_they_may_do(rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    assert kinds(opportunity, rep) == {MoveKind.ASK_FOR_WAIVER}
    assert kinds(opportunity, manager) == {MoveKind.ASK_FOR_WAIVER, MoveKind.WAIVE}

    ask(opportunity, rep)

    assert kinds(opportunity, rep) == {MoveKind.TAKE_BACK_WAIVER_REQUEST}
    assert kinds(opportunity, manager) == {
        MoveKind.TAKE_BACK_WAIVER_REQUEST,
        MoveKind.WAIVE,
        MoveKind.APPROVE_WAIVER_REQUEST,
        MoveKind.DECLINE_WAIVER_REQUEST,
    }

    approve(opportunity, manager)

    assert kinds(opportunity, rep) == set()
    assert kinds(opportunity, manager) == {MoveKind.WITHDRAW_WAIVER}
