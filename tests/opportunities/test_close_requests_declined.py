"""Declining a request to close, and what the salesperson reads then."""

import pytest

from opportunities import transitions
from opportunities.models import CloseRequest
from tests.support.close_request_pages import answer_form, asked, lost_form, text
from tests.support.closing_pages import url
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import (
    NOW,
    ask,
    edit,
    lose,
    reread,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "closing_day")]


@pytest.fixture
def opportunity(in_develop):
    return in_develop


def test_declining_needs_no_answer(manager_client, rep, manager, opportunity):
    asked(opportunity, rep)

    answer = answer_form(manager_client, opportunity).press(manager_client, "Decline")

    assert answer.status_code == 303
    request = opportunity.close_requests.get()
    assert (request.outcome, request.answer, request.answered_by) == (CloseRequest.Outcome.DECLINED, "", manager)
    assert reread(opportunity).is_open


def test_an_invisible_answer_is_none(rep, manager, opportunity):
    asked(opportunity, rep)

    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer="\u200b")

    assert opportunity.close_requests.get().answer == ""


def test_the_reason_for_waivers_does_not_keep_a_manager_from_declining(manager_client, rep, opportunity):
    asked(opportunity, rep)

    answer = answer_form(manager_client, opportunity).press(manager_client, "Decline", waive_because="x" * 1001)

    assert answer.status_code == 303


def test_an_answer_that_is_too_long_is_refused(manager_client, rep, opportunity):
    asked(opportunity, rep)

    with unchanged():
        answer = answer_form(manager_client, opportunity).press(manager_client, "Decline", answer="x" * 1001)

    assert answer.status_code == 422
    assert "at most 1000 characters" in text(answer)


def test_the_rep_sees_the_answer_and_opens_the_form_with_what_was_asked(rep_client, manager_client, rep, opportunity):
    asked(opportunity, rep)
    answer_form(manager_client, opportunity).press(manager_client, "Decline", answer="Call them once more in January.")

    page = rep_client.get(opportunity.get_absolute_url())
    form = lost_form(rep_client, opportunity)

    assert "<strong>Ingrid Dahl declined</strong>: Call them once more in January." in text(page)
    assert f'href="{url("close", opportunity)}?outcome=lost">Open the form' in text(page)
    assert form.fields["description"].strip() == "They bought a package."
    assert form.press(rep_client, "Ask a manager", description="They signed.").status_code == 303
    assert opportunity.close_requests.count() == 2


@pytest.mark.parametrize("what", ["moved", "asked again", "closed"])
def test_a_declined_request_is_shown_until_something_else_happens(rep_client, rep, manager, opportunity, what):
    asked(opportunity, rep)
    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer="Not yet")
    assert "Not yet" in declined_line(rep_client, opportunity)

    if what == "moved":
        transitions.go_back(opportunity=reread(opportunity), by=rep, at=NOW)
    elif what == "asked again":
        ask(opportunity, by=rep)
    else:
        lose(reread(opportunity), by=manager, waive_because="Gone")

    assert "declined</strong>" not in text(rep_client.get(opportunity.get_absolute_url()))


def declined_line(client, opportunity):
    return text(client.get(opportunity.get_absolute_url())).partition("declined</strong>")[2][:40]


def test_an_edit_does_not_hide_that_a_manager_declined(rep_client, rep, manager, opportunity):
    asked(opportunity, rep)
    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer="Not yet")
    edit(reread(opportunity), customer_need="Trucks")

    assert "Not yet" in declined_line(rep_client, opportunity)


def test_a_request_that_was_taken_back_shows_no_line_and_no_answers(rep_client, rep, opportunity):
    asked(opportunity, rep)
    transitions.take_back_close_request(opportunity=opportunity, by=rep, at=NOW)

    assert "They bought a package." not in lost_form(rep_client, opportunity).fields["description"]


def test_declining_without_a_request_is_refused(manager, opportunity):
    with refused(transitions.NoSuchMove, "No request is waiting"):
        transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer="No")
