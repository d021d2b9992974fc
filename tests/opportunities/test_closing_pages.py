"""The page that asks how an opportunity ended, and who may close and reopen one."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from stages.models import LostGate, Process
from tests.support.closing_pages import buttons, chosen, field_link, form_page, html, text, url, winning
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    add_competitor,
    add_team_member,
    fill,
    lost_opportunity,
    opportunity_in,
    plan,
    ready_opportunity,
    reread,
    won_opportunity,
)
from tests.support.pages import Form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "closing_day")]


# How did it end?


def test_a_finished_opportunity_opens_with_won_chosen(rep_client, finished):
    page = rep_client.get(url("close", finished))

    assert page.status_code == 200
    assert chosen(page) == "won"
    assert "Close as Won" in buttons(page, finished, "won")
    assert "not done" not in text(page)


def test_finish_leads_to_the_page_with_won_chosen(rep_client, rep):
    opportunity = ready_opportunity(CLOSE, owner=rep)

    answer = rep_client.post(url("finish", opportunity), drawn_for(opportunity), follow=True)

    assert answer.redirect_chain == [(url("close", opportunity), 303)]
    assert chosen(answer) == "won"


def test_an_undecided_opportunity_in_the_last_stage_opens_with_nothing_chosen(rep_client, rep):
    opportunity = ready_opportunity(CLOSE, owner=rep)

    page = rep_client.get(url("close", opportunity))

    assert chosen(page) is None
    assert 'href="?' not in html(page)
    for outcome in ("won", "lost"):
        assert f'href="{form_page(opportunity, outcome)}"' in html(page)
    assert "Keep open" in text(page)


def test_an_opportunity_before_its_last_stage_opens_with_the_form_for_lost(rep_client, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    page = rep_client.get(url("close", opportunity))

    assert chosen(page) == "lost"
    assert 'name="reason"' in html(page)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_the_address_chooses_the_outcome(rep_client, finished, outcome):
    assert chosen(rep_client.get(form_page(finished, outcome))) == outcome


def test_an_unknown_outcome_chooses_as_without_one(rep_client, finished):
    assert chosen(rep_client.get(form_page(finished, "drawn"))) == "won"


@pytest.mark.parametrize(
    ("name", "outcome"), [("close_as_won", "won"), ("close_as_lost", "lost"), ("ask_manager", "lost")]
)
def test_the_addresses_of_former_pages_lead_to_the_page(rep_client, finished, name, outcome):
    answer = rep_client.get(url(name, finished))

    assert (answer.status_code, answer.url) == (302, form_page(finished, outcome))


def test_missing_steps_are_one_folded_line_with_links_to_their_fields(rep_client, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    page = rep_client.get(form_page(opportunity, "lost"))

    assert "12 steps were not done A manager can waive them" in text(page)
    assert re.search(r'<details class="card missing">', html(page))
    assert html(page).count(field_link(opportunity, DEVELOP, "customer_need")) == 1
    assert html(page).count(field_link(opportunity, CLOSE, "decision_date")) == 1
    assert "Purchase timeframe" not in text(page)


def test_won_before_the_last_stage_says_where_it_can_be_won(rep_client, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    page = rep_client.get(form_page(opportunity, "won"))

    assert "An opportunity is closed as won at the end of Close; this one is in Develop." in text(page)
    assert "12 steps were not done To win, do them first" in text(page)


def test_the_page_uses_the_lost_gate_of_the_process(rep_client, rep):
    Process.objects.update(lost_gate=LostGate.ANY)
    opportunity = opportunity_in(DEVELOP, owner=rep)

    page = rep_client.get(form_page(opportunity, "lost"))

    assert "not done" not in text(page)
    assert list(buttons(page, opportunity, "lost")) == ["Find", "Close as Lost"]


def test_the_page_of_a_closed_opportunity_says_how_it_ended(rep_client, rep):
    opportunity = won_opportunity(owner=rep)

    pages = [rep_client.get(address) for address in (url("close", opportunity), form_page(opportunity, "lost"))]

    for page in pages:
        assert page.status_code == 200
        assert "Won · NOK 450,000 2 Mar 2026, 0 days from start, 4 stages" in text(page)
        assert "<form" not in html(page).split("<main")[1].split("</main>")[0]


@pytest.mark.sweep
def test_the_pages_run_at_most_15_queries(rep_client, rep, django_assert_max_num_queries):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    for _ in range(10):
        add_competitor(opportunity)
    almost_won = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed"])
    rep_client.get("/")

    for address in (form_page(opportunity, "won"), form_page(opportunity, "lost"), form_page(almost_won, "won")):
        with django_assert_max_num_queries(15):
            rep_client.get(address)


# Permissions

NAMES = ("close_as_won", "close_as_lost", "reopen")


def test_a_user_who_may_not_see_the_opportunity_gets_404(client_of, colleague, finished):
    client = client_of(colleague)

    with unchanged():
        answers = [client.get(url(name, finished)) for name in ("close", "ask_manager", *NAMES)]
        answers += [client.post(url(name, finished), winning(finished)) for name in NAMES]

    assert {answer.status_code for answer in answers} == {404}


def test_a_user_without_a_role_is_refused(client_of, stranger, finished):
    client = client_of(stranger)

    with unchanged():
        answers = [client.get(url(name, finished)) for name in ("close", *NAMES)]

    assert {answer.status_code for answer in answers} == {403}


def test_a_team_member_may_close(client_of, colleague, finished):
    add_team_member(finished, user=colleague)

    answer = client_of(colleague).post(url("close_as_won", finished), winning(finished))

    assert answer.status_code == 303
    assert finished.closings.get().by == colleague


def test_the_close_page_refuses_a_post(rep_client, finished):
    with unchanged():
        assert rep_client.post(url("close", finished)).status_code == 405


@pytest.mark.parametrize("name", ["close", "close_as_won", "close_as_lost", "ask_manager", "reopen"])
def test_a_get_writes_nothing(rep_client, finished, name):
    with unchanged():
        assert rep_client.get(url(name, finished), follow=True).status_code == 200


# Open tasks, which closing drops


def test_the_page_names_the_open_tasks_and_the_message_says_that_they_were_dropped(rep_client, finished):
    plan(finished, text="Call <them>")
    plan(finished, text="Send the offer")
    finished = reread(finished)

    page = rep_client.get(reverse("close", args=[finished.pk]), {"outcome": "won"})
    answer = Form(page, reverse("close_as_won", args=[finished.pk])).press(rep_client, "Close as Won")

    assert "2 open tasks will be dropped: Call &lt;them&gt; · Send the offer" in " ".join(page.content.decode().split())
    assert "Closed as won. 2 open tasks were dropped." in rep_client.get(answer.url).content.decode()


def test_a_page_without_open_tasks_says_nothing_about_them(rep_client, finished):
    page = rep_client.get(reverse("close", args=[finished.pk]), {"outcome": "won"})

    assert "dropped" not in page.content.decode()


def test_the_page_of_a_lost_opportunity_shows_its_revenue(rep_client, rep):
    lost = lost_opportunity(owner=rep, estimated_revenue=Decimal(165_000))

    assert "165,000" in rep_client.get(lost.get_absolute_url()).content.decode()
