"""Next Stage and the other moves save the panel and move in one write."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities import transitions
from opportunities.models import Event
from opportunities.transitions import MoveKind, StageMove
from opportunities.verify import run
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
)
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 22
"""Counted as Django logs them, including sign-in (3), BEGIN and COMMIT (savepoints in a test)."""


def write(**entries):
    def written(record):
        for name, value in entries.items():
            setattr(record, name, value)

    return written


def save_and_move(opportunity, kind, to_stage=None, by=None, **more):
    return transitions.save_and_move(
        opportunity=opportunity, by=by or opportunity.owner, at=NOW, move=StageMove(kind, to_stage), **more
    )


def panel(client, opportunity, of=None):
    query = {"stage": stage(of).pk} if of else {}
    return Form(client.get(opportunity.get_absolute_url(), query), f"{opportunity.get_absolute_url()}save/")


def test_entries_and_move_write_one_event(rep):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    visit = save_and_move(opportunity, MoveKind.ADVANCE, write=write(customer_need="Lorries"))

    assert visit.stage == stage(PROPOSE)
    event = opportunity.events.first()
    assert (event.version, event.kind, event.to_stage) == (opportunity.version + 1, Event.Kind.ADVANCED, visit.stage)
    assert event.changes == [{"field": "customer_need", "old": "", "new": "Lorries"}]
    assert list(run.faults()) == []


def test_a_shut_gate_saves_the_entries_as_an_edit_without_moving(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with pytest.raises(transitions.GateClosed) as caught:
        save_and_move(opportunity, MoveKind.ADVANCE, write=write(customer_need="Lorries"))

    assert caught.value.is_saved
    assert caught.value.as_dict()["is_saved"]
    assert "customer_need" not in [unmet.step.field for unmet in caught.value.unmet]
    now, event = reread(opportunity), opportunity.events.first()
    assert (now.customer_need, now.active_stage) == ("Lorries", stage(DEVELOP))
    assert (event.version, event.kind, event.from_stage) == (opportunity.version + 1, Event.Kind.EDITED, None)


def test_a_shut_gate_does_not_end_a_hold(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason="Summer")

    with pytest.raises(transitions.GateClosed):
        save_and_move(opportunity, MoveKind.ADVANCE, write=write(customer_need="Lorries"))

    assert reread(opportunity).is_on_hold


def test_an_impossible_move_saves_the_entries(rep):
    opportunity = opportunity_in(CLOSE, owner=rep)

    with pytest.raises(transitions.NoSuchMove) as caught:
        save_and_move(opportunity, MoveKind.ADVANCE, write=write(thank_you_sent=True))

    assert caught.value.is_saved
    assert reread(opportunity).thank_you_sent


def test_a_shut_gate_saves_nothing_when_there_are_no_entries(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with refused(transitions.GateClosed) as caught:
        save_and_move(opportunity, MoveKind.ADVANCE, write=None)

    assert not caught.value.is_saved


def test_refused_entries_prevent_the_move(rep):
    opportunity = ready_opportunity(PROPOSE, owner=rep)

    with refused(transitions.PassedGate):
        save_and_move(opportunity, MoveKind.ADVANCE, write=write(customer_need=""))


def test_a_form_of_another_stage_saves_nothing(rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)

    with refused(transitions.AlreadyMoved):
        save_and_move(opportunity, MoveKind.ADVANCE, write=write(customer_need="Other"), from_stage=stage(QUALIFY))


def test_a_page_older_than_the_last_move_saves_nothing(rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    transitions.go_back(opportunity=opportunity, by=rep, at=NOW)
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW)

    with refused(transitions.AlreadyMoved):
        save_and_move(opportunity, MoveKind.ADVANCE, write=write(customer_need="Other"), version=opportunity.version)


def test_going_back_allows_emptying_a_field_of_the_gate(rep):
    opportunity = ready_opportunity(PROPOSE, owner=rep)

    save_and_move(opportunity, MoveKind.GO_BACK, stage(DEVELOP), write=write(customer_need=""))

    now, event = reread(opportunity), opportunity.events.first()
    assert (now.active_stage, now.customer_need) == (stage(DEVELOP), "")
    assert (event.version, event.kind) == (opportunity.version + 1, Event.Kind.WENT_BACK)
    assert [change["field"] for change in event.changes] == ["customer_need"]


def test_going_back_is_kept_when_the_entries_are_refused(rep):
    opportunity = ready_opportunity(PROPOSE, owner=rep)

    with pytest.raises(transitions.EntriesRefused) as caught:
        save_and_move(opportunity, MoveKind.GO_BACK, stage(QUALIFY), write=write(probability=101))

    assert isinstance(caught.value.reason, transitions.InvalidEntry)
    assert caught.value.visit.stage == stage(QUALIFY)
    now, event = reread(opportunity), opportunity.events.first()
    assert (now.active_stage, now.probability, event.changes) == (stage(QUALIFY), None, [])


def test_going_back_with_refused_entries_ends_a_hold(rep, client_of):
    opportunity, client = ready_opportunity(PROPOSE, owner=rep), client_of(rep)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason="Summer")

    answer = panel(client, opportunity, QUALIFY).press(client, "Go back here", version="999999")

    now = reread(opportunity)
    assert answer.status_code == 422
    assert (now.active_stage, now.is_on_hold) == (stage(QUALIFY), False)


def test_the_write_cannot_set_a_column_that_only_moves_set(rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)

    with unchanged(), pytest.raises(RuntimeError):
        save_and_move(opportunity, MoveKind.ADVANCE, write=write(status="won"))


def test_a_stale_next_stage_saves_nothing_and_keeps_what_was_typed(rep, colleague, client_of):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)
    factories.add_team_member(opportunity, user=colleague)
    stale = panel(client, opportunity)
    transitions.advance(opportunity=reread(opportunity), by=colleague, at=NOW)

    with unchanged():
        answer = stale.press(client, "Next Stage", customer_need="Typed meanwhile")

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "Typed meanwhile</textarea>" in html
    assert "Ola Hansen" in html
    assert "Your answers are saved." not in html


def test_a_stale_next_stage_whose_answers_are_saved_shows_where_the_deal_is_now(rep, colleague, client_of):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)
    factories.add_team_member(opportunity, user=colleague)
    stale = panel(client, opportunity)
    transitions.advance(opportunity=reread(opportunity), by=colleague, at=NOW)

    with unchanged():
        answer = stale.press(client, "Next Stage")

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Your answers are saved. You see Propose now." in html
    assert "<textarea" not in html


def test_the_same_page_can_save_again_after_a_shut_gate(rep, client_of):
    opportunity, client = opportunity_in(DEVELOP, owner=rep), client_of(rep)
    form = panel(client, opportunity)
    assert form.press(client, "Next Stage", customer_need="First").status_code == 422

    assert form.press(client, "Next Stage", customer_need="Second").status_code == 422

    assert reread(opportunity).customer_need == "Second"


def test_next_stage_runs_at_most_22_statements(rep, client_of):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)
    form = panel(client, opportunity)

    with CaptureQueriesContext(connection) as captured:
        answer = form.press(client, "Next Stage", customer_need="Lorries")

    assert answer.status_code == 303
    assert opportunity.events.first().changes != []
    statements = [each["sql"] for each in captured.captured_queries]
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


def test_back_without_entries_moves_and_writes_nothing_else(rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)

    visit = save_and_move(opportunity, MoveKind.GO_BACK, write=None)

    assert visit.stage == stage(QUALIFY)
    assert opportunity.events.first().changes == []


def test_back_moves_nothing_when_the_database_is_busy_while_the_entries_are_written(rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)

    def busy(record):
        raise transitions.Busy("Another person is changing this opportunity.")

    with refused(transitions.Busy):
        save_and_move(opportunity, MoveKind.GO_BACK, write=busy)
