"""The form that reopens an opportunity."""

import re

import pytest

from stages.models import LostGate, Process
from tests.support.closing_pages import html, reopening, text, url
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    PROPOSE,
    QUALIFY,
    add_team_member,
    finished_opportunity,
    lose,
    lost_opportunity,
    opportunity_in,
    reread,
    stage,
    win,
    won_opportunity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "closing_day")]


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
