"""Asking a manager to waive a step, the answers, and withdrawing a waiver: the pages, the step row and My day."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities import transitions
from opportunities.models import Waiver, WaiverRequest
from tests.support import factories
from tests.support.db_assertions import digests
from tests.support.factories import DEVELOP, NOW, PROPOSE, opportunity_in, reread, stage, step
from tests.support.moves import ask_for_waiver, decline_waiver, waive
from tests.support.pages import Form, drawn_for

pytestmark = pytest.mark.django_db

NEED = "customer_need"


def address(name, opportunity, field=NEED):
    return reverse(name, args=[opportunity.pk, step(field).pk])


def place(opportunity, field=NEED):
    return f"{opportunity.get_absolute_url()}?stage={step(field).stage_id}#div_id_{field}"


def page_of(client, opportunity, **query):
    return client.get(opportunity.get_absolute_url(), query).content.decode()


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def row_of(html, field=NEED):
    """The row of the step: what is between its element and that of the next step."""
    return html.partition(f'id="div_id_{field}"')[2].partition('id="div_id_')[0]


def post(client, name, opportunity, field=NEED, **posted):
    return client.post(address(name, opportunity, field), drawn_for(opportunity) | posted)


# The menu of a step


def test_the_menu_of_a_missing_step_offers_a_rep_to_ask_and_a_manager_to_waive(rep, manager, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    of_the_rep = row_of(page_of(client_of(rep), opportunity))
    of_the_manager = row_of(page_of(client_of(manager), opportunity))

    assert address("ask_for_waiver", opportunity) in of_the_rep
    assert f'"{address("waive", opportunity)}"' not in of_the_rep
    assert address("waive", opportunity) in of_the_manager
    assert address("ask_for_waiver", opportunity) not in of_the_manager
    for row in (of_the_rep, of_the_manager):
        assert f"{reverse('help_stage', args=[stage(DEVELOP).process_id, stage(DEVELOP).pk])}#step-" in row
        assert "<summary" in row


def test_the_menu_of_a_met_or_optional_step_has_only_the_help(rep, manager, client_of):
    opportunity = factories.ready_opportunity(PROPOSE, owner=rep)

    html = page_of(client_of(manager), opportunity)

    for field in ("internal_review_completed", "proposal_developed"):
        assert "What counts as done" in row_of(html, field)
        assert "/waive/" not in row_of(html, field)


def test_the_menu_of_a_waived_step_offers_a_manager_to_withdraw(rep, manager, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    waive(opportunity, NEED, by=manager)

    assert address("withdraw_waiver", opportunity) in row_of(page_of(client_of(manager), opportunity))
    assert address("withdraw_waiver", opportunity) not in row_of(page_of(client_of(rep), opportunity))


def test_an_answer_that_saves_itself_renews_the_menu(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    client = client_of(rep)
    posted = {"version": opportunity.version, "ticks": "", NEED: "Trucks", "token": "token-of-the-page-0"}

    answer = client.post(address("answer", opportunity), posted).content.decode()

    menu = answer.partition(f'id="menu_{NEED}"')[2].partition("</details>")[0]
    assert 'hx-swap-oob="true"' in menu
    assert "What counts as done" in menu
    assert address("ask_for_waiver", opportunity) not in menu


# Asking, and taking back


def test_a_rep_asks_on_a_page_and_sees_the_request_at_the_step(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    assert (
        "Why should “Customer need” be waived?" in client.get(address("ask_for_waiver", opportunity)).content.decode()
    )

    answer = post(client, "ask_for_waiver", opportunity, reason="They never say.")

    assert (answer.status_code, answer.url) == (303, place(opportunity))
    row = text(row_of(page_of(client, opportunity)))
    assert "You asked a manager to waive this" in row
    assert "Take back" in row


def test_asking_without_a_reason_shows_the_page_again_and_changes_nothing(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    before = digests()

    answer = post(client, "ask_for_waiver", opportunity, reason=" ")

    assert answer.status_code == 422
    assert digests() == before


@pytest.mark.parametrize("name", ["ask_for_waiver", "take_back_waiver_request"])
def test_a_post_that_does_not_name_its_page_is_a_bad_request(rep, client_of, name):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    before = digests()

    assert client.post(address(name, opportunity), {"reason": "x"}).status_code == 400
    assert digests() == before


def test_a_step_of_another_process_is_not_found(rep, client_of):
    tender = factories.add_step(factories.add_process("Tenders", "Bid").stages.get(), "description")
    opportunity = opportunity_in(DEVELOP, owner=rep)

    assert client_of(rep).get(reverse("ask_for_waiver", args=[opportunity.pk, tender.pk])).status_code == 404


def test_a_rep_takes_back_with_the_button_of_the_step(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)
    html = page_of(client, opportunity)
    assert f'form="take_back_{NEED}"' in html
    assert f'id="take_back_{NEED}"' in html

    answer = post(client, "take_back_waiver_request", reread(opportunity))

    assert (answer.status_code, answer.url) == (303, place(opportunity))
    assert WaiverRequest.objects.get().outcome == "taken_back"
    assert "You asked a manager" not in page_of(client, opportunity)


def test_taking_back_twice_says_who_did_it_and_changes_nothing(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)
    shown = drawn_for(reread(opportunity))
    client.post(address("take_back_waiver_request", opportunity), shown)
    before = digests()

    again = client.post(address("take_back_waiver_request", opportunity), shown)

    assert again.status_code == 409
    assert "The request was taken back." in again.content.decode()
    assert digests() == before


def test_a_get_of_the_take_back_address_shows_the_step(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    answer = client_of(rep).get(address("take_back_waiver_request", opportunity))

    assert (answer.status_code, answer.url) == (303, place(opportunity))


# Answering


def test_a_manager_approves_at_the_step_with_the_reason_of_the_request(rep, manager, client_of):
    opportunity, boss = opportunity_in(DEVELOP, owner=rep), client_of(manager)
    ask_for_waiver(opportunity, NEED, reason="They never say.")
    html = page_of(boss, opportunity)
    assert "They never say." in text(row_of(html))
    assert f'form="approve_{NEED}"' in row_of(html)
    form = html.partition(f'id="approve_{NEED}"')[2].partition("</form>")[0]
    assert 'name="reason" value="They never say."' in form

    answer = post(boss, "approve_waiver_request", reread(opportunity), reason="They never say.")

    assert (answer.status_code, answer.url) == (303, place(opportunity))
    waiver = Waiver.objects.get()
    assert (waiver.by, waiver.reason, WaiverRequest.objects.get().waiver) == (manager, "They never say.", waiver)
    assert "because: They never say." in text(row_of(page_of(boss, opportunity)))


def test_a_manager_changes_the_reason_on_the_page_before_approving(rep, manager, client_of):
    opportunity, boss = opportunity_in(DEVELOP, owner=rep), client_of(manager)
    ask_for_waiver(opportunity, NEED, reason="They never say.")
    where = address("approve_waiver_request", opportunity)
    shown = boss.get(where)
    assert "They never say.</textarea>" in shown.content.decode()
    form = Form(shown, None)
    form.action = where

    answer = form.press(boss, "Approve", reason="Agreed on the phone.")

    assert answer.status_code == 303
    assert Waiver.objects.get().reason == "Agreed on the phone."


@pytest.mark.parametrize(
    ("answer", "shown"),
    [("", "{manager} declined to waive this."), ("Call them.", "Declined by {manager}: Call them.")],
)
def test_the_step_shows_how_a_manager_declined(rep, manager, client_of, answer, shown):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)

    response = post(client_of(manager), "decline_waiver_request", reread(opportunity), answer=answer)

    assert response.status_code == 303
    row = row_of(page_of(client_of(rep), opportunity))
    assert shown.format(manager=manager) in text(row)
    assert address("ask_for_waiver", opportunity) in row


def test_how_it_was_declined_is_not_shown_once_the_step_is_met(rep, manager, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)
    decline_waiver(opportunity, NEED, by=manager, answer="Call them.")

    factories.edit(reread(opportunity), customer_need="Trucks")

    assert "Call them." not in text(row_of(page_of(client_of(rep), opportunity)))


@pytest.mark.parametrize("name", ["approve_waiver_request", "decline_waiver_request", "withdraw_waiver"])
def test_the_pages_of_managers_do_not_exist_for_a_rep(rep, client_of, name):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)
    before = digests()

    assert client.get(address(name, opportunity)).status_code == 404
    assert post(client, name, reread(opportunity), reason="x").status_code == 404
    assert digests() == before


@pytest.mark.parametrize("name", ["approve_waiver_request", "decline_waiver_request"])
def test_the_page_of_an_answer_without_a_request_says_so(rep, manager, client_of, name):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    shown = client_of(manager).get(address(name, opportunity)).content.decode()

    assert "No request is waiting." in shown
    assert "<textarea" not in shown


def test_an_answer_to_a_request_that_has_ended_is_stale_and_says_why(rep, manager, client_of):
    boss, opportunity = client_of(manager), opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)
    shown = drawn_for(reread(opportunity))
    factories.edit(reread(opportunity), customer_need="Trucks")
    before = digests()

    answer = boss.post(address("approve_waiver_request", opportunity), shown | {"reason": "Yes"})

    assert answer.status_code == 409
    assert "the step is no longer missing" in answer.content.decode()
    assert digests() == before


# My day


def test_my_day_of_a_manager_has_the_requests_with_their_answers(rep, manager, client_of):
    opportunity, boss = opportunity_in(DEVELOP, owner=rep), client_of(manager)
    ask_for_waiver(opportunity, NEED, reason="They never say.")

    day = boss.get("/").content.decode()

    assert "They never say." in day
    assert "Waive “Customer need”?" in day
    assert "All clear" not in day
    assert "They never say." not in client_of(rep).get("/").content.decode()
    form = day.partition(address("approve_waiver_request", opportunity) + '">')[2].partition("</form>")[0]
    posted = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    answer = boss.post(address("approve_waiver_request", opportunity), posted)
    assert (answer.status_code, answer.url) == (303, "/")
    assert Waiver.objects.get().reason == "They never say."
    assert "They never say." not in boss.get("/").content.decode()


@pytest.mark.sweep
def test_my_day_reads_as_much_for_one_request_as_for_seven(rep, manager, client_of, django_assert_num_queries):
    boss = client_of(manager)
    ask_for_waiver(opportunity_in(DEVELOP, owner=rep), NEED)
    boss.get("/")

    with CaptureQueriesContext(connection) as one:
        boss.get("/")
    for _ in range(6):
        ask_for_waiver(opportunity_in(DEVELOP, owner=rep), NEED)

    with django_assert_num_queries(len(one)):
        boss.get("/")
    assert len(one) <= 15


def test_my_day_shows_the_requests_that_waited_longest(rep, manager, client_of):
    for number in range(9):
        opportunity = opportunity_in(DEVELOP, owner=rep)
        ask_for_waiver(opportunity, NEED, reason=f"Reason {number}.", at=NOW + number * factories.HOUR)

    day = client_of(manager).get("/").content.decode()

    assert "Reason 0." in day
    assert "Reason 8." not in day
    assert "The others follow when these are answered." in day


# Withdrawing


def test_a_manager_withdraws_a_waiver_and_the_passed_stage_shows_what_is_missing(rep, manager, client_of):
    boss = client_of(manager)
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=[NEED])
    waive(opportunity, NEED, by=manager)
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW)
    assert (
        "Why is the waiver of “Customer need” withdrawn?"
        in boss.get(address("withdraw_waiver", opportunity)).content.decode()
    )

    answer = post(boss, "withdraw_waiver", reread(opportunity), reason="They say now.")

    assert (answer.status_code, answer.url) == (303, place(opportunity))
    html = page_of(client_of(rep), opportunity)
    assert "1 missing" in text(html)
    assert "1 left in Develop" in text(html) or "left for Close" in text(html)
    assert "withdrew the waiver of the step Customer need" in text(html)
    assert "They say now." in text(html)


def test_withdrawing_without_a_reason_changes_nothing(rep, manager, client_of):
    boss, opportunity = client_of(manager), opportunity_in(DEVELOP, owner=rep)
    waive(opportunity, NEED, by=manager)
    before = digests()

    answer = post(boss, "withdraw_waiver", reread(opportunity), reason="")

    assert answer.status_code == 422
    assert digests() == before


# The timeline


def test_the_timeline_names_the_step_of_each_act(rep, manager, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)
    decline_waiver(opportunity, NEED, by=manager)
    ask_for_waiver(opportunity, NEED)
    transitions.take_back_waiver_request(opportunity=reread(opportunity), by=rep, at=NOW, step=step(NEED))
    ask_for_waiver(opportunity, NEED)
    factories.edit(reread(opportunity), customer_need="Trucks")

    shown = text(page_of(client_of(rep), opportunity))

    for sentence in (
        "asked a manager to waive the step Customer need",
        "declined to waive the step Customer need",
        "took back the request to waive the step Customer need",
        "ended the request to waive the step Customer need",
    ):
        assert sentence in shown


@pytest.mark.sweep
def test_the_opportunity_page_reads_as_much_for_many_requests_as_for_one(rep, client_of, django_assert_num_queries):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)
    client.get(opportunity.get_absolute_url())

    with CaptureQueriesContext(connection) as one:
        client.get(opportunity.get_absolute_url())
    for field in ("proposed_solution", "stakeholders_identified", "competitors_identified"):
        ask_for_waiver(reread(opportunity), field)

    with django_assert_num_queries(len(one)):
        client.get(opportunity.get_absolute_url())
    assert len(one) <= 15


def answer_to(client, opportunity, given):
    """What the page gets back for an answer that saves itself."""
    posted = {"version": opportunity.version, "ticks": "", NEED: given, "token": "token-of-the-page-0"}
    return client.post(address("answer", opportunity), posted).content.decode()


@pytest.mark.parametrize(("who", "acts"), [("rep", ["take_back"]), ("manager", ["approve", "decline"])])
def test_an_answer_that_saves_itself_brings_the_forms_of_its_new_buttons(request, rep, client_of, who, acts):
    opportunity, client = opportunity_in(DEVELOP, owner=rep), client_of(request.getfixturevalue(who))
    opened = reread(opportunity)
    assert f'id="requests_{NEED}"' in page_of(client, opportunity)
    ask_for_waiver(opportunity, NEED)

    answer = answer_to(client, opened, "")

    part = answer.partition(f'<div id="requests_{NEED}" hx-swap-oob="true">')[2].partition("</div>")[0]
    for act in acts:
        assert f'form="{act}_{NEED}"' in answer
        assert f'id="{act}_{NEED}"' in part


def test_an_answer_that_meets_the_step_takes_the_forms_of_its_request_away(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)

    answer = answer_to(client_of(rep), reread(opportunity), "Trucks")

    part = answer.partition(f'<div id="requests_{NEED}" hx-swap-oob="true">')[2].partition("</div>")[0]
    assert part.strip() == ""
    assert f'form="take_back_{NEED}"' not in answer


# Pages of what a step does not have


def page_without_form(client, name, opportunity, field=NEED):
    html = client.get(address(name, opportunity, field)).content.decode()
    assert 'name="reason"' not in html
    return text(html)


def test_the_pages_of_a_step_that_is_met_have_no_form_and_say_why(rep, manager, client_of):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)

    assert "“Customer need” is not missing." in page_without_form(client_of(rep), "ask_for_waiver", opportunity)
    assert "“Customer need” is not missing." in page_without_form(client_of(manager), "waive", opportunity)
    assert "“Customer need” is not waived." in page_without_form(client_of(manager), "withdraw_waiver", opportunity)


def test_the_page_that_asks_says_that_a_manager_was_asked(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, NEED)

    shown = page_without_form(client_of(rep), "ask_for_waiver", opportunity)

    assert "A manager has been asked to waive this step already." in shown


def test_a_refused_take_back_is_headed_by_what_did_not_happen(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    answer = post(client_of(rep), "take_back_waiver_request", opportunity)

    assert answer.status_code == 422
    assert "Nothing was changed. No request is waiting." in text(answer.content.decode())
    assert "Not moved." not in answer.content.decode()


# A definition that changes meanwhile


def asked_in_a_stage_that_is_archived(rep):
    """An opportunity in Develop with a request for a step of Propose, which is archived then."""
    opportunity = opportunity_in(DEVELOP, owner=rep)
    ask_for_waiver(opportunity, "internal_review_completed")
    factories.change_stage(PROPOSE, is_archived=True)
    return reread(opportunity)


def test_a_request_for_a_step_of_an_archived_stage_is_declined_on_its_page(rep, manager, client_of):
    opportunity, field = asked_in_a_stage_that_is_archived(rep), "internal_review_completed"
    boss, where = client_of(manager), address("decline_waiver_request", opportunity, field)
    form = Form(boss.get(where), None)
    form.action = where

    answer = form.press(boss, "Decline", answer="No need.")

    assert answer.status_code == 303
    assert opportunity.waiver_requests.get().outcome == WaiverRequest.Outcome.DECLINED


def test_a_request_for_a_step_of_an_archived_stage_is_taken_back(rep, client_of):
    opportunity, field = asked_in_a_stage_that_is_archived(rep), "internal_review_completed"

    answer = post(client_of(rep), "take_back_waiver_request", opportunity, field)

    assert answer.status_code == 303
    assert opportunity.waiver_requests.get().outcome == WaiverRequest.Outcome.TAKEN_BACK


def test_a_request_for_a_step_of_an_archived_stage_cannot_be_approved_and_says_why(rep, manager, client_of):
    opportunity, field = asked_in_a_stage_that_is_archived(rep), "internal_review_completed"

    answer = post(client_of(manager), "approve_waiver_request", opportunity, field, reason="A small case.")

    assert answer.status_code == 422
    assert "is not missing" in answer.content.decode()


def test_a_reason_stays_typed_when_the_step_became_optional_meanwhile(rep, manager, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.change_step(NEED, required=False)

    answer = post(client_of(manager), "waive", opportunity, reason="They never say.")

    assert answer.status_code == 422
    assert "They never say." in answer.content.decode()
    assert "is not missing" in answer.content.decode()
