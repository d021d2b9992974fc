"""The page on which a manager closes as lost what a salesperson asked to close."""

import datetime
from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.customers.models import Competitor
from opportunities.models import CloseRequest, StatusReason, write_guard
from tests.support.close_request_pages import answer_form, asked, lost_form, out_sold_to, text
from tests.support.closing_pages import url
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import (
    CLOSE,
    NOW,
    ask,
    edit,
    fill,
    lose,
    opportunity_in,
    reason,
    reread,
)
from tests.support.pages import Form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "closing_day")]


@pytest.fixture
def opportunity(in_develop):
    return in_develop


def test_the_page_shows_the_answers_and_offers_a_reason_for_the_waivers(manager_client, rep, opportunity):
    asked(opportunity, rep, actual_revenue=Decimal(1000))

    page = manager_client.get(url("close_request", opportunity))

    form = Form(page, url("approve_close_request", opportunity))
    assert "Kari Nordmann asks you to close this as lost" in text(page)
    for said in (out_sold_to("Fleetwise"), "2 Mar 2026", "NOK 1,000", "They bought a package."):
        assert said in text(page)
    assert form.fields["waive_because"].strip() == "Lost to Fleetwise: They bought a package."
    assert "12 steps were not done" in text(page)
    assert f'href="{url("close", opportunity)}?outcome=lost">Change the answers first' in text(page)


def test_one_press_waives_and_closes_with_the_answers_of_the_request(manager_client, rep, manager, opportunity):
    asked(opportunity, rep)
    before = opportunity.events.count()

    answer = answer_form(manager_client, opportunity).press(manager_client, "Waive and close as Lost")

    assert answer.status_code == 303
    closing, request = opportunity.closings.get(), opportunity.close_requests.get()
    assert reread(opportunity).is_lost
    assert (closing.by, closing.status_reason.key, closing.competitor.name) == (manager, "out_sold", "Fleetwise")
    assert (closing.closed_on, closing.description) == (request.closed_on, "They bought a package.")
    assert (request.outcome, request.answered_by) == (CloseRequest.Outcome.CLOSED, manager)
    assert opportunity.waivers.filter(closing=closing).count() == 12
    assert set(opportunity.waivers.values_list("reason", flat=True)) == {"Lost to Fleetwise: They bought a package."}
    assert opportunity.events.count() == before + 1


def test_an_approval_without_a_list_of_steps_waives_what_is_missing_now(rep, manager, opportunity):
    asked(opportunity, rep)
    edit(opportunity, customer_need="Known now")

    transitions.approve_close_request(opportunity=opportunity, by=manager, at=NOW, waive_because="Too late.")

    assert reread(opportunity).is_lost
    assert opportunity.waivers.count() == 11


def test_the_reason_for_the_waivers_can_be_changed(manager_client, rep, opportunity):
    asked(opportunity, rep)

    answer_form(manager_client, opportunity).press(
        manager_client, "Waive and close as Lost", waive_because="We were too late."
    )

    assert set(opportunity.waivers.values_list("reason", flat=True)) == {"We were too late."}


def test_the_waivers_need_a_reason(manager_client, rep, opportunity):
    asked(opportunity, rep)

    with unchanged():
        answer = answer_form(manager_client, opportunity).press(
            manager_client, "Waive and close as Lost", waive_because=" "
        )

    assert answer.status_code == 422
    assert "Why are the missing steps waived? Say why the step is waived." in text(answer)


def test_where_nothing_is_missing_any_more_the_button_closes(manager_client, rep, opportunity):
    asked(opportunity, rep)
    fill(reread(opportunity))

    page = manager_client.get(url("close_request", opportunity))
    answer = Form(page, url("approve_close_request", opportunity)).press(manager_client, "Close as Lost")

    assert "waive_because" not in text(page)
    assert answer.status_code == 303
    assert not opportunity.waivers.exists()
    assert opportunity.closings.get().competitor.name == "Fleetwise"


def test_other_steps_that_are_missing_meanwhile_are_not_waived(manager_client, rep, opportunity):
    asked(opportunity, rep)
    form = answer_form(manager_client, opportunity)
    edit(opportunity, customer_need="Known now")

    with unchanged():
        answer = form.press(manager_client, "Waive and close as Lost")

    assert answer.status_code == 409
    assert "Other steps are missing now." in text(answer)
    assert answer_form(manager_client, opportunity).press(manager_client, "Waive and close as Lost").status_code == 303
    assert opportunity.waivers.count() == 11


def test_steps_that_have_come_to_be_missing_are_not_waived_unseen(manager_client, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), leave=["thank_you_sent"])
    asked(opportunity, rep)
    fill(reread(opportunity))
    form = answer_form(manager_client, opportunity)
    edit(reread(opportunity), debrief_filed=False)

    with unchanged():
        answer = form.press(manager_client, "Close as Lost")

    assert answer.status_code == 409


def test_an_approval_whose_reason_was_archived_asks_for_the_answers_to_be_changed(manager_client, rep, opportunity):
    ask(opportunity, by=rep, reason=reason("price"))
    StatusReason.objects.filter(key="price").update(is_archived=True)

    with unchanged():
        answer = answer_form(manager_client, opportunity).press(manager_client, "Waive and close as Lost")

    assert answer.status_code == 422
    assert "Choose one of the reasons listed. Change them first." in text(answer)


def test_change_the_answers_first_opens_the_form_with_them(manager_client, rep, opportunity):
    asked(opportunity, rep, closed_on=datetime.date(2026, 3, 1), actual_revenue=Decimal(1000))

    form = lost_form(manager_client, opportunity)
    answer = form.press(manager_client, "Waive what is missing and close", description="They bought the leasing.")

    assert form.fields["reason"] == str(reason("out_sold").pk)
    assert form.fields["competitor"] == str(Competitor.objects.get(name="Fleetwise").pk)
    assert (form.fields["closed_on"], form.fields["actual_revenue"]) == ("2026-03-01", "1,000")
    assert form.fields["waive_because"].strip() == "Lost to Fleetwise: They bought a package."
    assert answer.status_code == 303
    assert opportunity.closings.get().description == "They bought the leasing."
    assert opportunity.close_requests.get().outcome == CloseRequest.Outcome.CLOSED


def test_a_request_from_before_answers_were_stored_is_answered_by_the_form(manager_client, rep, manager, opportunity):
    ask(opportunity, by=rep, description="The customer is bankrupt")
    forget_answers(opportunity)

    page = manager_client.get(url("close_request", opportunity))

    assert "The customer is bankrupt" in text(page)
    assert "No reason was chosen" in text(page)
    assert list(Form(page, url("approve_close_request", opportunity)).buttons) == ["Decline"]
    assert lost_form(manager_client, opportunity).fields["description"].strip() == "The customer is bankrupt"
    with refused(transitions.NoSuchMove, "has no answers"):
        transitions.approve_close_request(opportunity=opportunity, by=manager, at=NOW, waive_because="Bankrupt")


def forget_answers(opportunity):
    """Makes the request one from before the migration."""
    with write_guard.guarded_every():
        opportunity.close_requests.update(status_reason=None, closed_on=None)


def test_a_rep_cannot_open_or_give_the_answer(rep_client, rep, opportunity):
    asked(opportunity, rep)
    given = drawn_for(opportunity)

    with unchanged():
        answers = [rep_client.get(url(name, opportunity)) for name in ("close_request", "approve_close_request")]
        answers += [
            rep_client.post(url(name, opportunity), given)
            for name in ("approve_close_request", "decline_close_request")
        ]

    assert {answer.status_code for answer in answers} == {404}
    for move in (transitions.approve_close_request, transitions.decline_close_request):
        with refused(transitions.NotAllowed):
            move(opportunity=opportunity, by=rep, at=NOW)


def test_the_page_without_a_request_says_so(manager_client, opportunity):
    assert "No request is waiting." in text(manager_client.get(url("close_request", opportunity)))


def test_the_page_of_a_closed_opportunity_says_how_it_ended(manager_client, rep, manager, opportunity):
    asked(opportunity, rep)
    lose(reread(opportunity), by=manager, waive_because="Bankrupt")

    assert "Lost from Develop" in text(manager_client.get(url("close_request", opportunity)))


@pytest.mark.parametrize("name", ["approve_close_request", "decline_close_request"])
def test_a_get_of_an_answer_leads_to_the_page(manager_client, opportunity, name):
    answer = manager_client.get(url(name, opportunity))

    assert (answer.status_code, answer.url) == (302, url("close_request", opportunity))


@pytest.mark.parametrize("name", ["approve_close_request", "decline_close_request"])
def test_an_answer_that_does_not_say_what_it_was_rendered_for_is_a_400(manager_client, rep, opportunity, name):
    asked(opportunity, rep)

    with unchanged():
        for left_out in ("from_stage", "page_version"):
            posted = drawn_for(opportunity) | {left_out: None}
            assert manager_client.post(url(name, opportunity), posted).status_code == 400


def test_a_long_description_is_shortened_to_what_a_waiver_may_have(manager_client, rep, opportunity):
    asked(opportunity, rep, description="word " * 500)

    answer = answer_form(manager_client, opportunity).press(manager_client, "Waive and close as Lost")

    assert answer.status_code == 303
    assert len(opportunity.waivers.first().reason) == 1000
    assert reread(opportunity).is_lost
