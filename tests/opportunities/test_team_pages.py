"""The pages of the sales team, and who may change it."""

import re

import pytest
from django.urls import reverse

from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    PROPOSE,
    OpportunityFactory,
    UserFactory,
    add_team_member,
    edit,
    opportunity_in,
    reread,
    stage,
    won_opportunity,
)
from tests.support.meanwhile import meanwhile

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def add_url(opportunity):
    return reverse("team_member_add", args=[opportunity.pk])


def edit_url(row):
    return reverse("team_member_edit", args=[row.opportunity_id, row.pk])


def remove_url(row):
    return reverse("team_member_remove", args=[row.opportunity_id, row.pk])


def alone_url(opportunity):
    return reverse("sell_alone", args=[opportunity.pk])


def adding(person, role="account_manager", **more):
    return {"add-user": getattr(person, "pk", person), "add-role": role, **more}


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def test_the_owner_adds_a_colleague_to_the_team(rep_client, client_of, colleague, opportunity):
    answer = rep_client.post(add_url(opportunity), adding(colleague, "technical_sales"), follow=True)

    assert answer.redirect_chain == [(f"{opportunity.get_absolute_url()}?tab=team", 303)]
    assert "Ola Hansen added." in text(answer)
    row = opportunity.team_members.get()
    assert (row.user, row.role) == (colleague, "technical_sales")
    assert client_of(colleague).get(opportunity.get_absolute_url()).status_code == 200


def test_a_manager_can_change_the_team(client_of, manager, colleague, opportunity):
    client = client_of(manager)

    client.post(add_url(opportunity), adding(colleague))
    row = opportunity.team_members.get()
    changed = client.post(edit_url(row), {"role": "service", "version": reread(opportunity).version})
    row.refresh_from_db()
    removed = client.post(remove_url(row))

    assert (changed.status_code, removed.status_code) == (303, 303)
    assert row.role == "service"
    assert not opportunity.team_members.exists()


def test_a_user_without_a_role_or_disabled_cannot_be_chosen(rep_client, stranger, opportunity):
    gone = UserFactory(is_active=False)

    for person in (stranger, gone):
        with unchanged():
            answer = rep_client.post(add_url(opportunity), adding(person))
        assert answer.status_code == 422
        assert "Person: This choice is not available. Choose one of the answers." in text(answer)


def test_editing_refuses_a_member_who_lost_the_role_meanwhile(rep_client, opportunity, colleague):
    with meanwhile(colleague.groups.clear):
        answer = rep_client.post(add_url(opportunity), adding(colleague))

    assert answer.status_code == 422
    assert "Ola Hansen has no role here." in text(answer)


def test_a_team_member_cannot_be_added_twice(rep_client, colleague, opportunity):
    add_team_member(opportunity, user=colleague)

    with unchanged():
        answer = rep_client.post(add_url(opportunity), adding(colleague))

    assert answer.status_code == 422
    assert "Person: This person is already on the sales team." in text(answer)


def test_a_user_cannot_be_created_in_the_picker(rep_client, opportunity):
    with unchanged():
        answer = rep_client.post(add_url(opportunity), adding("new", **{"add-user-find": "Siri Ny"}))

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "posted", [{}, {"add-user": "9" * 19}, {"add-role": ""}, {"add-user": "\x00", "add-role": "x"}]
)
def test_an_invalid_entry_is_refused(rep_client, opportunity, posted):
    with unchanged():
        answer = rep_client.post(add_url(opportunity), posted)

    assert answer.status_code == 422
    assert "There is a problem" in text(answer)


def test_find_shows_colleagues_and_writes_nothing(rep_client, colleague, opportunity):
    with unchanged():
        answer = rep_client.post(
            add_url(opportunity), adding("", "service", **{"add-user-find": "hansen", "find": "add-user"})
        )

    assert answer.status_code == 200
    assert "Ola Hansen" in html(answer)
    assert '<option value="service" selected>' in html(answer)


def test_the_remove_page_asks_first_and_writes_nothing(rep_client, colleague, opportunity):
    row = add_team_member(opportunity, user=colleague)

    with unchanged():
        page = rep_client.get(remove_url(row))

    assert "Remove Ola Hansen?" in text(page)


def test_the_last_team_member_of_a_passed_stage_cannot_be_removed(rep_client, rep):
    opportunity = opportunity_in(CLOSE, owner=rep)

    with unchanged():
        answer = rep_client.post(remove_url(opportunity.team_members.get()))

    assert answer.status_code == 422
    assert "Propose has been passed and needs Identify sales team." in text(answer)
    assert f'href="{opportunity.get_absolute_url()}?stage={stage(PROPOSE).pk}"' in html(answer)


# Permissions


def test_a_team_member_cannot_change_the_team_and_is_told_who_can(client_of, colleague, opportunity):
    row, client = add_team_member(opportunity, user=colleague), client_of(colleague)

    with unchanged():
        page = client.get(add_url(opportunity))
        answers = [
            client.post(url, adding(colleague, role="service"))
            for url in (add_url(opportunity), edit_url(row), remove_url(row), alone_url(opportunity))
        ]

    assert page.status_code == 200
    assert [answer.status_code for answer in answers] == [422] * 4
    for shown in (page, *answers):
        assert "Only the owner and managers may change the owner and the sales team." in text(shown)
        assert "The owner is Kari Nordmann." in text(shown)
        assert "Add to the team" not in text(shown)


def test_editing_refuses_a_former_owner(rep_client, rep, colleague, opportunity):
    row = add_team_member(opportunity, user=UserFactory())

    with meanwhile(lambda: edit(opportunity, owner=colleague)):
        answer = rep_client.post(remove_url(row))

    assert answer.status_code == 422
    assert "Only the owner and managers may change the owner and the sales team." in text(answer)


def test_a_team_member_sees_the_team_without_links_to_change_it(client_of, colleague, opportunity):
    row = add_team_member(opportunity, user=colleague)

    page = client_of(colleague).get(f"{opportunity.get_absolute_url()}?tab=team")

    assert "Ola Hansen" in text(page)
    assert add_url(opportunity) not in html(page)
    assert remove_url(row) not in html(page)
    assert "The owner, Kari Nordmann, and managers change the sales team." in text(page)


def test_the_owner_sees_the_team_with_links_to_change_it(rep_client, colleague, opportunity):
    row = add_team_member(opportunity, user=colleague)

    page = rep_client.get(f"{opportunity.get_absolute_url()}?tab=team")

    for url in (edit_url(row), remove_url(row), add_url(opportunity)):
        assert f'"{url}"' in html(page)


def test_a_user_who_may_not_see_the_opportunity_gets_404(client_of, colleague, rep, opportunity):
    row, client = add_team_member(opportunity, user=rep), client_of(colleague)

    with unchanged():
        answers = [
            client.post(url) for url in (add_url(opportunity), edit_url(row), remove_url(row), alone_url(opportunity))
        ]

    assert [answer.status_code for answer in answers] == [404] * 4


@pytest.mark.parametrize("url", [edit_url, remove_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_of_another_opportunity_gives_404(rep_client, rep, opportunity, url, method):
    row = add_team_member(OpportunityFactory(owner=rep), user=rep)
    row.opportunity_id = opportunity.pk

    with unchanged():
        answer = getattr(rep_client, method)(url(row))

    assert answer.status_code == 404


def test_the_team_of_a_closed_opportunity_cannot_be_changed(rep_client, rep):
    opportunity = won_opportunity(owner=rep)

    with unchanged():
        answer = rep_client.post(remove_url(opportunity.team_members.get()))

    assert answer.status_code == 409
    assert "This opportunity is closed and can only be read." in text(answer)


# The button “I sell this alone”


def test_one_click_adds_the_owner_to_the_team(rep_client, rep, opportunity):
    answer = rep_client.post(alone_url(opportunity), {"version": reread(opportunity).version})

    assert answer.status_code == 303
    row = opportunity.team_members.get()
    assert (row.user, row.role) == (rep, "account_manager")


def test_a_second_click_changes_nothing(rep_client, rep, opportunity):
    add_team_member(opportunity, user=rep, role="service")

    with unchanged():
        answer = rep_client.post(alone_url(opportunity))

    assert answer.status_code == 303


def test_a_manager_can_click_for_the_owner(client_of, manager, rep, opportunity):
    client = client_of(manager)

    page = client.get(f"{opportunity.get_absolute_url()}?tab=team")
    client.post(alone_url(opportunity))

    assert "Kari Nordmann sells this alone" in text(page)
    assert opportunity.team_members.get().user == rep


def test_a_get_shows_the_button_and_writes_nothing(rep_client, opportunity):
    with unchanged():
        page = rep_client.get(alone_url(opportunity))

    assert page.status_code == 200
    assert "Save puts Kari Nordmann on the sales team as Account manager." in text(page)


def test_the_button_in_a_panel_returns_to_the_panel(rep_client, opportunity):
    propose = stage(PROPOSE).pk

    answer = rep_client.post(alone_url(opportunity), {"stage": propose})

    assert answer["Location"] == f"{opportunity.get_absolute_url()}?stage={propose}"
