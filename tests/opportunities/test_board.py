"""The board: its lanes and cards, what others move meanwhile, and what it costs."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities.models import Opportunity
from salesflow.users.models import COLLEAGUE
from tests.support import factories
from tests.support.board import BOARD, HTMX, arrived, drop, heads, lanes, move_address
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
from tests.support.moves import forward, hold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


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

    assert re.findall(r'data-open><span id="n[0-9]+">([^<]+)', html) == ["Fleet"]
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


def test_a_lane_has_eight_cards_first_and_the_others_follow_50_at_a_time(rep, client_of):
    made = [opportunity_in(QUALIFY, owner=rep, name=f"Deal {number:03}") for number in range(3)]
    factories.copies(made[0], 100)
    client = client_of(rep)

    first = client.get(BOARD).content.decode()
    address = re.search(r'hx-get="([^"]+)"[^>]*hx-target="closest li"', first)[1].replace("&amp;", "&")
    second = client.get(address).content.decode()
    last = client.get(re.search(r'hx-get="([^"]+)"', second)[1].replace("&amp;", "&")).content.decode()

    cards = [set(re.findall(r'id="(d[0-9]+)"', html)) for html in (first, second, last)]
    assert [len(each) for each in cards] == [8, 50, 45]
    assert len(set.union(*cards)) == 103
    assert "hx-get" not in last
    assert [html.count("intersect once") for html in (first, second)] == [1, 0]
    assert re.search(r'class="lane-count"[^>]*>103<', first)


def test_a_ready_card_has_next_stage_and_one_that_is_finished_won_or_lost(rep, client_of):
    ready, finished = ready_opportunity(DEVELOP, owner=rep), finished_opportunity(owner=rep)
    opportunity_in(PROPOSE, owner=rep)

    html = client_of(rep).get(BOARD).content.decode()

    assert html.count("data-next") == 1
    assert re.search(rf'formaction="{move_address(ready)}"[^>]* name="page_version" value="{ready.version}"', html)
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


@pytest.mark.sweep
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
