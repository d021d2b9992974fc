"""The requests to close on a manager's My day: one press answers them."""

import pytest
from django.urls import reverse

from opportunities import transitions
from opportunities.models import CloseRequest
from tests.support.close_request_pages import asked, out_sold_to, text
from tests.support.closing_pages import url
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    QUALIFY,
    ask,
    fill,
    opportunity_in,
    reread,
    step,
)
from tests.support.pages import Form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "closing_day")]


@pytest.fixture
def opportunity(in_develop):
    return in_develop


def test_one_press_on_my_day_approves(manager_client, rep, opportunity):
    asked(opportunity, rep)

    day = manager_client.get("/")
    form = Form(day, url("approve_close_request", opportunity))
    button = next(label for label in form.buttons if label.startswith("Waive and close as Lost"))
    answer = form.press(manager_client, button)

    assert f"{out_sold_to('Fleetwise')} · They bought a package. · 12 steps not done" in text(day)
    assert (answer.status_code, answer.url) == (303, reverse("my_day"))
    assert opportunity.waivers.count() == 12
    assert reread(opportunity).is_lost
    after = manager_client.get("/")
    assert f"{opportunity}: Closed as lost." in text(after)
    assert f'href="{opportunity.get_absolute_url()}"' in after.content.decode()


def test_a_request_on_my_day_shows_the_stage_and_the_revenue(manager_client, rep, opportunity):
    asked(opportunity, rep)

    day = text(manager_client.get("/"))

    assert '<span class="sub">Develop</span>' in day
    assert "480,000" in day


def test_one_press_on_my_day_declines(manager_client, rep, opportunity):
    asked(opportunity, rep)

    form = Form(manager_client.get("/"), url("approve_close_request", opportunity))
    answer = form.press(manager_client, "Decline")

    assert answer.status_code == 303
    assert opportunity.close_requests.get().outcome == CloseRequest.Outcome.DECLINED


def test_my_day_shows_each_request_with_its_own_missing_steps(manager_client, rep, manager):
    done = fill(opportunity_in(CLOSE, owner=rep, name="Almost"), CLOSE, leave=["debrief_filed", "thank_you_sent"])
    transitions.waive(opportunity=done, by=manager, at=NOW, step=step("thank_you_sent"), reason="They moved.")
    for opportunity in (reread(done), opportunity_in(QUALIFY, owner=rep, name="Hardly")):
        ask(opportunity, by=rep)

    day = text(manager_client.get("/"))

    assert "1 step not done" in day
    assert "18 steps not done" in day


@pytest.mark.sweep
def test_my_day_reads_the_same_number_of_times_for_one_request_and_for_many(
    manager_client, rep, django_assert_max_num_queries, django_assert_num_queries
):
    ask(opportunity_in(QUALIFY, owner=rep), by=rep)
    manager_client.get("/")
    with django_assert_max_num_queries(15) as one:
        manager_client.get("/")
    for _ in range(4):
        ask(opportunity_in(DEVELOP, owner=rep), by=rep)

    with django_assert_num_queries(len(one)):
        manager_client.get("/")


def test_my_day_of_a_manager_shows_open_requests_and_that_of_a_rep_none(
    client_of, manager_client, rep, manager, opportunity
):
    asked(opportunity, rep)

    assert "They bought a package." in text(manager_client.get("/"))
    assert "They bought a package." not in text(client_of(rep).get("/"))

    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW)
    assert "They bought a package." not in text(manager_client.get("/"))
