"""Asking a manager to close an opportunity as lost: the answers that are kept, Take back, approving and declining."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from opportunities import transitions
from opportunities.customers.models import Competitor
from opportunities.models import CloseRequest, Event, StatusReason, write_guard
from stages.models import LostGate, Process
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    QUALIFY,
    CompetitorFactory,
    add_team_member,
    ask,
    edit,
    fill,
    lose,
    opportunity_in,
    reason,
    reread,
    step,
)
from tests.support.pages import Form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime.datetime(2026, 11, 20, 13, 40, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture(scope="module")
def in_develop(cast):
    return opportunity_in(DEVELOP, owner=cast["rep"], estimated_revenue=Decimal(480_000))


@pytest.fixture
def opportunity(in_develop):
    return reread(in_develop)


@pytest.fixture
def boss(client_of, manager):
    return client_of(manager)


def url(name, opportunity):
    return reverse(name, args=[opportunity.pk])


def lost_form(client, opportunity):
    return Form(client.get(f"{url('close', opportunity)}?outcome=lost"), url("close_as_lost", opportunity))


def answer_form(client, opportunity):
    return Form(client.get(url("close_request", opportunity)), url("approve_close_request", opportunity))


def text(response):
    return " ".join(response.content.decode().split())


def out_sold_to(name):
    """Why it was lost, with a link to the competitor."""
    return f'Out-sold, to <a href="{Competitor.objects.get(name=name).get_absolute_url()}">{name}</a>'


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


def test_asking_saves_a_new_competitor_and_links_it_only_when_it_is_approved(rep_client, boss, opportunity):
    answers = {"reason": str(reason("out_sold").pk), "competitor": "new", "competitor-find": "Fleetwise"}

    lost_form(rep_client, opportunity).press(rep_client, "Ask a manager", **answers)

    assert opportunity.close_requests.get().competitor == Competitor.objects.get(name="Fleetwise")
    assert not opportunity.competitor_links.exists()
    answer_form(boss, opportunity).press(boss, "Waive and close as Lost")
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


# Waiting


def test_the_person_who_asked_sees_that_and_can_take_it_back(rep_client, rep, opportunity):
    ask(opportunity, by=rep, at=datetime.datetime(2026, 11, 20, 13, 40, tzinfo=datetime.UTC), description="Gone")

    page = rep_client.get(opportunity.get_absolute_url())
    answer = Form(page, url("take_back_close_request", opportunity)).press(rep_client, "Take back")

    assert "<strong>You asked</strong> for this to be closed as lost, today 14:40" in text(page)
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
    boss, client_of, rep, colleague, opportunity
):
    add_team_member(opportunity, user=colleague)
    ask(reread(opportunity), by=rep)

    assert "Take back" in text(client_of(colleague).get(opportunity.get_absolute_url()))
    assert "Take back" not in text(boss.get(opportunity.get_absolute_url()))


def test_taking_back_what_a_manager_has_answered_is_out_of_date(rep_client, rep, manager, opportunity):
    ask(opportunity, by=rep)
    form = Form(rep_client.get(opportunity.get_absolute_url()), url("take_back_close_request", opportunity))
    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW)

    with unchanged():
        answer = form.press(rep_client, "Take back")

    assert answer.status_code == 409
    assert "A manager has answered already." in text(answer)


def test_an_answer_to_what_was_taken_back_is_out_of_date(boss, rep, opportunity):
    ask(opportunity, by=rep)
    form = answer_form(boss, opportunity)
    transitions.take_back_close_request(opportunity=opportunity, by=rep, at=NOW)

    with unchanged():
        for button in ("Waive and close as Lost", "Decline"):
            answer = form.press(boss, button)
            assert answer.status_code == 409
            assert "The request was taken back. Kari Nordmann took back the request to close it" in text(answer)


def test_a_get_of_the_address_that_takes_back_leads_to_the_opportunity(rep_client, opportunity):
    answer = rep_client.get(url("take_back_close_request", opportunity))

    assert (answer.status_code, answer.url) == (303, opportunity.get_absolute_url())


def test_taking_back_without_a_request_is_refused(rep, opportunity):
    with refused(transitions.NoSuchMove, "No request is waiting"):
        transitions.take_back_close_request(opportunity=opportunity, by=rep, at=NOW)


# The manager's answer


def asked(opportunity, rep, **more):
    given = {"reason": reason("out_sold"), "competitor": CompetitorFactory(name="Fleetwise")}
    more = {"description": "They bought a package.", **given, **more}
    ask(opportunity, by=rep, **more)
    return reread(opportunity)


def test_the_page_shows_the_answers_and_offers_a_reason_for_the_waivers(boss, rep, opportunity):
    asked(opportunity, rep, actual_revenue=Decimal(1000))

    page = boss.get(url("close_request", opportunity))

    form = Form(page, url("approve_close_request", opportunity))
    assert "Kari Nordmann asks you to close this as lost" in text(page)
    for said in (out_sold_to("Fleetwise"), "2 Mar 2026", "NOK 1,000", "They bought a package."):
        assert said in text(page)
    assert form.fields["waive_because"].strip() == "Lost to Fleetwise: They bought a package."
    assert "12 steps were not done" in text(page)
    assert f'href="{url("close", opportunity)}?outcome=lost">Change the answers first' in text(page)


def test_one_press_waives_and_closes_with_the_answers_of_the_request(boss, rep, manager, opportunity):
    asked(opportunity, rep)
    before = opportunity.events.count()

    answer = answer_form(boss, opportunity).press(boss, "Waive and close as Lost")

    assert answer.status_code == 303
    closing, request = opportunity.closings.get(), opportunity.close_requests.get()
    assert reread(opportunity).is_lost
    assert (closing.by, closing.status_reason.key, closing.competitor.name) == (manager, "out_sold", "Fleetwise")
    assert (closing.closed_on, closing.description) == (request.closed_on, "They bought a package.")
    assert (request.outcome, request.answered_by) == (CloseRequest.Outcome.CLOSED, manager)
    assert opportunity.waivers.filter(closing=closing).count() == 12
    assert set(opportunity.waivers.values_list("reason", flat=True)) == {"Lost to Fleetwise: They bought a package."}
    assert opportunity.events.count() == before + 1


def test_the_reason_for_the_waivers_can_be_changed(boss, rep, opportunity):
    asked(opportunity, rep)

    answer_form(boss, opportunity).press(boss, "Waive and close as Lost", waive_because="We were too late.")

    assert set(opportunity.waivers.values_list("reason", flat=True)) == {"We were too late."}


def test_the_waivers_need_a_reason(boss, rep, opportunity):
    asked(opportunity, rep)

    with unchanged():
        answer = answer_form(boss, opportunity).press(boss, "Waive and close as Lost", waive_because=" ")

    assert answer.status_code == 422
    assert "Why are the missing steps waived? Say why the step is waived." in text(answer)


def test_one_press_on_my_day_approves(boss, rep, opportunity):
    asked(opportunity, rep)

    day = boss.get("/")
    form = Form(day, url("approve_close_request", opportunity))
    button = next(label for label in form.buttons if label.startswith("Waive and close as Lost"))
    answer = form.press(boss, button)

    assert f"{out_sold_to('Fleetwise')} · They bought a package. · 12 steps not done" in text(day)
    assert (answer.status_code, answer.url) == (303, reverse("my_day"))
    assert opportunity.waivers.count() == 12
    assert reread(opportunity).is_lost
    after = boss.get("/")
    assert f"{opportunity}: Closed as lost." in text(after)
    assert f'href="{opportunity.get_absolute_url()}"' in after.content.decode()


def test_a_request_on_my_day_shows_the_stage_and_the_revenue(boss, rep, opportunity):
    asked(opportunity, rep)

    day = text(boss.get("/"))

    assert '<span class="sub">Develop</span>' in day
    assert "480,000" in day


def test_one_press_on_my_day_declines(boss, rep, opportunity):
    asked(opportunity, rep)

    form = Form(boss.get("/"), url("approve_close_request", opportunity))
    answer = form.press(boss, "Decline")

    assert answer.status_code == 303
    assert opportunity.close_requests.get().outcome == CloseRequest.Outcome.DECLINED


def test_my_day_shows_each_request_with_its_own_missing_steps(boss, rep, manager):
    done = fill(opportunity_in(CLOSE, owner=rep, name="Almost"), CLOSE, leave=["debrief_filed", "thank_you_sent"])
    transitions.waive(opportunity=done, by=manager, at=NOW, step=step("thank_you_sent"), reason="They moved.")
    for opportunity in (reread(done), opportunity_in(QUALIFY, owner=rep, name="Hardly")):
        ask(opportunity, by=rep)

    day = text(boss.get("/"))

    assert "1 step not done" in day
    assert "18 steps not done" in day


@pytest.mark.sweep
def test_my_day_reads_the_same_number_of_times_for_one_request_and_for_many(
    boss, rep, django_assert_max_num_queries, django_assert_num_queries
):
    ask(opportunity_in(QUALIFY, owner=rep), by=rep)
    boss.get("/")
    with django_assert_max_num_queries(15) as one:
        boss.get("/")
    for _ in range(4):
        ask(opportunity_in(DEVELOP, owner=rep), by=rep)

    with django_assert_num_queries(len(one)):
        boss.get("/")


def test_where_nothing_is_missing_any_more_the_button_closes(boss, rep, opportunity):
    asked(opportunity, rep)
    fill(reread(opportunity))

    page = boss.get(url("close_request", opportunity))
    answer = Form(page, url("approve_close_request", opportunity)).press(boss, "Close as Lost")

    assert "waive_because" not in text(page)
    assert answer.status_code == 303
    assert not opportunity.waivers.exists()
    assert opportunity.closings.get().competitor.name == "Fleetwise"


def test_other_steps_that_are_missing_meanwhile_are_not_waived(boss, rep, opportunity):
    asked(opportunity, rep)
    form = answer_form(boss, opportunity)
    edit(opportunity, customer_need="Known now")

    with unchanged():
        answer = form.press(boss, "Waive and close as Lost")

    assert answer.status_code == 409
    assert "Other steps are missing now." in text(answer)
    assert answer_form(boss, opportunity).press(boss, "Waive and close as Lost").status_code == 303
    assert opportunity.waivers.count() == 11


def test_steps_that_have_come_to_be_missing_are_not_waived_unseen(boss, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), leave=["thank_you_sent"])
    asked(opportunity, rep)
    fill(reread(opportunity))
    form = answer_form(boss, opportunity)
    edit(reread(opportunity), debrief_filed=False)

    with unchanged():
        answer = form.press(boss, "Close as Lost")

    assert answer.status_code == 409


def test_an_approval_whose_reason_was_archived_asks_for_the_answers_to_be_changed(boss, rep, opportunity):
    ask(opportunity, by=rep, reason=reason("price"))
    StatusReason.objects.filter(key="price").update(is_archived=True)

    with unchanged():
        answer = answer_form(boss, opportunity).press(boss, "Waive and close as Lost")

    assert answer.status_code == 422
    assert "Choose one of the reasons listed. Change them first." in text(answer)


def test_change_the_answers_first_opens_the_form_with_them(boss, rep, opportunity):
    asked(opportunity, rep, closed_on=datetime.date(2026, 3, 1), actual_revenue=Decimal(1000))

    form = lost_form(boss, opportunity)
    answer = form.press(boss, "Waive what is missing and close", description="They bought the leasing.")

    assert form.fields["reason"] == str(reason("out_sold").pk)
    assert form.fields["competitor"] == str(Competitor.objects.get(name="Fleetwise").pk)
    assert (form.fields["closed_on"], form.fields["actual_revenue"]) == ("2026-03-01", "1,000")
    assert form.fields["waive_because"].strip() == "Lost to Fleetwise: They bought a package."
    assert answer.status_code == 303
    assert opportunity.closings.get().description == "They bought the leasing."
    assert opportunity.close_requests.get().outcome == CloseRequest.Outcome.CLOSED


def test_a_request_from_before_answers_were_stored_is_answered_by_the_form(boss, rep, manager, opportunity):
    ask(opportunity, by=rep, description="The customer is bankrupt")
    forget_answers(opportunity)

    page = boss.get(url("close_request", opportunity))

    assert "The customer is bankrupt" in text(page)
    assert "No reason was chosen" in text(page)
    assert list(Form(page, url("approve_close_request", opportunity)).buttons) == ["Decline"]
    assert lost_form(boss, opportunity).fields["description"].strip() == "The customer is bankrupt"
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


def test_the_page_without_a_request_says_so(boss, opportunity):
    assert "No request is waiting." in text(boss.get(url("close_request", opportunity)))


def test_the_page_of_a_closed_opportunity_says_how_it_ended(boss, rep, manager, opportunity):
    asked(opportunity, rep)
    lose(reread(opportunity), by=manager, waive_because="Bankrupt")

    assert "Lost from Develop" in text(boss.get(url("close_request", opportunity)))


@pytest.mark.parametrize("name", ["approve_close_request", "decline_close_request"])
def test_a_get_of_an_answer_leads_to_the_page(boss, opportunity, name):
    answer = boss.get(url(name, opportunity))

    assert (answer.status_code, answer.url) == (302, url("close_request", opportunity))


@pytest.mark.parametrize("name", ["approve_close_request", "decline_close_request"])
def test_an_answer_that_does_not_say_what_it_was_rendered_for_is_a_400(boss, rep, opportunity, name):
    asked(opportunity, rep)

    with unchanged():
        for left_out in ("from_stage", "page_version"):
            posted = drawn_for(opportunity) | {left_out: None}
            assert boss.post(url(name, opportunity), posted).status_code == 400


# Declined


def test_declining_needs_no_answer(boss, rep, manager, opportunity):
    asked(opportunity, rep)

    answer = answer_form(boss, opportunity).press(boss, "Decline")

    assert answer.status_code == 303
    request = opportunity.close_requests.get()
    assert (request.outcome, request.answer, request.answered_by) == (CloseRequest.Outcome.DECLINED, "", manager)
    assert reread(opportunity).is_open


def test_an_invisible_answer_is_none(rep, manager, opportunity):
    asked(opportunity, rep)

    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer="\u200b")

    assert opportunity.close_requests.get().answer == ""


def test_the_reason_for_waivers_does_not_keep_a_manager_from_declining(boss, rep, opportunity):
    asked(opportunity, rep)

    answer = answer_form(boss, opportunity).press(boss, "Decline", waive_because="x" * 1001)

    assert answer.status_code == 303


def test_an_answer_that_is_too_long_is_refused(boss, rep, opportunity):
    asked(opportunity, rep)

    with unchanged():
        answer = answer_form(boss, opportunity).press(boss, "Decline", answer="x" * 1001)

    assert answer.status_code == 422
    assert "at most 1000 characters" in text(answer)


def test_the_rep_sees_the_answer_and_opens_the_form_with_what_was_asked(rep_client, boss, rep, opportunity):
    asked(opportunity, rep)
    answer_form(boss, opportunity).press(boss, "Decline", answer="Call them once more in January.")

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


def test_my_day_of_a_manager_shows_open_requests_and_that_of_a_rep_none(client_of, boss, rep, manager, opportunity):
    asked(opportunity, rep)

    assert "They bought a package." in text(boss.get("/"))
    assert "They bought a package." not in text(client_of(rep).get("/"))

    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW)
    assert "They bought a package." not in text(boss.get("/"))


def test_a_long_description_is_shortened_to_what_a_waiver_may_have(boss, rep, opportunity):
    asked(opportunity, rep, description="word " * 500)

    answer = answer_form(boss, opportunity).press(boss, "Waive and close as Lost")

    assert answer.status_code == 303
    assert len(opportunity.waivers.first().reason) == 1000
    assert reread(opportunity).is_lost
