"""Moves on the board: every kind of drop, with and without JavaScript, and every refusal."""

import re

import pytest
from django.urls import reverse

from tests.support import factories
from tests.support.board import BOARD, HTMX, arrived, card_address, drop, heads, lanes, move_address
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    PROPOSE,
    QUALIFY,
    edit,
    finished_opportunity,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
)
from tests.support.moves import back, forward, hold, where
from tests.support.pages import Form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


# What a drop does


def test_next_moves_and_answers_with_the_card_and_two_heads(rep, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)

    answer = drop(client_of(rep), opportunity, PROPOSE)

    assert (answer.status_code, where(opportunity)[0]) == (200, PROPOSE)
    assert heads(answer) == {DEVELOP, PROPOSE}
    assert arrived(answer) == {opportunity.pk: stage(PROPOSE).pk}
    html = answer.content.decode()
    assert "Moved to Propose." in html
    assert "Go back" in html


def test_go_back_of_the_toast_moves_back(rep, client_of):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)
    toast = Form(drop(client, opportunity, PROPOSE), move_address(opportunity))

    toast.press(client, "Go back")

    assert where(opportunity)[0] == DEVELOP


def test_back_moves_without_a_gate(rep, client_of):
    opportunity = opportunity_in(PROPOSE, owner=rep)

    answer = drop(client_of(rep), opportunity, QUALIFY)

    assert (answer.status_code, where(opportunity)[0]) == (200, QUALIFY)
    assert "Went back to Qualify." in answer.content.decode()


def test_a_jump_skips_stages(rep, client_of):
    opportunity = factories.fill(opportunity_in(QUALIFY, owner=rep), QUALIFY, DEVELOP, PROPOSE)

    answer = drop(client_of(rep), opportunity, CLOSE)

    assert (answer.status_code, where(opportunity)[0]) == (200, CLOSE)
    assert opportunity.visits.count() == 2


def test_finish_leads_to_the_closing_page(rep, client_of):
    opportunity = ready_opportunity(CLOSE, owner=rep)

    answer = drop(client_of(rep), opportunity, "finish")

    assert answer.headers["HX-Redirect"] == reverse("close", args=[opportunity.pk])
    assert reread(opportunity).is_finished


def test_a_finished_card_goes_back_to_its_last_stage(rep, client_of):
    opportunity = finished_opportunity(owner=rep)

    answer = drop(client_of(rep), opportunity, CLOSE)

    assert answer.status_code == 200
    assert not reread(opportunity).is_finished


def test_a_move_ends_a_hold(rep, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    hold(opportunity)

    assert drop(client_of(rep), opportunity, PROPOSE).status_code == 200
    assert not reread(opportunity).is_on_hold


def test_a_shut_gate_opens_a_form_with_just_the_missing_steps(rep, client_of):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["proposed_solution"])

    client = client_of(rep)
    with unchanged():
        answer = drop(client, opportunity, PROPOSE)

    form = Form(answer, move_address(opportunity))
    assert answer.status_code == 422
    assert arrived(answer) == {opportunity.pk: stage(DEVELOP).pk}
    assert "1 step is left for Propose." in answer.content.decode()
    assert set(form.fields) - form.hidden - {"csrfmiddlewaretoken"} == {"proposed_solution"}


def test_the_form_of_a_card_saves_and_moves(rep, client_of):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["proposed_solution"])
    client = client_of(rep)
    form = Form(drop(client, opportunity, PROPOSE), move_address(opportunity))

    answer = form.press(client, "Move to Propose", proposed_solution="Trackers")

    assert answer.status_code == 303
    assert where(opportunity)[0] == PROPOSE
    assert reread(opportunity).proposed_solution == "Trackers"


def test_an_explicit_answer_on_the_card_completes_its_step_and_moves(rep, client_of):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["competitors_identified"])
    client = client_of(rep)
    form = Form(drop(client, opportunity, PROPOSE), move_address(opportunity))

    form.press(client, "No known competitors")

    assert where(opportunity)[0] == PROPOSE
    assert reread(opportunity).no_known_competitors


def test_what_is_answered_stays_saved_if_more_is_missing(rep, client_of):
    left = ["proposed_solution", "competitors_identified"]
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=left)
    client = client_of(rep)
    form = Form(drop(client, opportunity, PROPOSE), move_address(opportunity))

    answer = form.press(client, "Move to Propose", proposed_solution="Trackers")

    assert (answer.status_code, where(opportunity)[0]) == (422, DEVELOP)
    assert reread(opportunity).proposed_solution == "Trackers"
    html = answer.content.decode()
    assert "Saved, but not moved." in html
    assert "competitors_identified" in html
    assert 'name="proposed_solution"' not in html


def test_a_tick_without_its_evidence_is_refused_at_the_step(rep, client_of):
    left = ["competitors_identified"]
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=left)
    client = client_of(rep)
    form = Form(drop(client, opportunity, PROPOSE), move_address(opportunity))

    with unchanged():
        answer = form.press(client, "Move to Propose", competitors_identified="on")

    assert answer.status_code == 422
    assert "Not saved and not moved." in answer.content.decode()


def test_of_many_missing_steps_those_of_the_first_stage_are_asked(rep, client_of):
    opportunity = opportunity_in(QUALIFY, owner=rep)

    answer = drop(client_of(rep), opportunity, CLOSE)

    html = answer.content.decode()
    assert "First those of Qualify:" in html
    assert 'name="purchase_timeframe"' in html
    assert 'name="customer_need"' not in html


def test_adding_evidence_saves_the_form_and_opens_its_page(rep, client_of):
    left = ["proposed_solution", "competitors_identified"]
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=left)
    client = client_of(rep)
    form = Form(drop(client, opportunity, PROPOSE), move_address(opportunity))

    answer = form.press(client, "Add a competitor", proposed_solution="Trackers")

    assert answer.status_code == 303
    assert answer["Location"].startswith(reverse("competitor_add", args=[opportunity.pk]))
    assert (where(opportunity)[0], reread(opportunity).proposed_solution) == (DEVELOP, "Trackers")


def test_a_conflict_on_the_card_shows_both_values(rep, colleague, client_of):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["proposed_solution"])
    factories.add_team_member(opportunity, user=colleague)
    client = client_of(rep)
    form = Form(drop(client, opportunity, PROPOSE), move_address(opportunity))
    edit(reread(opportunity), by=colleague, proposed_solution="Scales")

    answer = form.press(client, "Move to Propose", proposed_solution="Trackers")

    assert (answer.status_code, where(opportunity)[0]) == (409, DEVELOP)
    html = answer.content.decode()
    assert "Scales" in html
    assert "Trackers" in html


# Refusals


def test_a_stale_card_says_where_it_is_now_and_who_moved_it(rep, manager, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    named = drawn_for(opportunity)
    forward(reread(opportunity), by=manager)

    client = client_of(rep)
    with unchanged():
        answer = drop(client, opportunity, PROPOSE, named)

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "This opportunity is in Propose now." in html
    assert "Ingrid Dahl moved it to Propose" in html
    assert arrived(answer) == {opportunity.pk: stage(PROPOSE).pk}


def test_a_card_that_left_its_stage_and_came_back_is_stale(rep, manager, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    named = drawn_for(opportunity)
    forward(reread(opportunity), by=manager)
    back(reread(opportunity), by=manager)

    assert drop(client_of(rep), opportunity, PROPOSE, named).status_code == 409
    assert where(opportunity)[0] == DEVELOP


def test_a_card_that_was_put_on_hold_meanwhile_is_stale(rep, manager, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    named = drawn_for(opportunity)
    hold(reread(opportunity), by=manager)

    answer = drop(client_of(rep), opportunity, PROPOSE, named)

    assert answer.status_code == 409
    assert "This opportunity is on hold now." in answer.content.decode()


def test_a_card_that_was_closed_meanwhile_leaves_the_board_with_who_closed_it(rep, manager, client_of):
    opportunity = finished_opportunity(owner=rep)
    named = drawn_for(opportunity)
    factories.win(reread(opportunity), by=manager)

    client = client_of(rep)
    with unchanged():
        answer = drop(client, opportunity, CLOSE, named)

    html = answer.content.decode()
    assert answer.status_code == 409
    assert f'data-ids="d{opportunity.pk} "' in html
    assert "This opportunity is closed now." in html
    assert "Ingrid Dahl closed it as won" in html


def test_a_skipped_stage_is_no_way_back(rep, client_of):
    opportunity = factories.fill(opportunity_in(QUALIFY, owner=rep), QUALIFY, DEVELOP, PROPOSE)
    client = client_of(rep)
    drop(client, opportunity, CLOSE)

    with unchanged():
        answer = drop(client, opportunity, DEVELOP)

    assert answer.status_code == 422
    assert "Develop was skipped: there is nothing to go back to." in answer.content.decode()


def test_an_archived_stage_is_no_target(rep, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    archived = stage(PROPOSE)
    factories.change_stage(PROPOSE, is_archived=True)

    client = client_of(rep)
    with unchanged():
        answer = client.post(move_address(opportunity), drawn_for(opportunity) | {"to": archived.pk}, headers=HTMX)

    assert answer.status_code == 422
    assert "That stage is not part of this process." in answer.content.decode()


def test_a_stage_of_another_process_is_no_target(rep, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    other = factories.add_process("Renewals", "Talk").stages.get()

    client = client_of(rep)
    with unchanged():
        answer = client.post(move_address(opportunity), drawn_for(opportunity) | {"to": other.pk}, headers=HTMX)

    assert answer.status_code == 422


def test_a_card_in_an_archived_stage_has_a_lane_and_goes_on(rep, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    factories.change_stage(DEVELOP, is_archived=True)
    client = client_of(rep)

    assert DEVELOP in lanes(client.get(BOARD))
    assert drop(client, opportunity, PROPOSE).status_code == 200
    assert DEVELOP not in lanes(client.get(BOARD))


def test_a_foreign_card_is_not_found(rep, colleague, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)

    client = client_of(colleague)
    with unchanged():
        assert drop(client, opportunity, PROPOSE).status_code == 404
        assert client.get(card_address(opportunity)).status_code == 404


@pytest.mark.parametrize(
    "posted",
    [
        {"to": None},
        {"to": "x"},
        {"to": "9" * 30},
        {"from_stage": None},
        {"page_version": None},
        {"page_version": "-1"},
    ],
    ids=str,
)
def test_a_post_without_what_it_was_rendered_for_is_a_bad_request(rep, client_of, posted):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    whole = drawn_for(opportunity) | {"to": stage(PROPOSE).pk} | posted

    client = client_of(rep)
    with unchanged():
        answer = client.post(move_address(opportunity), whole, headers=HTMX)

    assert answer.status_code == 400


# Without JavaScript


def test_next_stage_of_the_page_advances_in_one_press(rep, client_of):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)
    html = client.get(f"{BOARD}?q=a").content.decode()
    lane = re.search(rf'<form id="next-{stage(DEVELOP).pk}".*?</form>', html, re.DOTALL)[0]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]+)"', lane))
    name, value = re.search(r'<button[^>]*name="([^"]+)" value="([^"]+)" data-next', html).groups()
    assert f'form="next-{stage(DEVELOP).pk}"' in html

    answer = client.post(move_address(opportunity), fields | {name: value})

    assert (answer.status_code, answer["Location"]) == (303, f"{BOARD}?q=a")
    assert where(opportunity)[0] == PROPOSE
    assert f"{opportunity.name}: Moved to Propose." in client.get(answer["Location"]).content.decode()


def test_move_to_lists_the_moves_and_the_ends(rep, client_of):
    opportunity, client = opportunity_in(DEVELOP, owner=rep), client_of(rep)

    html = client.get(card_address(opportunity)).content.decode()

    labels = re.findall(r'<button class="menu-item" name="to"[^>]*>\s*<span>([^<]+)</span>', html)
    assert labels == [QUALIFY, PROPOSE, CLOSE]
    assert "?outcome=won" in html
    assert "?outcome=lost" in html


def test_move_to_moves(rep, client_of):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)

    answer = Form(client.get(card_address(opportunity)), move_address(opportunity)).press(client, PROPOSE)

    assert (answer.status_code, where(opportunity)[0]) == (303, PROPOSE)


def test_a_shut_gate_shows_its_form_on_a_page(rep, client_of):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["proposed_solution"])
    client = client_of(rep)

    answer = Form(client.get(card_address(opportunity)), move_address(opportunity)).press(client, PROPOSE)

    assert answer.status_code == 422
    assert "<h1>" in answer.content.decode()
    assert (
        Form(answer, move_address(opportunity)).press(client, "Move to Propose", proposed_solution="X").status_code
        == 303
    )
    assert where(opportunity)[0] == PROPOSE


def test_a_stale_move_shows_its_sentence_on_a_page(rep, manager, client_of):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)
    form = Form(client.get(card_address(opportunity)), move_address(opportunity))
    forward(reread(opportunity), by=manager)

    answer = form.press(client, PROPOSE)

    assert answer.status_code == 409
    assert "Ingrid Dahl moved it to Propose" in answer.content.decode()


def test_a_get_of_the_move_leads_to_the_card(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    assert client_of(rep).get(move_address(opportunity))["Location"] == card_address(opportunity)
