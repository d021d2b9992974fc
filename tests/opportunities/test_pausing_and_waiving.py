"""On hold and on again; waiving, asking a manager, and waiving what is missing and closing: functions and pages."""

import pytest

from opportunities import transitions
from opportunities.models import CloseRequest, Event, Waiver
from tests import factories
from tests.factories import CLOSE, DAY, DEVELOP, NOW, QUALIFY, deal_in, reason, reread, stage, step
from tests.pages import Form, drawn_for
from tests.rows import everything, refused

pytestmark = pytest.mark.django_db


def address(deal, page):
    return f"{deal.get_absolute_url()}{page}/"


# On hold


def test_a_deal_is_put_on_hold_with_a_reason_and_resumed(rep, client_of):
    client, deal = client_of(rep), deal_in(DEVELOP, owner=rep)

    answer = client.post(address(deal, "hold"), drawn_for(deal) | {"reason": "The customer is merging"})

    assert answer.status_code == 303
    assert reread(deal).is_on_hold
    assert "The customer is merging" in client.get(deal.get_absolute_url()).content.decode()
    assert client.post(address(deal, "resume"), drawn_for(deal)).status_code == 303
    assert not reread(deal).is_on_hold


def test_a_hold_needs_a_reason(rep, client_of):
    client, deal = client_of(rep), deal_in(DEVELOP, owner=rep)
    before = everything()

    answer = client.post(address(deal, "hold"), drawn_for(deal) | {"reason": " "})

    assert answer.status_code == 422
    assert everything() == before


def test_resuming_what_is_not_on_hold_is_refused_with_a_sentence(rep, client_of):
    client, deal = client_of(rep), deal_in(DEVELOP, owner=rep)
    before = everything()

    answer = client.post(address(deal, "resume"), drawn_for(deal))

    assert answer.status_code == 422
    assert "not on hold" in answer.content.decode()
    assert everything() == before


def test_time_on_hold_is_no_time_in_the_stage(rep):
    deal = deal_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=deal, by=rep, at=NOW + 2 * DAY, reason="Merging")
    transitions.resume(opportunity=deal, by=rep, at=NOW + 12 * DAY)

    assert reread(deal).days_in_stage(NOW + 13 * DAY) == 3
    assert reread(deal).stage_entered_at == NOW


def test_a_hold_that_a_move_ends_takes_nothing_from_the_time_in_the_next_stage(rep):
    deal = factories.ready_deal(DEVELOP, owner=rep)
    transitions.hold(opportunity=deal, by=rep, at=NOW + 2 * DAY, reason="Merging")

    transitions.advance(opportunity=reread(deal), by=rep, at=NOW + 12 * DAY)

    assert not reread(deal).is_on_hold
    assert reread(deal).days_in_stage(NOW + 15 * DAY) == 3


# Waiving


def test_a_manager_waives_a_step_from_its_panel(manager, client_of):
    client, deal = client_of(manager), factories.fill(deal_in(QUALIFY), QUALIFY, leave=["estimated_budget"])
    waiving = address(deal, f"waive/{step('estimated_budget').pk}")
    assert waiving in client.get(deal.get_absolute_url()).content.decode()

    answer = client.post(waiving, drawn_for(deal) | {"reason": "They never tell"})

    assert answer.status_code == 303
    page = client.get(deal.get_absolute_url()).content.decode()
    assert "They never tell" in page
    transitions.advance(opportunity=reread(deal), by=deal.owner, at=NOW)


def test_the_timeline_names_the_step_that_was_waived(manager, client_of):
    deal = deal_in(QUALIFY)
    transitions.waive(opportunity=deal, by=manager, at=NOW, step=step("estimated_budget"), reason="They never tell")

    page = client_of(manager).get(deal.get_absolute_url(), {"tab": "timeline"}).content.decode()

    assert "Waived the step “Estimated budget”" in page


def test_a_rep_has_no_page_to_waive(rep, client_of):
    client, deal = client_of(rep), deal_in(QUALIFY, owner=rep)
    before = everything()

    waiving = address(deal, f"waive/{step('estimated_budget').pk}")

    assert waiving not in client.get(deal.get_absolute_url()).content.decode()
    assert client.get(waiving).status_code == 404
    assert client.post(waiving, {"reason": "Please"}).status_code == 404
    assert everything() == before


# Asking a manager


def test_a_rep_whose_deal_cannot_be_closed_as_lost_asks_a_manager_who_waives_and_closes(rep, manager, client_of):
    client, deal = client_of(rep), deal_in(DEVELOP, owner=rep)
    assert address(deal, "ask") in client.get(address(deal, "close/lost")).content.decode()

    client.post(address(deal, "ask"), drawn_for(deal) | {"reason": "The customer is bankrupt"})

    assert CloseRequest.objects.get().reason == "The customer is bankrupt"
    boss = client_of(manager)
    assert "The customer is bankrupt" in boss.get(deal.get_absolute_url()).content.decode()
    page = Form(boss.get(address(deal, "close/lost")), None)
    page.action = address(deal, "close/lost")
    answer = page.press(
        boss,
        "Waive what is missing and close",
        reason=str(reason("canceled").pk),
        closed_on=factories.TODAY.isoformat(),
        waive_because="Bankrupt",
    )
    assert answer.status_code == 303
    deal = reread(deal)
    assert deal.is_lost
    assert set(deal.waivers.values_list("reason", flat=True)) == {"Bankrupt"}
    assert CloseRequest.objects.get().answered_by == manager
    assert deal.closings.get().stage.name_en == DEVELOP


def test_a_closed_opportunity_shows_who_waived_what(rep, manager, client_of):
    deal = factories.fill(deal_in(CLOSE, owner=rep), leave=["debrief_filed"])
    transitions.waive(
        opportunity=deal, by=manager, at=NOW, step=step("debrief_filed"), reason="They would not meet us again."
    )
    factories.lose(reread(deal))

    shown = client_of(rep).get(deal.get_absolute_url()).content.decode()

    assert shown.count("because: They would not meet us again.") == 1


@pytest.mark.parametrize("page", ["ask", "decline"])
def test_who_asks_and_who_answers_see_what_is_missing(manager, client_of, page):
    deal = factories.fill(deal_in(CLOSE, owner=manager), CLOSE, leave=["debrief_filed"])

    asked = client_of(manager).get(address(deal, page)).content.decode()

    assert "Still needed to close as lost" in asked
    assert f"?stage={stage(CLOSE).pk}#id_debrief_filed" in asked


def test_waiving_and_closing_is_one_transaction(manager):
    deal = deal_in(DEVELOP)

    with refused(transitions.EntryMissing):
        transitions.close_as_lost(
            opportunity=deal,
            by=manager,
            at=NOW,
            reason=reason("canceled"),
            closed_on=factories.TODAY + DAY,
            waive_because="Bankrupt",
        )

    assert not Waiver.objects.exists()


def test_waiving_and_closing_writes_one_event_that_names_each_step(manager):
    deal = deal_in(DEVELOP)

    transitions.close_as_lost(
        opportunity=deal,
        by=manager,
        at=NOW,
        reason=reason("canceled"),
        closed_on=factories.TODAY,
        waive_because="Bankrupt",
    )

    event = deal.events.latest("version")
    assert event.kind == Event.Kind.LOST
    waived = [person["id"] for person in event.people if person["noun"] == "step"]
    assert sorted(waived) == sorted(deal.waivers.values_list("step_id", flat=True))


def test_a_rep_cannot_waive_and_close(rep):
    deal = deal_in(DEVELOP, owner=rep)

    with refused(transitions.NotAllowed):
        transitions.close_as_lost(
            opportunity=deal,
            by=rep,
            at=NOW,
            reason=reason("canceled"),
            closed_on=factories.TODAY,
            waive_because="Bankrupt",
        )


def test_a_forged_field_waives_nothing_for_a_rep(rep, client_of):
    client, deal = client_of(rep), deal_in(DEVELOP, owner=rep)
    before = everything()

    answer = client.post(
        address(deal, "close/lost"),
        {
            **drawn_for(deal),
            "missing": str(step("customer_need").pk),
            "reason": reason("canceled").pk,
            "closed_on": "2026-03-01",
            "waive": "1",
            "waive_because": "I am a manager",
        },
    )

    assert answer.status_code == 422
    assert everything() == before


def test_a_second_question_is_refused_while_the_first_has_no_answer(rep):
    deal = deal_in(DEVELOP, owner=rep)
    transitions.ask_manager(opportunity=deal, by=rep, at=NOW, reason="Bankrupt")

    with refused(transitions.NoSuchMove, "asked already"):
        transitions.ask_manager(opportunity=deal, by=rep, at=NOW, reason="Again")


def test_a_manager_declines_and_the_rep_may_ask_again(rep, manager, client_of):
    deal = deal_in(DEVELOP, owner=rep)
    transitions.ask_manager(opportunity=deal, by=rep, at=NOW, reason="Bankrupt")

    answer = client_of(manager).post(address(deal, "decline"), drawn_for(deal) | {"answer": "Call them once more"})

    assert answer.status_code == 303
    assert CloseRequest.objects.get().answer == "Call them once more"
    transitions.ask_manager(opportunity=deal, by=rep, at=NOW, reason="I called")


def test_a_rep_does_not_answer(rep, client_of):
    client, deal = client_of(rep), deal_in(DEVELOP, owner=rep)
    transitions.ask_manager(opportunity=deal, by=rep, at=NOW, reason="Bankrupt")
    before = everything()

    assert client.post(address(deal, "decline"), {"answer": "No"}).status_code == 404
    with refused(transitions.NotAllowed):
        transitions.decline_request(opportunity=deal, by=rep, at=NOW, answer="No")
    assert everything() == before


def test_declining_what_nobody_asked_is_refused(manager):
    deal = deal_in(DEVELOP)

    with refused(transitions.NoSuchMove):
        transitions.decline_request(opportunity=deal, by=manager, at=NOW, answer="No")


def test_what_was_asked_shows_on_the_managers_day_until_it_is_answered(rep, manager, client_of):
    deal, boss = deal_in(DEVELOP, owner=rep), client_of(manager)
    transitions.ask_manager(opportunity=deal, by=rep, at=NOW, reason="The customer is bankrupt")

    day = boss.get("/").content.decode()
    assert "The customer is bankrupt" in day
    assert address(deal, "decline") in day
    assert "The customer is bankrupt" not in client_of(rep).get("/").content.decode()

    transitions.decline_request(opportunity=deal, by=manager, at=NOW, answer="No")
    assert "The customer is bankrupt" not in boss.get("/").content.decode()


def test_resume_opened_as_an_address_shows_the_deal(rep, client_of):
    deal = deal_in(DEVELOP, owner=rep)

    answer = client_of(rep).get(address(deal, "resume"))

    assert (answer.status_code, answer.url) == (303, deal.get_absolute_url())
