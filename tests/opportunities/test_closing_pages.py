"""The pages to close an opportunity and to reopen it."""

import datetime
import re
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from opportunities import transitions
from opportunities.customers.models import Competitor
from opportunities.editing import editing
from opportunities.models import StatusReason
from opportunities.verify import run
from stages.models import LostGate, Process
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    CompetitorFactory,
    add_competitor,
    add_step,
    add_team_member,
    change_step,
    edit,
    fill,
    finished_opportunity,
    lose,
    lost_opportunity,
    opportunity_in,
    plan,
    ready_opportunity,
    reason,
    reread,
    stage,
    step,
    win,
    won_opportunity,
)
from tests.support.pages import Form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

TODAY = "2026-11-20"
OUT_SOLD = "out_sold"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def rep_client(client_of, rep):
    return client_of(rep)


@pytest.fixture(scope="module")
def finished_once(cast):
    return finished_opportunity(owner=cast["rep"], estimated_revenue=Decimal(480_000))


@pytest.fixture
def finished(finished_once):
    return reread(finished_once)


def url(name, opportunity):
    return reverse(name, args=[opportunity.pk])


def winning(opportunity, **more):
    return {**drawn_for(opportunity), "actual_revenue": "450 000", "closed_on": TODAY, **more}


def losing(opportunity, why="canceled", **more):
    return {**drawn_for(opportunity), "reason": reason(why).pk, "closed_on": TODAY, **more}


def reopening(opportunity, **more):
    return {**drawn_for(opportunity), "reason": "More", "to_stage": stage(CLOSE).pk, **more}


def field_link(opportunity, stage_name, field):
    return f'href="{opportunity.get_absolute_url()}?stage={stage(stage_name).pk}#id_{field}"'


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def form_page(opportunity, outcome):
    return f"{url('close', opportunity)}?outcome={outcome}"


def chosen(response):
    """The outcome that the page marks as chosen."""
    found = re.search(r'\?outcome=(\w+)"\s+aria-current="true"', html(response))
    return found and found[1]


def buttons(response, opportunity, outcome):
    return Form(response, url(f"close_as_{outcome}", opportunity)).buttons


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


def test_the_pages_run_at_most_15_queries(rep_client, rep, django_assert_max_num_queries):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    for _ in range(10):
        add_competitor(opportunity)
    almost_won = fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed"])
    rep_client.get("/")

    for address in (form_page(opportunity, "won"), form_page(opportunity, "lost"), form_page(almost_won, "won")):
        with django_assert_max_num_queries(15):
            rep_client.get(address)


# Won


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


# Lost


def test_the_lost_form_shows_the_active_reasons_and_proposes_today(rep_client, finished):
    StatusReason.objects.create(status="lost", name_en="Gone quiet", is_archived=True)

    page = rep_client.get(form_page(finished, "lost"))

    assert "Canceled" in text(page)
    assert "Out-sold" in text(page)
    assert "Gone quiet" not in text(page)
    assert f'value="{TODAY}"' in html(page)
    assert "Only for “Out-sold”." in text(page)


def test_a_finished_opportunity_is_closed_as_lost(rep_client, finished):
    answer = rep_client.post(url("close_as_lost", finished), losing(finished, description="No budget"), follow=True)

    assert answer.redirect_chain == [(finished.get_absolute_url(), 303)]
    assert "Closed as lost." in text(answer)
    closing = finished.closings.get()
    assert (closing.outcome, closing.status_reason.key, closing.competitor) == ("lost", "canceled", None)
    assert closing.actual_revenue is None
    assert closing.description == "No budget"


def test_out_sold_without_a_competitor_is_refused_and_keeps_the_entries(rep_client, finished):
    with unchanged():
        answer = rep_client.post(
            url("close_as_lost", finished), losing(finished, "out_sold", description="typed before")
        )

    assert answer.status_code == 422
    assert "Lost to: Say which competitor it was lost to." in text(answer)
    assert "typed before" in html(answer)
    assert re.search(rf'value="{reason("out_sold").pk}"[^>]*checked', html(answer))


def test_out_sold_stores_the_chosen_competitor(rep_client, finished):
    rival = finished.competitor_links.get().competitor

    rep_client.post(url("close_as_lost", finished), losing(finished, "out_sold", competitor=rival.pk))

    assert finished.closings.get().competitor == rival


def test_a_competitor_counts_only_where_the_reason_asks_for_one(rep_client, finished):
    other = CompetitorFactory(name="Fjord Data")
    unanswered = {"competitor": "", "competitor-find": "Fjord", "competitor-asked": ""}

    with unchanged():
        refused = rep_client.post(url("close_as_lost", finished), losing(finished, "price", closed_on="", **unanswered))
    rep_client.post(url("close_as_lost", finished), losing(finished, "price", competitor=other.pk))

    assert "Lost to:" not in text(refused)
    assert finished.closings.get().competitor is None
    assert not finished.competitor_links.filter(competitor=other).exists()


def test_the_reason_that_asks_for_a_competitor_is_marked_for_the_style_sheet(rep_client, finished):
    page = rep_client.get(form_page(finished, "lost"))

    marked = re.findall(r'<input type="radio"[^>]*data-asks-competitor[^>]*>', html(page))
    assert [f'value="{reason("out_sold").pk}"' in tag for tag in marked] == [True]


def test_more_than_12_reasons_are_a_select(rep_client, finished):
    for number in range(5):
        StatusReason.objects.create(status="lost", name_en=f"Reason {number}")

    page = rep_client.get(form_page(finished, "lost"))

    assert re.search(r'<select name="reason"[^>]*id="id_reason"', html(page))
    assert re.search(rf'<option value="{reason("out_sold").pk}" data-asks-competitor', html(page))
    answer = rep_client.post(url("close_as_lost", finished), losing(finished, "price"))
    assert finished.closings.get().status_reason.key == "price", text(answer)


def test_the_lost_form_offers_the_competitors_of_the_opportunity(rep_client, finished):
    stranger = CompetitorFactory(name="Unrelated rival")

    page = rep_client.get(form_page(finished, "lost"))

    assert finished.competitor_links.get().competitor.name in html(page)
    assert stranger.name not in html(page)


def test_another_competitor_can_be_found_and_is_added_to_the_opportunity(rep_client, finished):
    other = CompetitorFactory(name="Fjord Data")

    with unchanged():
        found = rep_client.post(
            url("close_as_lost", finished),
            losing(finished, "out_sold", find="competitor", **{"competitor-find": "fjord"}),
        )
    answer = rep_client.post(url("close_as_lost", finished), losing(finished, "out_sold", competitor=other.pk))

    assert found.status_code == 200
    assert "Fjord Data" in html(found)
    assert answer.status_code == 303
    assert finished.competitor_links.filter(competitor=other).exists()


def test_a_new_competitor_is_created_with_the_closing(rep_client, finished):
    posted = losing(finished, "out_sold", competitor="new", **{"competitor-find": "Fjord Data"})

    answer = rep_client.post(url("close_as_lost", finished), posted)

    assert answer.status_code == 303
    assert finished.closings.get().competitor == Competitor.objects.get(name="Fjord Data")


def test_a_refused_closing_creates_no_competitor(rep_client, finished):
    posted = losing(finished, "out_sold", competitor="new", **{"competitor-find": "Fjord Data"})

    with unchanged():
        answer = rep_client.post(url("close_as_lost", finished), posted | {"closed_on": "2026-11-21"})

    assert answer.status_code == 422
    assert "Create “Fjord Data”" in html(answer)


def test_closing_as_lost_from_develop_lists_every_missing_step(rep_client, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with unchanged():
        answer = rep_client.post(url("close_as_lost", opportunity), losing(opportunity))

    assert answer.status_code == 422
    assert "Nothing was closed" in text(answer)
    assert "Still needed to close as lost: Customer need," in text(answer)
    assert "A manager can waive them: press Ask a manager." in text(answer)
    assert '<details class="card missing" open>' in html(answer)
    assert field_link(opportunity, DEVELOP, "customer_need") in html(answer)
    assert field_link(opportunity, CLOSE, "decision_date") in html(answer)


def test_closing_as_lost_with_the_open_gate_needs_a_description_only(rep_client, rep):
    Process.objects.update(lost_gate=LostGate.ANY)
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with unchanged():
        refused = rep_client.post(url("close_as_lost", opportunity), losing(opportunity))
    answer = rep_client.post(url("close_as_lost", opportunity), losing(opportunity, description="No budget"))

    assert "What happened? Say in a few words why it was lost." in text(refused)
    assert answer.status_code == 303
    assert opportunity.closings.get().stage.name_en == DEVELOP


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"reason": ""}, "Why? Choose one of the reasons listed."),
        ({"reason": "0"}, "Why? Choose one of the reasons listed."),
        ({"actual_revenue": "-5"}, "Actual revenue: The amount cannot be below"),
        ({"reason": OUT_SOLD, "competitor": "9223372036854775808"}, "Lost to: This choice is not available"),
        (
            {"reason": OUT_SOLD, "competitor": "", "competitor-find": "Fjord", "competitor-asked": ""},
            "Choose one of the answers",
        ),
        ({"closed_on": "31.02.2026"}, "Close date: There is no such day."),
    ],
)
def test_an_invalid_entry_in_the_lost_form_is_refused(rep_client, finished, posted, said):
    if posted.get("reason") == OUT_SOLD:
        posted = posted | {"reason": reason(OUT_SOLD).pk}
    with unchanged():
        answer = rep_client.post(url("close_as_lost", finished), losing(finished) | posted)

    assert answer.status_code == 422
    assert said in text(answer)


# Reopen


def test_the_reopen_form_offers_the_stages_up_to_the_closing(rep_client, rep):
    Process.objects.update(lost_gate=LostGate.ANY)
    opportunity = opportunity_in(PROPOSE, owner=rep)
    lose(opportunity, description="x")

    page = rep_client.get(url("reopen", opportunity))

    assert [stage(name).pk for name in (QUALIFY, DEVELOP, PROPOSE)] == [
        int(pk) for pk in re.findall(r'name="to_stage"\s+value="(\d+)"', html(page))
    ]
    assert re.search(rf'value="{stage(PROPOSE).pk}"[^>]*checked', html(page))


def test_the_owner_reopens_in_the_stage_of_the_closing(rep_client, rep):
    opportunity = won_opportunity(owner=rep)

    answer = rep_client.post(url("reopen", opportunity), reopening(opportunity, reason="They want more"), follow=True)

    assert answer.redirect_chain == [(opportunity.get_absolute_url(), 303)]
    assert "Reopened." in text(answer)
    opportunity = reread(opportunity)
    assert opportunity.is_open
    assert opportunity.active_stage.name_en == CLOSE
    assert opportunity.closings.get().reopen_reason == "They want more"


def test_a_manager_reopens_in_an_earlier_stage(client_of, manager, rep):
    opportunity = lost_opportunity(owner=rep)

    client_of(manager).post(url("reopen", opportunity), reopening(opportunity, to_stage=stage(DEVELOP).pk))

    assert reread(opportunity).active_stage.name_en == DEVELOP


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_team_member_cannot_reopen_and_is_told_who_can(client_of, colleague, rep, method):
    opportunity = finished_opportunity(owner=rep)
    add_team_member(opportunity, user=colleague)
    win(opportunity)
    client = client_of(colleague)

    with unchanged():
        answer = getattr(client, method)(url("reopen", opportunity), reopening(opportunity))

    assert answer.status_code == (200 if method == "get" else 422)
    assert "Only the owner and managers may reopen an opportunity. The owner is Kari Nordmann." in text(answer)
    assert 'name="reason"' not in html(answer)


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"reason": ""}, "Why is it reopened? This field is required."),
        ({"reason": "\u200b\u2060"}, "Say why it is reopened."),
        ({"reason": "x" * 1001}, "at most 1000 characters"),
        ({"reason": "a\x00"}, "cannot be used here"),
        ({"to_stage": ""}, "Open it in: Choose one of the stages listed."),
        ({"to_stage": "9" * 25}, "Open it in: Choose one of the stages listed."),
    ],
)
def test_an_invalid_entry_in_the_reopen_form_is_refused(rep_client, rep, posted, said):
    opportunity = won_opportunity(owner=rep)

    with unchanged():
        answer = rep_client.post(url("reopen", opportunity), reopening(opportunity) | posted)

    assert answer.status_code == 422
    assert said in text(answer)


def test_a_stage_after_the_stage_of_the_closing_is_refused(rep_client, rep):
    Process.objects.update(lost_gate=LostGate.ANY)
    opportunity = opportunity_in(DEVELOP, owner=rep)
    lose(opportunity, description="x")

    with unchanged():
        answer = rep_client.post(url("reopen", opportunity), reopening(opportunity))

    assert answer.status_code == 422


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_open_opportunity_cannot_be_reopened(rep_client, finished, method):
    with unchanged():
        answer = getattr(rep_client, method)(url("reopen", finished), reopening(finished))

    assert answer.status_code == (200 if method == "get" else 422)
    assert "This opportunity is open already." in text(answer)


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
