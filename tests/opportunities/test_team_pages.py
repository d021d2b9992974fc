"""The sales team, through the pages: who may change it, and what they are told who may not."""

import re

import pytest
from django.urls import reverse

from tests.factories import (
    CLOSE,
    PROPOSE,
    OpportunityFactory,
    UserFactory,
    add_team_member,
    deal_in,
    reread,
    stage,
    won_deal,
)
from tests.rows import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep_client(client_of, rep):
    return client_of(rep)


@pytest.fixture
def deal(rep):
    return OpportunityFactory(owner=rep)


def add_url(deal):
    return reverse("team_member_add", args=[deal.pk])


def edit_url(row):
    return reverse("team_member_edit", args=[row.opportunity_id, row.pk])


def remove_url(row):
    return reverse("team_member_remove", args=[row.opportunity_id, row.pk])


def alone_url(deal):
    return reverse("sell_alone", args=[deal.pk])


def adding(person, role="account_manager", **more):
    return {"add-user": getattr(person, "pk", person), "add-role": role, **more}


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def test_the_owner_puts_a_colleague_on_the_team(rep_client, client_of, colleague, deal):
    answer = rep_client.post(add_url(deal), adding(colleague, "technical_sales"), follow=True)

    assert answer.redirect_chain == [(f"{deal.get_absolute_url()}?tab=team", 303)]
    assert "Ola Hansen added." in text(answer)
    row = deal.team_members.get()
    assert (row.user, row.role) == (colleague, "technical_sales")
    assert client_of(colleague).get(deal.get_absolute_url()).status_code == 200


def test_a_manager_changes_the_team_of_others(client_of, manager, colleague, deal):
    client = client_of(manager)

    client.post(add_url(deal), adding(colleague))
    row = deal.team_members.get()
    changed = client.post(edit_url(row), {"role": "service", "version": reread(deal).version})
    row.refresh_from_db()
    removed = client.post(remove_url(row))

    assert (changed.status_code, removed.status_code) == (303, 303)
    assert row.role == "service"
    assert not deal.team_members.exists()


def test_only_people_with_a_role_and_an_account_in_use_can_be_chosen(rep_client, stranger, deal):
    gone = UserFactory(is_active=False)

    for person in (stranger, gone):
        with unchanged():
            answer = rep_client.post(add_url(deal), adding(person))
        assert answer.status_code == 422
        assert "Person: This choice is not available. Choose one of the answers." in text(answer)


def test_the_door_refuses_who_lost_the_role_meanwhile(rep_client, deal, colleague, monkeypatch):
    monkeypatch.setattr("opportunities.access.may_own", lambda user: False)

    with unchanged():
        answer = rep_client.post(add_url(deal), adding(colleague))

    assert answer.status_code == 422
    assert "Ola Hansen has no role here." in text(answer)


def test_who_is_on_the_team_is_refused_a_second_time(rep_client, colleague, deal):
    add_team_member(deal, user=colleague)

    with unchanged():
        answer = rep_client.post(add_url(deal), adding(colleague))

    assert answer.status_code == 422
    assert "Person: This person is already on the sales team." in text(answer)


def test_nobody_is_created_on_the_spot(rep_client, deal):
    with unchanged():
        answer = rep_client.post(add_url(deal), adding("new", **{"add-user-find": "Somebody New"}))

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "posted", [{}, {"add-user": "9" * 19}, {"add-role": ""}, {"add-user": "\x00", "add-role": "x"}]
)
def test_what_cannot_be_added_is_refused(rep_client, deal, posted):
    with unchanged():
        answer = rep_client.post(add_url(deal), posted)

    assert answer.status_code == 422
    assert "There is a problem" in text(answer)


def test_find_shows_colleagues_and_writes_nothing(rep_client, colleague, deal):
    with unchanged():
        answer = rep_client.post(
            add_url(deal), adding("", "service", **{"add-user-find": "hansen", "find": "add-user"})
        )

    assert answer.status_code == 200
    assert "Ola Hansen" in html(answer)
    assert '<option value="service" selected>' in html(answer)


def test_removing_asks_first(rep_client, colleague, deal):
    row = add_team_member(deal, user=colleague)

    with unchanged():
        page = rep_client.get(remove_url(row))

    assert "Remove Ola Hansen?" in text(page)


def test_the_last_team_member_behind_a_passed_gate_stays(rep_client, rep):
    deal = deal_in(CLOSE, owner=rep)

    with unchanged():
        answer = rep_client.post(remove_url(deal.team_members.get()))

    assert answer.status_code == 422
    assert "Propose has been passed and needs Identify sales team." in text(answer)
    assert f'href="{deal.get_absolute_url()}?stage={stage(PROPOSE).pk}"' in html(answer)


# Who may


def test_a_team_member_is_told_who_changes_the_team(client_of, colleague, deal):
    row, client = add_team_member(deal, user=colleague), client_of(colleague)

    with unchanged():
        page = client.get(add_url(deal))
        answers = [
            client.post(url, adding(colleague, role="service"))
            for url in (add_url(deal), edit_url(row), remove_url(row), alone_url(deal))
        ]

    assert page.status_code == 200
    assert [answer.status_code for answer in answers] == [422] * 4
    for shown in (page, *answers):
        assert "Only the owner and managers may change the owner and the sales team." in text(shown)
        assert "The owner is Kari Nordmann." in text(shown)
        assert "Add to the team" not in text(shown)


def test_the_door_refuses_a_team_member_as_well(client_of, colleague, deal, monkeypatch):
    row, client = add_team_member(deal, user=colleague), client_of(colleague)
    monkeypatch.setattr("opportunities.views.rows.why_not", lambda *asked: None)

    with unchanged():
        answer = client.post(remove_url(row))

    assert answer.status_code == 422
    assert "Only the owner and managers may change the owner and the sales team." in text(answer)


def test_a_team_member_sees_the_team_without_a_way_to_change_it(client_of, colleague, deal):
    row = add_team_member(deal, user=colleague)

    page = client_of(colleague).get(f"{deal.get_absolute_url()}?tab=team")

    assert "Ola Hansen" in text(page)
    assert add_url(deal) not in html(page)
    assert remove_url(row) not in html(page)
    assert "The owner, Kari Nordmann, and managers change the sales team." in text(page)


def test_the_owner_sees_the_team_with_change_and_remove(rep_client, colleague, deal):
    row = add_team_member(deal, user=colleague)

    page = rep_client.get(f"{deal.get_absolute_url()}?tab=team")

    for url in (edit_url(row), remove_url(row), add_url(deal)):
        assert f'"{url}"' in html(page)


def test_who_may_not_see_the_opportunity_finds_no_page(client_of, colleague, rep, deal):
    row, client = add_team_member(deal, user=rep), client_of(colleague)

    with unchanged():
        answers = [client.post(url) for url in (add_url(deal), edit_url(row), remove_url(row), alone_url(deal))]

    assert [answer.status_code for answer in answers] == [404] * 4


@pytest.mark.parametrize("url", [edit_url, remove_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_of_another_opportunity_does_not_exist(rep_client, rep, deal, url, method):
    row = add_team_member(OpportunityFactory(owner=rep), user=rep)
    row.opportunity_id = deal.pk

    with unchanged():
        answer = getattr(rep_client, method)(url(row))

    assert answer.status_code == 404


def test_a_closed_opportunity_can_only_be_read(rep_client, rep):
    deal = won_deal(owner=rep)

    with unchanged():
        answer = rep_client.post(remove_url(deal.team_members.get()))

    assert answer.status_code == 422
    assert "This opportunity is closed and can only be read." in text(answer)


# Alone


def test_one_click_makes_the_owner_the_whole_team(rep_client, rep, deal):
    answer = rep_client.post(alone_url(deal), {"version": reread(deal).version})

    assert answer.status_code == 303
    row = deal.team_members.get()
    assert (row.user, row.role) == (rep, "account_manager")


def test_a_second_click_changes_nothing(rep_client, rep, deal):
    add_team_member(deal, user=rep, role="service")

    with unchanged():
        answer = rep_client.post(alone_url(deal))

    assert answer.status_code == 303


def test_a_manager_clicks_for_the_owner(client_of, manager, rep, deal):
    client = client_of(manager)

    page = client.get(f"{deal.get_absolute_url()}?tab=team")
    client.post(alone_url(deal))

    assert "Kari Nordmann sells this alone" in text(page)
    assert deal.team_members.get().user == rep


def test_its_address_shows_a_button_and_writes_nothing(rep_client, deal):
    with unchanged():
        page = rep_client.get(alone_url(deal))

    assert page.status_code == 200
    assert "Save puts Kari Nordmann on the sales team as Account manager." in text(page)


def test_it_leads_back_to_the_panel_it_was_clicked_in(rep_client, deal):
    propose = stage(PROPOSE).pk

    answer = rep_client.post(alone_url(deal), {"stage": propose})

    assert answer["Location"] == f"{deal.get_absolute_url()}?stage={propose}"
