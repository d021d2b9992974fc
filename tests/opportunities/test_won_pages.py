"""The form that closes an opportunity as won."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from opportunities import transitions
from opportunities.editing import editing
from opportunities.models import StatusReason
from opportunities.verify import run
from tests.support.closing_pages import TODAY, field_link, form_page, html, losing, text, url, winning
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    add_step,
    change_step,
    edit,
    fill,
    opportunity_in,
    ready_opportunity,
    reason,
    reread,
    stage,
    step,
)
from tests.support.pages import Form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "closing_day")]


def test_the_won_form_proposes_the_estimate_and_today(rep_client, finished):
    page = rep_client.get(form_page(finished, "won"))

    assert 'value="480,000"' in html(page)
    assert f'value="{TODAY}"' in html(page)
    assert f'name="from_stage" value="{finished.active_stage_id}"' in html(page)
    assert 'name="reason"' not in html(page)


def test_today_is_the_date_in_the_time_zone_of_the_organisation(rep_client, finished):
    with time_machine.travel(datetime.datetime(2026, 11, 20, 23, 30, tzinfo=datetime.UTC)):
        page = rep_client.get(form_page(finished, "won"))

    assert 'value="2026-11-21"' in html(page)


def test_a_finished_opportunity_is_closed_as_won(rep_client, rep, finished):
    posted = winning(finished, description="They chose us for the service.")

    answer = rep_client.post(url("close_as_won", finished), posted, follow=True)

    assert answer.redirect_chain == [(finished.get_absolute_url(), 303)]
    assert "Closed as won." in text(answer)
    closing = finished.closings.get()
    assert (closing.outcome, closing.actual_revenue, closing.by) == ("won", Decimal(450_000), rep)
    assert closing.closed_on == datetime.date(2026, 11, 20)
    assert closing.description == "They chose us for the service."
    assert closing.status_reason.key == "won"
    assert reread(finished).is_won


def test_a_ready_opportunity_in_the_last_stage_is_closed_as_won(rep_client, rep):
    opportunity = ready_opportunity(CLOSE, owner=rep)

    answer = rep_client.post(url("close_as_won", opportunity), winning(opportunity))

    assert answer.status_code == 303
    assert reread(opportunity).is_won


def test_the_won_form_asks_for_a_reason_when_there_are_several(rep_client, finished):
    second = StatusReason.objects.create(status="won", name_en="Renewed", order=2)

    page = rep_client.get(form_page(finished, "won"))
    answer = rep_client.post(url("close_as_won", finished), winning(finished, reason=second.pk))

    assert "Renewed" in text(page)
    assert answer.status_code == 303
    assert finished.closings.get().status_reason == second


def test_closing_as_won_before_the_last_stage_lists_every_missing_step(rep_client, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with unchanged():
        answer = rep_client.post(url("close_as_won", opportunity), winning(opportunity, description="typed before"))

    assert answer.status_code == 422
    assert "Nothing was closed" in text(answer)
    assert "An opportunity is closed as won at the end of Close; this one is in Develop." in text(answer)
    assert '<details class="card missing" open>' in html(answer)
    assert field_link(opportunity, DEVELOP, "customer_need") in html(answer)
    assert field_link(opportunity, CLOSE, "debrief_filed") in html(answer)
    assert "Develop Customer need Proposed solution Identify stakeholders" in text(answer)
    assert "typed before" in html(answer)
    assert "<title> Error:" in " ".join(html(answer).split())


def test_won_with_up_to_three_missing_steps_asks_for_them_in_the_form(rep_client, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed", "decision_date"])

    page = rep_client.get(form_page(opportunity, "won"))

    form = Form(page, url("close_as_won", opportunity))
    assert "2 steps are left before this can be won" in text(page)
    assert {"decision_date", "ticks", "version", "actual_revenue"} <= set(form.fields)
    assert form.fields["ticks"] == "debrief_filed"
    assert 'class="btn btn-move"' in html(page)


def test_the_same_submit_fills_in_the_missing_steps_and_closes(rep_client, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed", "decision_date"])
    form = Form(rep_client.get(form_page(opportunity, "won")), url("close_as_won", opportunity))
    before = opportunity.events.count()

    answer = form.press(
        rep_client, "Close as Won", actual_revenue="450 000", debrief_filed="on", decision_date="2026-11-18"
    )

    assert answer.status_code == 303
    opportunity = reread(opportunity)
    assert opportunity.is_won and opportunity.debrief_filed
    assert opportunity.decision_date == datetime.date(2026, 11, 18)
    assert opportunity.events.count() == before + 1
    event = opportunity.events.latest("version")
    assert event.kind == "won"
    assert {"debrief_filed", "decision_date", "status"} <= {change["field"] for change in event.changes}


def test_closing_with_filled_in_steps_drops_the_next_step(rep_client, rep):
    opportunity = fill(
        opportunity_in(CLOSE, owner=rep, next_step="Call them", next_step_due=TODAY), CLOSE, leave=["debrief_filed"]
    )
    form = Form(rep_client.get(form_page(opportunity, "won")), url("close_as_won", opportunity))

    form.press(rep_client, "Close as Won", actual_revenue="450 000", debrief_filed="on")

    opportunity = reread(opportunity)
    assert opportunity.is_won
    assert (opportunity.next_step, opportunity.next_step_due) == ("", None)
    assert opportunity.tasks.get().dropped_at
    assert list(run.faults()) == []


def test_won_with_a_step_still_missing_saves_nothing_and_keeps_the_entries(rep_client, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed", "decision_date"])
    form = Form(rep_client.get(form_page(opportunity, "won")), url("close_as_won", opportunity))

    with unchanged():
        answer = form.press(rep_client, "Close as Won", actual_revenue="450 000", decision_date="2026-11-18")

    assert answer.status_code == 422
    assert "Still needed to close as won: File debrief." in text(answer)
    again = Form(answer, url("close_as_won", opportunity))
    assert again.fields["decision_date"] == "2026-11-18"
    assert again.press(rep_client, "Close as Won", debrief_filed="on").status_code == 303


def test_an_invalid_missing_step_is_refused_at_its_field(rep_client, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["decision_date"])
    form = Form(rep_client.get(form_page(opportunity, "won")), url("close_as_won", opportunity))

    with unchanged():
        answer = form.press(rep_client, "Close as Won", actual_revenue="450 000", decision_date="soon")

    assert answer.status_code == 422
    assert 'href="#id_decision_date">Confirm decision date: Write the date' in html(answer)


def test_a_missing_step_that_another_person_answered_is_a_conflict(rep_client, rep, manager):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["decision_date"])
    form = Form(rep_client.get(form_page(opportunity, "won")), url("close_as_won", opportunity))
    edit(opportunity, by=manager, decision_date=datetime.date(2026, 11, 10))

    with unchanged():
        answer = form.press(rep_client, "Close as Won", actual_revenue="450 000", decision_date="2026-11-18")

    assert answer.status_code == 409
    assert "Ingrid Dahl changed this while you wrote." in text(answer)
    again = Form(answer, url("close_as_won", opportunity))
    assert again.press(rep_client, "Close as Won").status_code == 303
    assert reread(opportunity).decision_date == datetime.date(2026, 11, 18)


def test_a_missing_step_without_its_evidence_is_a_link_and_no_field(rep_client, rep, manager):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed"])
    change_step("sales_team_identified", evidence="")
    change_step("debrief_filed", evidence="team_member")
    with editing(opportunity, by=manager, at=NOW) as record:
        for member in record.team_members.all():
            member.delete()

    page = rep_client.get(form_page(opportunity, "won"))

    assert field_link(opportunity, CLOSE, "debrief_filed") in html(page)
    assert 'name="debrief_filed"' not in html(page)


def test_a_form_with_missing_steps_that_does_not_name_its_version_is_a_400(rep_client, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed"])

    with unchanged():
        for missing in ("version", "ticks", "page_version"):
            posted = winning(opportunity, debrief_filed="on", ticks="debrief_filed") | {missing: None}
            assert rep_client.post(url("close_as_won", opportunity), posted).status_code == 400


def test_find_in_a_missing_step_validates_nothing(rep_client, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed"])
    posted = winning(opportunity, ticks="", version=opportunity.version, find="contact", **{"contact-find": "Kari"})

    with unchanged():
        page = rep_client.post(url("close_as_won", opportunity), posted | {"actual_revenue": "typed"})

    assert page.status_code == 200
    assert 'value="typed"' in html(page)
    assert "invalid-feedback" not in html(page)


def test_two_missing_steps_of_the_same_field_are_one_entry(rep_client, rep):
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["decision_date"])
    add_step(stage(PROPOSE), "decision_date", required=True)

    page = rep_client.get(form_page(opportunity, "won"))
    form = Form(page, url("close_as_won", opportunity))
    answer = form.press(rep_client, "Close as Won", actual_revenue="450 000", decision_date="2026-11-18")

    assert html(page).count('name="decision_date"') == 1
    assert answer.status_code == 303


def test_four_missing_steps_are_not_asked_for_in_the_form(rep_client, rep):
    left = ["debrief_filed", "decision_date", "thank_you_sent", "final_proposal_presented"]
    opportunity = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=left)

    page = rep_client.get(form_page(opportunity, "won"))

    assert "4 steps were not done" in text(page)
    assert 'name="decision_date"' not in html(page)


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"actual_revenue": ""}, "Actual revenue: This field is required."),
        ({"actual_revenue": "a lot"}, "Actual revenue: Write the amount in figures"),
        ({"actual_revenue": "-1"}, "Actual revenue: The amount cannot be below"),
        ({"actual_revenue": "1e400"}, "Actual revenue: Write the amount in figures"),
        ({"actual_revenue": "9" * 13}, "Actual revenue: The amount is too large"),
        ({"actual_revenue": "1\x00"}, "Actual revenue: Write the amount in figures"),
        ({"closed_on": ""}, "Close date: This field is required."),
        ({"closed_on": "2026-11-21"}, "Close date: The close date cannot be in the future."),
        ({"closed_on": "0000-01-01"}, "Close date: Choose a year from 1900 to 2199."),
        ({"closed_on": "soon"}, "Close date: Write the date as day, month and year"),
        ({"description": "a\x00b"}, "What made them choose us? The text contains a character"),
        ({"description": "x" * 4001}, "at most 4000 characters"),
    ],
)
def test_an_invalid_entry_in_the_won_form_is_refused(rep_client, finished, posted, said):
    with unchanged():
        answer = rep_client.post(url("close_as_won", finished), winning(finished) | posted)

    assert answer.status_code == 422
    assert said in text(answer)


def test_a_reason_that_is_not_offered_is_refused(rep_client, finished):
    StatusReason.objects.create(status="won", name_en="Renewed", order=2)

    for other in (reason("canceled").pk, "", "9" * 19, "x\x00"):
        with unchanged():
            answer = rep_client.post(url("close_as_won", finished), winning(finished, reason=other))
        assert answer.status_code == 422
        assert "Reason: Choose one of the reasons listed." in text(answer)


def test_closing_is_refused_when_every_reason_is_archived(rep_client, finished):
    StatusReason.objects.filter(status="won").update(is_archived=True)

    with unchanged():
        answer = rep_client.post(url("close_as_won", finished), winning(finished))

    assert answer.status_code == 422
    assert "Choose one of the reasons listed." in text(answer)


def test_a_stale_won_form_closes_nothing_and_says_who_moved_it(rep_client, rep, manager):
    opportunity = ready_opportunity(CLOSE, owner=rep)
    drawn = winning(opportunity, description="typed")
    transitions.go_back(opportunity=opportunity, by=manager, at=timezone.now() - datetime.timedelta(minutes=2))

    with unchanged():
        answer = rep_client.post(url("close_as_won", opportunity), drawn)

    assert answer.status_code == 409
    assert "Nothing was closed" in text(answer)
    assert "This opportunity is in Propose now." in text(answer)
    assert "Ingrid Dahl moved it to Propose 2\xa0minutes ago." in text(answer).replace("2 minutes", "2\xa0minutes")
    assert "typed" in html(answer)
    assert f'name="from_stage" value="{stage(PROPOSE).pk}"' in html(answer)


def test_a_stale_lost_form_names_the_last_mover_and_not_the_waiver(rep_client, rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    transitions.waive(opportunity=opportunity, by=manager, at=NOW, step=step("customer_need"), reason="Known")

    answer = rep_client.post(url("close_as_lost", opportunity), losing(opportunity, from_stage=stage(QUALIFY).pk))

    assert answer.status_code == 409
    assert "You moved it to Develop in another window" in text(answer)
    assert "Ingrid Dahl" not in text(answer)


def test_a_second_click_on_close_changes_nothing(rep_client, finished):
    drawn = winning(finished, description="By price")
    rep_client.post(url("close_as_won", finished), drawn)

    with unchanged():
        answer = rep_client.post(url("close_as_won", finished), drawn | {"actual_revenue": "1"})

    assert answer.status_code == 409
    assert "This opportunity is closed now. You closed it as won in another window" in text(answer)
    assert "By price</textarea>" in html(answer)
    assert "Won · NOK 450,000" in text(answer)
