"""The board: its lanes, sums and cards, and every kind of drop. A drop posts what “Move to …” and Next Stage post."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities.models import Opportunity
from salesflow.users.models import COLLEAGUE
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    edit,
    finished_opportunity,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
    won_opportunity,
)
from tests.support.moves import back, forward, hold, where
from tests.support.pages import Form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

BOARD = "/opportunities/board/"
HTMX = {"hx-request": "true", "hx-current-url": f"http://testserver{BOARD}"}


def move_address(opportunity):
    return reverse("board_move", args=[opportunity.pk])


def card_address(opportunity):
    return reverse("board_card", args=[opportunity.pk])


def target(to):
    return to if to == "finish" else str(stage(to).pk)


def drop(client, opportunity, to, named=None, **entries):
    """Posts what the script posts when a card is dropped on a lane, or `finish`."""
    posted = (named or drawn_for(opportunity)) | {"to": target(to)} | entries
    return client.post(move_address(opportunity), posted, headers=HTMX)


def lanes(response):
    """The names of the cards by lane."""
    found = {}
    for section in re.findall(r'<section class="lane".*?</section>', response.content.decode(), re.DOTALL):
        name = re.search(r"<h2>([^<]+) <", section)[1]
        found[name] = re.findall(r'class="deal-name"[^>]*>([^<\n]+)', section)
    return found


def heads(response):
    """The lanes whose heads the response has."""
    return set(re.findall(r'id="head-[0-9]+" hx-swap-oob="true">\s*<h2>([^<]+) <', response.content.decode()))


def arrived(response):
    """The lane of each card of the response, by id."""
    found = re.findall(r'<li class="deal[^"]*" id="d([0-9]+)"[^>]*data-lane="([0-9]+)"', response.content.decode())
    return {int(pk): int(lane) for pk, lane in found}


# The page


def test_a_card_is_in_the_lane_of_its_stage(rep, client_of):
    opportunity_in(QUALIFY, owner=rep, name="Fleet")
    opportunity_in(PROPOSE, owner=rep, name="Trucks")

    assert lanes(client_of(rep).get(BOARD)) == {QUALIFY: ["Fleet"], DEVELOP: [], PROPOSE: ["Trucks"], CLOSE: []}


def test_the_head_of_a_lane_counts_and_sums_all_its_opportunities(rep, client_of):
    opportunity_in(DEVELOP, owner=rep, estimated_revenue=1000)
    opportunity_in(DEVELOP, owner=rep, estimated_revenue=500, probability=100)

    html = client_of(rep).get(BOARD).content.decode()
    head = re.search(rf'id="head-{stage(DEVELOP).pk}".*?</header>', html, re.DOTALL)[0]

    assert re.search(r'class="lane-count"[^>]*>2<', head)
    assert "NOK\xa01,500 · weighted NOK\xa0900" in head


def test_closed_opportunities_are_not_on_the_board(rep, client_of):
    won_opportunity(owner=rep)
    client = client_of(rep)

    assert "No open opportunities" in client.get(BOARD).content.decode()
    assert "Closed deals are not on the board" in client.get(BOARD, {"status": "won"}).content.decode()


def test_an_empty_board_offers_the_first_step(rep, client_of):
    html = client_of(rep).get(BOARD).content.decode()

    assert "No opportunities yet" in html
    assert reverse("opportunity_new") in html


def test_an_empty_lane_says_what_to_do(rep, client_of):
    opportunity_in(DEVELOP, owner=rep)

    html = client_of(rep).get(BOARD).content.decode()

    assert "Drag a card here" in html


def test_the_filter_of_the_list_applies_and_the_look_keeps_it(rep, colleague, client_of):
    opportunity_in(DEVELOP, owner=rep, name="Fleet")
    opportunity_in(DEVELOP, owner=rep, name="Trucks")
    client = client_of(rep)

    html = client.get(BOARD, {"q": "fleet"}).content.decode()

    assert re.findall(r'class="deal-name"[^>]*>([^<]+)', html) == ["Fleet"]
    assert 'href="/opportunities/?q=fleet&amp;"' in html
    assert f'href="{BOARD}?q=fleet&amp;"' in client.get("/opportunities/", {"q": "fleet"}).content.decode()


def test_all_filters_lead_back_to_the_board(rep, client_of):
    opportunity_in(DEVELOP, owner=rep)
    client = client_of(rep)
    address = reverse("board_filters")

    assert f'href="{address}?rating=hot"' in client.get(BOARD, {"rating": "hot"}).content.decode()
    assert client.get(address, {"rating": "hot", "show": "1"})["Location"] == f"{BOARD}?rating=hot"


def test_nothing_found_offers_to_clear_the_filters(rep, client_of):
    opportunity_in(DEVELOP, owner=rep)

    html = client_of(rep).get(BOARD, {"q": "nowhere"}).content.decode()

    assert "Nothing found" in html
    assert "Clear filters" in html


def test_a_process_is_chosen_where_several_are_in_use(rep, client_of):
    opportunity_in(DEVELOP, owner=rep, name="Fleet")
    other = factories.add_process("Renewals", "Talk", "Sign")
    client = client_of(rep)

    assert set(lanes(client.get(BOARD))) == {QUALIFY, DEVELOP, PROPOSE, CLOSE}
    assert f'href="?process={other.pk}">Renewals</a>' in client.get(BOARD).content.decode()
    assert "No open opportunit" in client.get(BOARD, {"process": other.pk}).content.decode()


def test_no_process_is_asked_where_one_is_in_use(rep, client_of):
    opportunity_in(DEVELOP, owner=rep)

    assert "?process=" not in client_of(rep).get(BOARD).content.decode()


def test_an_unknown_process_is_left_out_with_a_sentence(rep, client_of):
    opportunity_in(DEVELOP, owner=rep)

    answer = client_of(rep).get(BOARD, {"process": "9999999999999999999999"})

    assert answer.status_code == 200
    assert "Process" in answer.content.decode()


def test_the_others_of_a_lane_follow_50_at_a_time(rep, client_of):
    made = [opportunity_in(QUALIFY, owner=rep, name=f"Deal {number:03}") for number in range(3)]
    factories.copies(made[0], 100)
    client = client_of(rep)

    first = client.get(BOARD).content.decode()
    address = re.search(r'hx-get="([^"]+)"[^>]*hx-target="closest li"', first)[1].replace("&amp;", "&")
    second = client.get(address).content.decode()
    last = client.get(re.search(r'hx-get="([^"]+)"', second)[1].replace("&amp;", "&")).content.decode()

    cards = [set(re.findall(r'id="(d[0-9]+)"', html)) for html in (first, second, last)]
    assert [len(each) for each in cards] == [50, 50, 3]
    assert len(set.union(*cards)) == 103
    assert "hx-get" not in last
    assert re.search(r'class="lane-count"[^>]*>103<', first)


def test_a_ready_card_has_next_stage_and_one_that_is_finished_won_or_lost(rep, client_of):
    ready, finished = ready_opportunity(DEVELOP, owner=rep), finished_opportunity(owner=rep)
    opportunity_in(PROPOSE, owner=rep)

    html = client_of(rep).get(BOARD).content.decode()

    assert html.count("data-next") == 1
    assert f'formaction="{move_address(ready)}" name="page_version" value="{ready.version}"' in html
    assert f'href="{reverse("close", args=[finished.pk])}"' in html


def test_marks_say_what_is_late_slipped_on_hold_or_new(rep, manager, client_of):
    late = opportunity_in(DEVELOP, owner=rep, estimated_close_date=NOW.date())
    factories.plan(late, due=NOW.date())
    hold(opportunity_in(PROPOSE, owner=rep))
    client = client_of(rep)
    client.post(reverse("opportunity_seen", args=[late.pk]), {"version": reread(late).version})
    edit(reread(late), by=manager, description="New")

    html = client.get(BOARD).content.decode()

    assert "is-overdue" in html
    assert "Close date" in html
    assert "On hold" in html
    assert "news-mark" in html
    assert "Nothing planned" not in html.split("On hold")[1].split("</li>")[0]


def test_a_colleague_reads_the_board_and_moves_nothing(rep, client_of):
    unit = factories.UnitFactory()
    rep.unit = unit
    rep.save()
    reader = factories.UserFactory(role=COLLEAGUE, unit=unit)
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    client = client_of(reader)

    html = client.get(BOARD).content.decode()

    assert opportunity.name in html
    assert "data-next" not in html
    assert "Move to …" not in html
    with unchanged():
        assert drop(client, opportunity, PROPOSE).status_code == 403


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


# The moves of others


def asked(client, since=NOW, known="", **headers):
    query = {"since": since.isoformat(), "known": known}
    return client.get(reverse("board_changes"), query, headers=HTMX | headers)


def test_nothing_changed_is_an_empty_answer(rep, client_of):
    opportunity_in(DEVELOP, owner=rep)

    assert asked(client_of(rep), NOW + factories.HOUR).status_code == 204


def test_a_move_of_another_comes_with_the_heads(rep, manager, client_of):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    forward(opportunity, by=manager, at=NOW + factories.HOUR)
    client = client_of(rep)

    answer = asked(client, NOW + factories.HOUR)

    assert arrived(answer) == {opportunity.pk: stage(PROPOSE).pk}
    assert heads(answer) == {QUALIFY, DEVELOP, PROPOSE, CLOSE}
    assert asked(client, NOW + factories.HOUR, answer.headers["X-Known"]).status_code == 204


def test_a_deal_that_another_closed_leaves_the_board(rep, manager, client_of):
    opportunity = finished_opportunity(owner=rep)
    factories.win(opportunity, by=manager, at=NOW + factories.HOUR)

    assert f"d{opportunity.pk} " in asked(client_of(rep), NOW + factories.HOUR).content.decode()


def test_changes_of_what_the_reader_may_not_see_are_none(rep, colleague, manager, client_of):
    forward(ready_opportunity(DEVELOP, owner=rep), by=manager, at=NOW + factories.HOUR)

    assert asked(client_of(colleague), NOW + factories.HOUR).status_code == 204


def test_many_changes_ask_for_the_whole_board(rep, client_of):
    factories.copies(opportunity_in(DEVELOP, owner=rep), 60)

    assert asked(client_of(rep), NOW).status_code == 205


@pytest.mark.parametrize("since", ["", "x", "2026-13-01", "0000-00-00", "\x00", "0001-01-01", "0001-01-01T05:00+14:00"])
def test_an_impossible_moment_is_a_bad_request(rep, client_of, since):
    assert client_of(rep).get(reverse("board_changes"), {"since": since}, headers=HTMX).status_code == 400


# The cost


def test_the_board_takes_at_most_15_queries_for_any_number(rep, manager, client_of):
    for name in (QUALIFY, DEVELOP, PROPOSE, CLOSE):
        opportunity_in(name, owner=rep)

    def queries(user):
        client = client_of(user)
        client.get(BOARD)
        with CaptureQueriesContext(connection) as counted:
            assert client.get(BOARD).status_code == 200
        return len(counted)

    few = [queries(user) for user in (rep, manager)]
    for opportunity in Opportunity.objects.all():
        factories.copies(opportunity, 60)

    assert [queries(user) for user in (rep, manager)] == few
    assert max(few) <= 15


def test_no_news_takes_one_query_besides_the_user(rep, client_of):
    client = client_of(rep)
    opportunity_in(DEVELOP, owner=rep)
    asked(client, NOW + factories.HOUR)

    with CaptureQueriesContext(connection) as counted:
        asked(client, NOW + factories.HOUR)

    assert len(counted) <= 4
