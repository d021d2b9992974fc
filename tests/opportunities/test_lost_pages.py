"""The form that closes an opportunity as lost."""

import re

import pytest

from opportunities.customers.models import Competitor
from opportunities.models import StatusReason
from stages.models import LostGate, Process
from tests.support.closing_pages import TODAY, field_link, form_page, html, losing, text, url
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    CompetitorFactory,
    opportunity_in,
    reason,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "closing_day")]

OUT_SOLD = "out_sold"


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
