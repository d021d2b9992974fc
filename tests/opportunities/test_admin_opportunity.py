"""Opportunities in the admin: the same write guard and the same rules."""

from copy import deepcopy

import pytest
from django.contrib.admin.models import LogEntry

from opportunities.editing import editing
from opportunities.models import Stakeholder
from opportunities.verify import run
from tests.support import factories
from tests.support.admin_forms import act, add_inline_row, form_of, page_of, send
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    NOW,
    TODAY,
    AccountFactory,
    CompetitorFactory,
    OpportunityFactory,
    add_stakeholder,
    edit,
    lost_opportunity,
    opportunity_in,
    ready_opportunity,
    remove,
    reread,
    win,
    won_opportunity,
)
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

LIST = "/admin/opportunities/opportunity/"


def shown_again(response):
    """The form of the page that answers a refused post."""
    return Form(response, action=None)


# Editing


def test_a_change_writes_an_event(admin, manager, rep):
    opportunity = OpportunityFactory(owner=rep)

    response = send(
        admin, opportunity, form_of(admin, opportunity), customer_need="Lorries", estimated_revenue="1 500,50"
    )

    after = reread(opportunity)
    event = after.events.first()
    assert response.status_code == 302
    assert (after.customer_need, str(after.estimated_revenue)) == ("Lorries", "1500.50")
    assert after.version == opportunity.version + 1 == event.version
    assert event.by == manager
    assert {change["field"] for change in event.changes} == {"customer_need", "estimated_revenue"}
    assert list(run.faults()) == []


def test_saving_without_changes_writes_nothing(admin, rep):
    opportunity = ready_opportunity("Propose", owner=rep)

    with unchanged():
        assert send(admin, opportunity, form_of(admin, opportunity)).status_code == 302


def test_child_rows_are_added_changed_and_removed_in_one_write(admin, rep, colleague):
    opportunity = OpportunityFactory(owner=rep)
    leaving = add_stakeholder(opportunity)
    staying = add_stakeholder(opportunity)
    form = form_of(admin, opportunity)
    add_inline_row(form, "team_members", user=colleague.pk, role="delivery")
    add_inline_row(form, "competitor_links", competitor=CompetitorFactory().pk, note="Cheap")
    changes = {"stakeholders-0-DELETE": "on", "stakeholders-1-roles": "champion"}

    assert send(admin, opportunity, form, **changes).status_code == 302

    after = reread(opportunity)
    assert (after.stakeholder_count, after.competitor_count, after.team_count) == (1, 1, 1)
    assert not Stakeholder.objects.filter(pk=leaving.pk).exists()
    assert Stakeholder.objects.get(pk=staying.pk).roles == ("champion",)
    assert {line["what"] for line in after.events.first().children} == {"added", "changed", "removed"}
    assert list(run.faults()) == []


def test_tasks_are_added_and_changed_and_the_next_step_is_read_only(admin, manager, rep):
    opportunity = OpportunityFactory(owner=rep, next_step="Call", next_step_due=TODAY)
    form = form_of(admin, opportunity)
    assert not {"next_step", "next_step_due", "tasks-0-done_at", "tasks-0-created_at"} & form.fields.keys()
    add_inline_row(form, "tasks", text="Visit them", due="2026-02-01", time="09:30", owner=manager.pk)

    assert send(admin, opportunity, form, **{"tasks-0-text": "Write"}).status_code == 302

    changed, added = opportunity.tasks.order_by("pk")
    assert (changed.text, changed.created_by) == ("Write", rep)
    assert (added.text, added.owner, added.created_by) == ("Visit them", manager, manager)
    assert reread(opportunity).next_step == "Visit them"
    assert list(run.faults()) == []


def test_a_note_that_is_added_in_the_admin_says_who_wrote_it(admin, manager, rep):
    opportunity = OpportunityFactory(owner=rep)
    form = form_of(admin, opportunity)
    assert not {"notes-0-created_by", "notes-0-created_at"} & form.fields.keys()
    add_inline_row(form, "notes", kind="meeting", text="They called.")

    assert send(admin, opportunity, form).status_code == 302

    note = opportunity.notes.get()
    assert (note.text, note.kind, note.created_by) == ("They called.", "meeting", manager)


def test_a_completed_task_cannot_be_changed_in_the_admin(admin, rep):
    opportunity = OpportunityFactory(owner=rep, next_step="Call")
    factories.complete(opportunity.tasks.get())
    form = form_of(admin, opportunity)

    with unchanged():
        response = send(admin, opportunity, form, **{"tasks-0-text": "Write"})

    assert response.status_code == 422
    assert "“Call” has ended and cannot be changed." in response.content.decode()


def test_emptying_a_field_of_a_passed_stage_is_refused(admin, rep):
    opportunity = opportunity_in("Propose", owner=rep)
    form = form_of(admin, opportunity)

    with unchanged():
        response = send(admin, opportunity, form, customer_need="", name="Call")

    html = response.content.decode()
    assert response.status_code == 422
    assert "Develop has been passed and needs Customer need" in html
    assert 'value="Call"' in html
    assert "was changed successfully" not in admin.get("/admin/").content.decode()


def test_a_refused_write_leaves_no_admin_log_entry(admin, rep):
    opportunity = opportunity_in("Propose", owner=rep)

    send(admin, opportunity, form_of(admin, opportunity), customer_need="")

    assert not LogEntry.objects.exists()


def test_a_stakeholder_that_a_passed_stage_needs_cannot_be_removed(admin, rep):
    opportunity = opportunity_in("Develop", owner=rep)
    form = form_of(admin, opportunity)

    with unchanged():
        response = send(admin, opportunity, form, **{"stakeholders-0-DELETE": "on", "stakeholders-1-DELETE": "on"})

    assert response.status_code == 422


def test_a_tick_without_evidence_is_refused(admin, rep):
    opportunity = OpportunityFactory(owner=rep)

    with unchanged():
        response = send(admin, opportunity, form_of(admin, opportunity), decision_maker_identified="on")

    assert response.status_code == 422
    assert "no stakeholder has the role Decision maker yet" in response.content.decode()


def test_an_owner_without_a_role_is_refused(admin, rep, stranger):
    opportunity = OpportunityFactory(owner=rep)

    with unchanged():
        response = send(admin, opportunity, form_of(admin, opportunity), owner=stranger.pk)

    assert "has no role here" in response.content.decode()


def test_won_cannot_be_chosen_as_forecast_category(admin, rep):
    opportunity = OpportunityFactory(owner=rep)

    with unchanged():
        assert send(admin, opportunity, form_of(admin, opportunity), forecast_category="won").status_code == 422


INVALID = [
    {"name": ""},
    {"name": "\u200b"},
    {"name": "a\0b"},
    {"name": "a" * 201},
    {"estimated_revenue": "-1"},
    {"estimated_revenue": "NaN"},
    {"estimated_revenue": "1e400"},
    {"estimated_close_date": "0000-01-01"},
    {"probability": "101"},
    {"probability": "9" * 30},
    {"owner": "abc"},
    {"owner": str(2**63)},
    {"account": "9" * 30},
    {"contact": "x\0"},
    {"rating": "boiling"},
]


@pytest.mark.sweep
def test_an_invalid_entry_is_refused(admin, rep, subtests):
    opportunity = OpportunityFactory(owner=rep)
    drawn = form_of(admin, opportunity)

    for entries in INVALID:
        with subtests.test(str(entries)), unchanged():
            assert send(admin, opportunity, deepcopy(drawn), **entries).status_code == 422


def test_a_closed_opportunity_cannot_be_changed(admin, root, rep):
    for opportunity in (won_opportunity(owner=rep), lost_opportunity(owner=rep)):
        for client in (admin, root):
            page = client.get(page_of(opportunity)).content.decode()
            assert 'name="_save"' not in page
            with unchanged():
                posted = {"name": "Mine", "seen_version": opportunity.version}
                assert client.post(page_of(opportunity), posted).status_code == 409


def test_a_form_of_an_opportunity_closed_meanwhile_keeps_the_entries(admin, rep):
    opportunity = ready_opportunity("Close", owner=rep)
    form = form_of(admin, opportunity)
    act(admin, "finish", opportunity)
    win(reread(opportunity))

    with unchanged():
        response = send(admin, opportunity, form, name="Call Berit")

    html = response.content.decode()
    assert response.status_code == 409
    assert "This opportunity is closed" in html
    assert 'value="Call Berit"' in html


# Two users at once


def test_a_change_by_another_user_is_kept(admin, rep):
    opportunity = OpportunityFactory(owner=rep)
    form = form_of(admin, opportunity)
    edit(opportunity, description="Call", customer_need="Lorries")

    send(admin, opportunity, form, rating="hot")

    after = reread(opportunity)
    assert (after.description, after.customer_need, after.rating) == ("Call", "Lorries", "hot")


def test_a_field_changed_by_both_is_a_conflict_and_a_second_save_succeeds(admin, rep):
    opportunity = OpportunityFactory(owner=rep)
    person = add_stakeholder(opportunity)
    form = form_of(admin, opportunity)
    edit(opportunity, description="Call", no_known_competitors=True, account=AccountFactory(name="Fjord AS"))
    _change_role(person, "champion")

    with unchanged():
        response = send(admin, opportunity, form, description="Write")

    html = response.content.decode()
    assert response.status_code == 409
    assert "Kari Nordmann changed “description” while you were editing." in html
    assert "It says “Call” now." in html

    assert send(admin, opportunity, shown_again(response)).status_code == 302
    after = reread(opportunity)
    assert (after.description, after.no_known_competitors, after.account.name) == ("Write", True, "Fjord AS")
    assert Stakeholder.objects.get(pk=person.pk).roles == ("champion",)


def _change_role(person, role):
    with editing(person.opportunity, by=person.opportunity.owner, at=NOW) as record:
        row = record.stakeholders.get(pk=person.pk)
        row.roles = role
        row.save()


def test_a_form_with_a_row_removed_meanwhile_is_refused(admin, rep):
    opportunity = OpportunityFactory(owner=rep)
    person = add_stakeholder(opportunity)
    form = form_of(admin, opportunity)
    remove(person)

    with unchanged():
        response = send(admin, opportunity, form, rating="hot")

    assert response.status_code == 422
    assert "Another person removed a row" in response.content.decode()


def test_a_form_without_a_valid_version_is_refused(admin, rep, subtests):
    opportunity = OpportunityFactory(owner=rep)
    drawn = form_of(admin, opportunity)

    for version in (None, "", "x", "-1", "1\0", str(2**70)):
        with subtests.test(str(version)), unchanged():
            response = send(admin, opportunity, deepcopy(drawn), seen_version=version, rating="hot")

            assert response.status_code == 400
