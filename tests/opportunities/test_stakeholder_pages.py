"""The pages to add, change and remove stakeholders."""

import re

import pytest
from django.urls import reverse

from opportunities.customers.models import Contact
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    DEVELOP,
    QUALIFY,
    AccountFactory,
    ContactFactory,
    OpportunityFactory,
    add_decision_maker,
    add_stakeholder,
    add_team_member,
    edit,
    lose,
    opportunity_in,
    ready_opportunity,
    remove,
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
    return reverse("stakeholder_add", args=[opportunity.pk])


def edit_url(row):
    return reverse("stakeholder_edit", args=[row.opportunity_id, row.pk])


def remove_url(row):
    return reverse("stakeholder_remove", args=[row.opportunity_id, row.pk])


def adding(contact, roles=(), note="", **more):
    stance = {"add-attitude": "unknown", "add-influence": "unknown"}
    return {"add-contact": getattr(contact, "pk", contact), "add-roles": roles, "add-note": note, **stance, **more}


def changing(row, **entries):
    """The entries of the form about a row, with these instead."""
    names = ("roles", "attitude", "influence", "note")
    return {name: getattr(row, name) for name in names} | {"version": reread(row.opportunity).version} | entries


def html(response):
    return response.content.decode()


def ticked(response):
    """The roles whose boxes are ticked."""
    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", html(response))
    return [re.search(r'value="(\w+)"', box)[1] for box in boxes if "checked" in box and "roles" in box]


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


# Adding


def test_the_add_page_shows_the_form_and_a_link_back(rep_client, opportunity):
    page = rep_client.get(add_url(opportunity))

    assert page.status_code == 200
    assert "Add a stakeholder" in text(page)
    assert f'href="{opportunity.get_absolute_url()}?tab=stakeholders"' in html(page)


def test_a_contact_is_added_with_role_and_note(rep_client, opportunity):
    contact = ContactFactory(name="Eva Lind")

    answer = rep_client.post(add_url(opportunity), adding(contact, "champion", "Wants it before Christmas"))

    assert answer.status_code == 303
    assert answer["Location"] == f"{opportunity.get_absolute_url()}?tab=stakeholders"
    row = opportunity.stakeholders.get()
    assert (row.contact, row.roles, row.note) == (contact, ("champion",), "Wants it before Christmas")
    assert reread(opportunity).stakeholder_count == 1


def test_a_message_names_the_added_contact(rep_client, opportunity):
    answer = rep_client.post(add_url(opportunity), adding(ContactFactory(name="Eva Lind")), follow=True)

    assert "Eva Lind added." in text(answer)


def test_a_new_contact_gets_the_account_of_the_opportunity(rep_client, rep):
    account = AccountFactory()
    opportunity = OpportunityFactory(owner=rep, account=account)

    answer = rep_client.post(add_url(opportunity), adding("new", **{"add-contact-find": "Eva Lind"}))

    assert answer.status_code == 303
    contact = Contact.objects.get(name="Eva Lind")
    assert contact.account == account
    assert opportunity.stakeholders.get().contact == contact


def test_a_new_contact_may_have_no_account(rep_client, opportunity):
    rep_client.post(add_url(opportunity), adding("new", **{"add-contact-find": "Eva Lind"}))

    assert opportunity.stakeholders.get().contact.account is None


def test_a_contact_who_is_a_stakeholder_is_refused_and_the_entries_are_kept(rep_client, opportunity):
    row = add_stakeholder(opportunity)

    with unchanged():
        answer = rep_client.post(add_url(opportunity), adding(row.contact, note="typed before"))

    assert answer.status_code == 422
    assert "Contact: This contact is already a stakeholder of the opportunity." in text(answer)
    assert "typed before" in html(answer)
    assert "<title> Error:" in " ".join(html(answer).split())


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({}, "Contact: Type a name, and choose one of the answers."),
        ({"add-contact": "9223372036854775808"}, "This choice is not available"),
        ({"add-contact": "1 234"}, "This choice is not available"),
        ({"add-contact": "new"}, "Type the name of what you want to create."),
        ({"add-contact": "new", "add-contact-find": "a\x00b"}, "cannot be used here"),
        ({"add-roles": "boss"}, "Roles: Choose one of the roles listed."),
        ({"add-roles": "a\x00"}, "Roles: Choose one of the roles listed."),
        ({"add-attitude": "keen"}, "Attitude: Choose one of the attitudes listed."),
        ({"add-influence": ""}, "Influence: Choose one of the levels listed."),
        ({"add-note": "a\x00b"}, "cannot be used here"),
        ({"add-note": "x" * 501}, "at most 500 characters"),
    ],
)
def test_an_invalid_entry_is_refused_with_a_sentence(rep_client, opportunity, posted, said):
    with unchanged():
        answer = rep_client.post(add_url(opportunity), posted)

    assert answer.status_code == 422
    assert said in text(answer)


def test_find_shows_answers_keeps_the_entries_and_writes_nothing(rep_client, opportunity):
    ContactFactory(name="Eva Lind")

    with unchanged():
        answer = rep_client.post(
            add_url(opportunity),
            adding("", "champion", "my note", **{"add-contact-find": "lind", "find": "add-contact"}),
        )

    assert answer.status_code == 200
    assert "Eva Lind" in html(answer)
    assert "my note" in html(answer)
    assert ticked(answer) == ["champion"]


def test_the_add_page_offers_the_contacts_of_the_account(rep_client, rep):
    contact = ContactFactory(name="Eva Lind")
    opportunity = OpportunityFactory(owner=rep, account=contact.account)

    assert "Eva Lind" in html(rep_client.get(add_url(opportunity)))


def test_the_add_page_does_not_offer_a_stakeholder(rep_client, rep):
    there = ContactFactory(name="Eva Lind")
    opportunity = OpportunityFactory(owner=rep, account=there.account, contact=there)
    new = ContactFactory(name="Siri Aas", account=there.account)

    page = rep_client.get(add_url(opportunity))

    assert new.name in html(page)
    assert there.name not in html(page)


# Returning to the stage panel


def test_a_user_who_came_from_a_stage_panel_returns_to_it(rep_client, opportunity):
    qualify = stage(QUALIFY)

    page = rep_client.get(f"{add_url(opportunity)}?stage={qualify.pk}&roles=decision_maker")
    answer = rep_client.post(add_url(opportunity), adding(ContactFactory(), **{"add-stage": qualify.pk}))

    assert f'name="add-stage" value="{qualify.pk}"' in html(page)
    assert ticked(page) == ["decision_maker"]
    assert f'href="{opportunity.get_absolute_url()}?stage={qualify.pk}"' in html(page)
    assert answer["Location"] == f"{opportunity.get_absolute_url()}?stage={qualify.pk}"


@pytest.mark.parametrize("came_from", ["//evil.example", "1&tab=x", "-1", "", "9" * 30, "\x00"])
def test_an_invalid_stage_returns_to_the_tab(rep_client, opportunity, came_from):

    page = rep_client.get(add_url(opportunity), {"stage": came_from, "roles": came_from, "came_from": came_from})
    answer = rep_client.post(add_url(opportunity), adding(ContactFactory(), **{"add-stage": came_from}))

    assert page.status_code == 200
    assert answer["Location"] == f"{opportunity.get_absolute_url()}?tab=stakeholders"


# Changing


def test_the_change_page_shows_the_current_values(rep_client, opportunity):
    row = add_decision_maker(opportunity)

    page = rep_client.get(edit_url(row))

    assert page.status_code == 200
    assert row.contact.name in text(page)
    assert ticked(page) == ["decision_maker"]


def test_roles_attitude_influence_and_note_can_be_changed(rep_client, opportunity):
    row = add_stakeholder(opportunity)

    entries = {"roles": ["champion", "end_user"], "attitude": "supporter", "influence": "low", "note": "Loves it"}

    answer = rep_client.post(edit_url(row), changing(row, **entries))

    assert answer.status_code == 303
    row.refresh_from_db()
    assert (row.roles, row.attitude, row.influence) == (("champion", "end_user"), "supporter", "low")
    assert row.note == "Loves it"


def test_an_unchanged_form_writes_nothing(rep_client, opportunity):
    row = add_stakeholder(opportunity)

    with unchanged():
        answer = rep_client.post(edit_url(row), changing(row))

    assert answer.status_code == 303


def test_a_note_changed_by_two_users_is_a_conflict_and_a_second_save_succeeds(
    rep_client, client_of, manager, opportunity
):
    row = add_stakeholder(opportunity)
    seen = reread(opportunity).version
    client_of(manager).post(edit_url(row), changing(row, note="theirs", version=seen))

    refused = rep_client.post(edit_url(row), changing(row, note="mine", version=seen))

    assert refused.status_code == 409
    row.refresh_from_db()
    assert row.note == "theirs"
    assert "theirs" in text(refused)
    assert re.search(r">\s*mine</textarea>", html(refused))
    version = re.search(r'name="version" value="(\d+)"', html(refused))[1]
    rep_client.post(edit_url(row), changing(row, note="mine", version=version))
    row.refresh_from_db()
    assert row.note == "mine"


def test_a_column_that_only_the_other_user_changed_is_kept(rep_client, client_of, manager, opportunity):
    row = add_stakeholder(opportunity)
    seen = reread(opportunity).version
    client_of(manager).post(edit_url(row), changing(row, roles="champion", version=seen))

    rep_client.post(edit_url(row), changing(row, note="mine", version=seen))

    row.refresh_from_db()
    assert (row.roles, row.note) == (("champion",), "mine")


def test_adding_a_stakeholder_does_not_make_an_open_page_stale(rep_client, client_of, manager, opportunity):
    seen = reread(opportunity).version
    add_stakeholder(opportunity, by=manager)

    answer = rep_client.post(add_url(opportunity), adding(ContactFactory(), **{"add-version": seen}))

    assert answer.status_code == 303
    assert opportunity.stakeholders.count() == 2


def test_the_last_decision_maker_of_a_passed_stage_keeps_the_role(rep_client, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    row = opportunity.stakeholders.get(roles="decision_maker")

    with unchanged():
        answer = rep_client.post(edit_url(row), changing(row, roles="champion"))

    assert answer.status_code == 422
    assert "Qualify has been passed and needs Identify decision maker." in text(answer)
    assert f'href="{opportunity.get_absolute_url()}?stage={stage(QUALIFY).pk}"' in html(answer)
    assert ticked(answer) == ["champion"]


# Removing


def test_the_remove_page_asks_first_and_writes_nothing(rep_client, opportunity):
    row = add_stakeholder(opportunity)

    with unchanged():
        page = rep_client.get(remove_url(row))

    assert page.status_code == 200
    assert f"Remove {row.contact.name}?" in text(page)
    assert "The contact stays." in text(page)


def test_removing_a_stakeholder_keeps_the_contact(rep_client, opportunity):
    row = add_stakeholder(opportunity)

    answer = rep_client.post(remove_url(row), {"version": reread(opportunity).version}, follow=True)

    assert answer.redirect_chain == [(f"{opportunity.get_absolute_url()}?tab=stakeholders", 303)]
    assert f"{row.contact.name} removed." in text(answer)
    assert not opportunity.stakeholders.exists()
    assert Contact.objects.filter(pk=row.contact_id).exists()


def test_the_last_decision_maker_of_a_passed_stage_cannot_be_removed(rep_client, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    row = opportunity.stakeholders.get(roles="decision_maker")

    with unchanged():
        answer = rep_client.post(remove_url(row))

    assert answer.status_code == 422
    assert "Qualify has been passed and needs Identify decision maker." in text(answer)
    assert "Show Qualify, where you can go back to change it" in text(answer)
    assert f'href="{opportunity.get_absolute_url()}?stage={stage(QUALIFY).pk}"' in html(answer)


def test_the_contact_of_the_opportunity_cannot_be_removed(rep_client, opportunity):
    contact = ContactFactory()
    opportunity = edit(opportunity, contact=contact)
    row = opportunity.stakeholders.get(contact=contact)

    with unchanged():
        answer = rep_client.post(remove_url(row))

    assert answer.status_code == 422
    assert "Change the contact before you remove the stakeholder." in text(answer)
    assert f'href="{opportunity.get_absolute_url()}?stage={stage(QUALIFY).pk}#id_contact"' in html(answer)


def test_removing_a_stakeholder_that_another_user_removed_is_refused(rep_client, opportunity):
    """Two users remove the same row. The second one waits for the lock, and the row no longer exists."""
    row = add_stakeholder(opportunity)

    with meanwhile(lambda: remove(row)):
        answer = rep_client.post(remove_url(row))

    assert answer.status_code == 422
    assert f"{row.contact.name} is not on this opportunity any more." in text(answer)


# Permissions


@pytest.mark.parametrize("url", [edit_url, remove_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_of_another_opportunity_gives_404(rep_client, rep, opportunity, url, method):
    row = add_stakeholder(OpportunityFactory(owner=rep))
    row.opportunity_id = opportunity.pk

    with unchanged():
        answer = getattr(rep_client, method)(url(row))

    assert answer.status_code == 404


@pytest.mark.parametrize("row", [0, 999, 2**63, 10**30])
def test_a_row_that_does_not_exist_gives_404(rep_client, opportunity, row):
    assert rep_client.get(f"/opportunities/{opportunity.pk}/stakeholders/{row}/").status_code == 404
    assert rep_client.post(f"/opportunities/{opportunity.pk}/stakeholders/{row}/remove/").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_user_who_may_not_see_the_opportunity_gets_404(client_of, colleague, opportunity, method):
    row = add_stakeholder(opportunity)
    client = client_of(colleague)

    with unchanged():
        answers = [getattr(client, method)(url) for url in (add_url(opportunity), edit_url(row), remove_url(row))]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_user_without_a_role_is_refused(client_of, stranger, opportunity):
    client, posted = client_of(stranger), adding(ContactFactory())

    with unchanged():
        answers = [client.get(add_url(opportunity)), client.post(add_url(opportunity), posted)]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_team_member_may_add_and_remove_stakeholders(client_of, colleague, opportunity):
    add_team_member(opportunity, user=colleague)
    client = client_of(colleague)

    assert client.post(add_url(opportunity), adding(ContactFactory())).status_code == 303
    assert client.post(remove_url(opportunity.stakeholders.get())).status_code == 303
    assert not opportunity.stakeholders.exists()


def test_the_pages_of_a_closed_opportunity_say_that_it_cannot_be_changed(rep_client, rep):
    opportunity = won_opportunity(owner=rep)
    row = opportunity.stakeholders.first()

    with unchanged():
        page = rep_client.get(add_url(opportunity))
        answers = [rep_client.post(url) for url in (add_url(opportunity), edit_url(row), remove_url(row))]

    assert page.status_code == 200
    assert [answer.status_code for answer in answers] == [409, 409, 409]
    for shown in (page, *answers):
        assert "This opportunity is closed and can only be read." in text(shown)
        assert reverse("reopen", args=[opportunity.pk]) in html(shown)
        assert "Add stakeholder" not in text(shown)


def test_editing_refuses_an_opportunity_closed_meanwhile(rep_client, rep):
    opportunity, contact = ready_opportunity("Close", owner=rep), ContactFactory()

    with meanwhile(lambda: lose(opportunity)):
        answer = rep_client.post(add_url(opportunity), adding(contact))

    assert answer.status_code == 409
    assert "This opportunity is closed and can only be read." in text(answer)


# The tab


def test_the_tab_lists_stakeholders_with_links_and_the_add_form(rep_client, opportunity):
    row = add_stakeholder(opportunity)

    page = rep_client.get(f"{opportunity.get_absolute_url()}?tab=stakeholders")

    assert row.contact.name in text(page)
    for url in (edit_url(row), remove_url(row), add_url(opportunity)):
        assert f'"{url}"' in html(page)


def test_the_tab_of_a_closed_opportunity_has_no_links_to_change_it(rep_client, rep):
    opportunity = won_opportunity(owner=rep)

    page = rep_client.get(f"{opportunity.get_absolute_url()}?tab=stakeholders")

    assert opportunity.stakeholders.first().contact.name in text(page)
    assert add_url(opportunity) not in html(page)
    assert remove_url(opportunity.stakeholders.first()) not in html(page)


@pytest.mark.sweep
@pytest.mark.parametrize("many", [1, 30])
def test_the_tab_runs_at_most_15_queries_for_any_number(rep_client, opportunity, many, django_assert_max_num_queries):
    for _ in range(many):
        add_stakeholder(opportunity)
    rep_client.get("/")

    with django_assert_max_num_queries(15):
        rep_client.get(f"{opportunity.get_absolute_url()}?tab=stakeholders")
