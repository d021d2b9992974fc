"""Asking a manager to close an opportunity as lost: the answers that are kept, and Take back."""

import datetime
from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.customers.models import Competitor
from opportunities.models import CloseRequest, Event, StatusReason
from stages.models import LostGate, Process
from tests.support.close_request_pages import answer_form, lost_form, text
from tests.support.closing_pages import url
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import (
    CLOSE,
    NOW,
    CompetitorFactory,
    add_team_member,
    ask,
    fill,
    opportunity_in,
    reason,
    reread,
)
from tests.support.pages import Form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "closing_day")]


@pytest.fixture
def opportunity(in_develop):
    return in_develop


# Asking


def test_ask_a_manager_is_the_main_button_where_closing_as_lost_would_be_refused(rep_client, opportunity):
    buttons = lost_form(rep_client, opportunity).buttons

    assert buttons["Ask a manager"]["class"] == "btn btn-primary"
    assert buttons["Close as Lost"]["class"] == "btn btn-secondary"


def test_ask_a_manager_is_not_there_where_closing_as_lost_goes_through(rep_client, rep):
    buttons = lost_form(rep_client, fill(opportunity_in(CLOSE, owner=rep))).buttons

    assert "Ask a manager" not in buttons
    assert buttons["Close as Lost"]["class"] == "btn btn-primary"


def test_a_dead_lead_is_lost_by_three_presses_of_the_rep(rep_client, opportunity):
    page = rep_client.get(opportunity.get_absolute_url())
    assert f'href="{url("close", opportunity)}"' in text(page)  # 1: Won or lost…
    form = Form(rep_client.get(url("close", opportunity)), url("close_as_lost", opportunity))

    answer = form.press(rep_client, "Ask a manager", reason=str(reason("no_budget").pk))  # 2: the reason, 3: the button

    assert answer.status_code == 303
    assert opportunity.close_requests.get().status_reason.key == "no_budget"


def test_a_request_stores_the_answers_of_the_form(rep_client, rep, opportunity):
    rival = CompetitorFactory(name="Fleetwise")
    answers = {"reason": str(reason("out_sold").pk), "competitor": str(rival.pk), "closed_on": "2026-11-18"}

    lost_form(rep_client, opportunity).press(
        rep_client, "Ask a manager", **answers, actual_revenue="1 000", description="A package with the leasing."
    )

    request = opportunity.close_requests.get()
    assert (request.by, request.status_reason.key, request.competitor) == (rep, "out_sold", rival)
    assert (request.closed_on, request.actual_revenue) == (datetime.date(2026, 11, 18), Decimal(1000))
    assert request.description == "A package with the leasing."
    assert request.is_waiting and request.outcome == ""
    event = opportunity.events.latest("version")
    assert (event.kind, event.reason) == (Event.Kind.ASKED, "A package with the leasing.")


def test_asking_saves_a_new_competitor_and_links_it_only_when_it_is_approved(rep_client, manager_client, opportunity):
    answers = {"reason": str(reason("out_sold").pk), "competitor": "new", "competitor-find": "Fleetwise"}

    lost_form(rep_client, opportunity).press(rep_client, "Ask a manager", **answers)

    assert opportunity.close_requests.get().competitor == Competitor.objects.get(name="Fleetwise")
    assert not opportunity.competitor_links.exists()
    answer_form(manager_client, opportunity).press(manager_client, "Waive and close as Lost")
    assert opportunity.competitor_links.get().competitor.name == "Fleetwise"


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"reason": None}, "Why? Choose one of the reasons listed."),
        ({"reason": "out_sold"}, "Lost to: Say which competitor it was lost to."),
        ({"closed_on": "2026-11-21"}, "Close date: The close date cannot be in the future."),
        ({"actual_revenue": "-1"}, "Actual revenue: The amount cannot be below"),
        ({"description": "x" * 4001}, "at most 4000 characters"),
    ],
)
def test_a_request_is_refused_as_the_closing_would_be(rep_client, opportunity, posted, said):
    answers = {"reason": "canceled", "description": "typed before"} | posted
    if answers["reason"]:
        answers["reason"] = str(reason(answers["reason"]).pk)

    with unchanged():
        answer = lost_form(rep_client, opportunity).press(rep_client, "Ask a manager", **answers)

    assert answer.status_code == 422
    assert said in text(answer)
    assert answers["description"][:12] in text(answer)


@pytest.mark.parametrize("why", ["closing as lost needs no step", "each step is met"])
def test_a_manager_is_not_asked_where_nothing_is_missing(rep, opportunity, why):
    if why == "closing as lost needs no step":
        Process.objects.update(lost_gate=LostGate.ANY)
    else:
        fill(opportunity)

    with refused(transitions.NoSuchMove, "you can close it yourself"):
        ask(reread(opportunity), by=rep, description="Gone")


@pytest.mark.parametrize("why", ["won", "archived"])
def test_a_request_needs_a_reason_that_a_closing_may_have(rep, opportunity, why):
    StatusReason.objects.filter(key="price").update(is_archived=True)

    with refused(transitions.EntryMissing, "reasons listed"):
        ask(opportunity, by=rep, reason=reason("won" if why == "won" else "price"))


def test_a_second_request_is_refused_while_the_first_is_open(rep, opportunity):
    ask(opportunity, by=rep, description="Bankrupt")

    with refused(transitions.NoSuchMove, "asked already"):
        ask(opportunity, by=rep, description="Again")


# Taking back


def test_the_person_who_asked_sees_that_and_can_take_it_back(rep_client, rep, opportunity):
    ask(opportunity, by=rep, at=datetime.datetime(2026, 11, 20, 11, 40, tzinfo=datetime.UTC), description="Gone")

    page = rep_client.get(opportunity.get_absolute_url())
    answer = Form(page, url("take_back_close_request", opportunity)).press(rep_client, "Take back")

    assert "<strong>You asked</strong> for this to be closed as lost, today 12:40" in text(page)
    assert answer.status_code == 303
    request = opportunity.close_requests.get()
    assert (request.outcome, request.answered_by) == (CloseRequest.Outcome.TAKEN_BACK, rep)
    assert opportunity.events.latest("version").kind == Event.Kind.TOOK_BACK
    assert "took back the request to close it" in text(rep_client.get(opportunity.get_absolute_url()))
    assert "You asked" not in text(rep_client.get(opportunity.get_absolute_url()))


def test_the_owner_may_take_back_what_a_colleague_asked(rep, colleague, opportunity):
    add_team_member(opportunity, user=colleague)
    ask(reread(opportunity), by=colleague)

    transitions.take_back_close_request(opportunity=opportunity, by=rep, at=NOW)

    assert not opportunity.close_requests.filter(answered_at=None).exists()


def test_everybody_who_may_edit_the_opportunity_may_take_it_back(rep, colleague, manager, opportunity):
    add_team_member(opportunity, user=colleague)

    for user in (colleague, manager):
        ask(reread(opportunity), by=rep)
        transitions.take_back_close_request(opportunity=reread(opportunity), by=user, at=NOW)
        assert reread(opportunity).close_requests.latest("pk").answered_by == user


def test_a_colleague_without_the_opportunity_may_not_take_it_back(rep, colleague, opportunity):
    ask(opportunity, by=rep)

    with refused(transitions.NotAllowed):
        transitions.take_back_close_request(opportunity=opportunity, by=colleague, at=NOW)


def test_who_can_answer_a_request_of_another_person_is_shown_the_answer_only(
    manager_client, client_of, rep, colleague, opportunity
):
    add_team_member(opportunity, user=colleague)
    ask(reread(opportunity), by=rep)

    assert "Take back" in text(client_of(colleague).get(opportunity.get_absolute_url()))
    assert "Take back" not in text(manager_client.get(opportunity.get_absolute_url()))


def test_taking_back_what_a_manager_has_answered_is_out_of_date(rep_client, rep, manager, opportunity):
    ask(opportunity, by=rep)
    form = Form(rep_client.get(opportunity.get_absolute_url()), url("take_back_close_request", opportunity))
    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW)

    with unchanged():
        answer = form.press(rep_client, "Take back")

    assert answer.status_code == 409
    assert "A manager has answered already." in text(answer)


def test_an_answer_to_what_was_taken_back_is_out_of_date(manager_client, rep, opportunity):
    ask(opportunity, by=rep)
    form = answer_form(manager_client, opportunity)
    transitions.take_back_close_request(opportunity=opportunity, by=rep, at=NOW)

    with unchanged():
        for button in ("Waive and close as Lost", "Decline"):
            answer = form.press(manager_client, button)
            assert answer.status_code == 409
            assert "The request was taken back. Kari Nordmann took back the request to close it" in text(answer)


def test_a_get_of_the_address_that_takes_back_leads_to_the_opportunity(rep_client, opportunity):
    answer = rep_client.get(url("take_back_close_request", opportunity))

    assert (answer.status_code, answer.url) == (303, opportunity.get_absolute_url())


def test_taking_back_without_a_request_is_refused(rep, opportunity):
    with refused(transitions.NoSuchMove, "No request is waiting"):
        transitions.take_back_close_request(opportunity=opportunity, by=rep, at=NOW)
