"""Opportunities in the admin: the same write guard and the same rules."""

from copy import deepcopy

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from zeal import zeal_ignore

from opportunities.editing import editing
from opportunities.models import Opportunity, Stakeholder
from opportunities.verify import run
from salesflow.users.models import User
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    NOW,
    TODAY,
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    OpportunityFactory,
    add_competitor,
    add_stakeholder,
    add_team_member,
    edit,
    lost_opportunity,
    opportunity_in,
    ready_opportunity,
    remove,
    reread,
    stage,
    win,
    won_opportunity,
)
from tests.support.pages import FORM, Form, drawn_for, post_drawn

pytestmark = pytest.mark.django_db

LIST = "/admin/opportunities/opportunity/"


@pytest.fixture
def admin(client_of, manager):
    """A manager's browser."""
    return client_of(manager)


@pytest.fixture
def root(client_of, db):
    """A superuser's browser."""
    return client_of(User.objects.create_superuser("root"))


def page_of(opportunity):
    return f"{LIST}{opportunity.pk}/change/"


def form_of(client, opportunity):
    return Form(client.get(page_of(opportunity)), action=None)


def send(client, opportunity, form, **changes):
    for name, value in changes.items():
        if value is None:
            form.fields.pop(name, None)
        else:
            form.fields[name] = str(value)
    return client.post(page_of(opportunity), form.fields.urlencode(), content_type=FORM)


def shown_again(response):
    """The form of the page that answers a refused post."""
    return Form(response, action=None)


def add_inline_row(form, prefix, **values):
    number = int(form.fields[f"{prefix}-TOTAL_FORMS"])
    form.fields[f"{prefix}-TOTAL_FORMS"] = str(number + 1)
    for name, value in values.items():
        form.fields[f"{prefix}-{number}-{name}"] = str(value)


def listed(opportunity):
    """The hidden fields of the list for this opportunity."""
    now = drawn_for(opportunity)
    return {f"stage-{opportunity.pk}": now["from_stage"], f"version-{opportunity.pk}": now["page_version"]}


def act(client, action, *opportunities, **more):
    """Chooses these opportunities in the current list and runs the action."""
    drawn = {name: value for opportunity in opportunities for name, value in listed(opportunity).items()}
    data = {
        "action": action,
        "_selected_action": [opportunity.pk for opportunity in opportunities],
        "index": "0",
        **drawn,
        **more,
    }
    return client.post(LIST, data, follow=True).content.decode()


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


# Moves


def test_next_stage_moves_ready_opportunities_and_says_what_the_others_lack(admin, rep):
    ready, other = ready_opportunity("Qualify", owner=rep), OpportunityFactory(owner=rep, name="Not yet")

    said = act(admin, "advance", ready, other)

    assert reread(ready).active_stage == stage("Develop")
    assert reread(other).active_stage == stage("Qualify")
    assert "Done for 1 opportunity." in said
    assert "Not yet: Still needed for Develop: Identify contact" in said


def test_next_stage_moves_ten_opportunities_at_once(admin, rep):
    opportunities = [ready_opportunity("Qualify", owner=rep) for _ in range(10)]

    with zeal_ignore():  # each is moved in its own transaction
        assert "Done for 10 opportunities." in act(admin, "advance", *opportunities)


def test_next_stage_pressed_twice_moves_once(admin, rep):
    opportunity = ready_opportunity("Qualify", owner=rep)
    drawn = listed(opportunity)
    act(admin, "advance", opportunity, **drawn)

    with unchanged():
        said = act(admin, "advance", opportunity, **drawn)

    assert "This opportunity is in Develop now. Nothing was moved." in said


def test_an_action_sent_twice_from_one_page_moves_once_and_gets_its_first_response(admin, rep):
    opportunity = ready_opportunity("Qualify", owner=rep)
    sent = listed(opportunity) | {"token": admin.get(LIST).context["action_form"]["token"].value()}
    first = act(admin, "advance", opportunity, **sent)

    with unchanged():
        second = act(admin, "advance", opportunity, **sent)

    assert "Done for 1 opportunity." in first
    assert "Done for 1 opportunity." in second
    assert "another window" not in second


def test_the_actions_go_back_finish_hold_and_resume_work(admin, rep):
    opportunity = opportunity_in("Develop", owner=rep)
    last = ready_opportunity("Close", owner=rep)

    act(admin, "go_back", opportunity, reason="Too early")
    assert reread(opportunity).active_stage == stage("Qualify")
    assert reread(opportunity).events.first().reason == "Too early"
    act(admin, "finish", last)
    assert reread(last).is_finished
    act(admin, "hold", opportunity, reason="Summer")
    assert reread(opportunity).is_on_hold
    act(admin, "resume", opportunity)
    assert not reread(opportunity).is_on_hold
    assert list(run.faults()) == []


def test_moves_of_a_closed_opportunity_and_a_hold_without_a_reason_are_refused(admin, rep):
    closed, opportunity = won_opportunity(owner=rep), OpportunityFactory(owner=rep)

    with unchanged():
        for action in ("advance", "go_back", "finish", "hold", "resume"):
            assert "closed and can only be read" in act(admin, action, closed, reason="Because")
        assert "Say why it is put on hold." in act(admin, "hold", opportunity)


def test_a_forged_action_moves_nothing(admin, rep):
    opportunity = ready_opportunity("Qualify", owner=rep)
    asked = {"action": "advance", "_selected_action": opportunity.pk, "index": "0"}

    with unchanged():
        assert admin.post(LIST, asked).status_code == 400
        assert admin.post(LIST, asked | {"select_across": "1", f"stage-{opportunity.pk}": "x"}).status_code == 400
        admin.post(LIST, asked | {"action": "delete_selected", "post": "yes"})
        admin.post(LIST, asked | {"action": "close_as_won"})
        for wrong in ("abc", "1\0", str(2**63), "-1"):
            assert admin.post(LIST, asked | {"_selected_action": wrong}).status_code == 400
        assert "character that cannot be used" in act(admin, "advance", opportunity, reason="\u202e")


# Forged posts


MOVED = {
    "status": "won",
    "status_reason": "1",
    "actual_revenue": "5",
    "closed_on": "2026-01-01",
    "active_stage": "4",
    "pipeline_phase": "4",
    "version": "99",
    "is_ready": "on",
    "is_finished": "on",
    "stakeholder_count": "9",
    "created_by": "1",
    "search_text": "x",
}


def test_columns_written_by_moves_cannot_be_posted(admin, root, rep):
    opportunity = OpportunityFactory(owner=rep)

    for client in (admin, root):
        with unchanged():
            send(client, opportunity, form_of(client, opportunity), **MOVED)


def test_a_row_of_another_opportunity_cannot_be_changed_or_moved(admin, rep):
    opportunity, other = OpportunityFactory(owner=rep), OpportunityFactory(owner=rep)
    mine, foreign = add_stakeholder(opportunity), add_stakeholder(other)
    form = form_of(admin, opportunity)

    with unchanged():
        forged = {"stakeholders-0-id": foreign.pk, "stakeholders-0-roles": "champion"}
        assert send(admin, opportunity, form_of(admin, opportunity), **forged).status_code == 422
        assert send(admin, opportunity, form, **{"stakeholders-0-opportunity": other.pk}).status_code == 422
        forged = {"stakeholders-0-id": foreign.pk, "stakeholders-0-DELETE": "on"}
        assert send(admin, opportunity, form_of(admin, opportunity), **forged).status_code == 422
    assert Stakeholder.objects.get(pk=mine.pk).opportunity == opportunity


def test_the_subject_of_a_child_row_cannot_be_changed(admin, rep, colleague, stranger):
    opportunity = OpportunityFactory(owner=rep)
    person, rival, member = add_stakeholder(opportunity), add_competitor(opportunity), add_team_member(opportunity)
    forged = {
        "stakeholders-0-contact": ContactFactory().pk,
        "competitor_links-0-competitor": CompetitorFactory().pk,
        "team_members-0-user": colleague.pk,
    }

    with unchanged():
        assert send(admin, opportunity, form_of(admin, opportunity), **forged).status_code == 302

    assert Stakeholder.objects.get(pk=person.pk).contact == person.contact
    assert (rival.pk, member.pk) == (opportunity.competitor_links.get().pk, opportunity.team_members.get().pk)


def test_a_user_without_a_role_cannot_join_the_team(admin, rep, stranger):
    opportunity = OpportunityFactory(owner=rep)
    form = form_of(admin, opportunity)
    add_inline_row(form, "team_members", user=stranger.pk, role="delivery")

    with unchanged():
        assert send(admin, opportunity, form).status_code == 422


def test_adding_the_same_contact_twice_is_refused(admin, rep):
    opportunity = OpportunityFactory(owner=rep)
    person = add_stakeholder(opportunity)

    for twice in (1, 2):
        form = form_of(admin, opportunity)
        for _ in range(twice):
            who = person.contact if twice == 1 else ContactFactory.build()
            add_inline_row(form, "stakeholders", contact=who.pk or person.contact_id, roles="champion")
        with unchanged():
            assert send(admin, opportunity, form).status_code == 422


MALFORMED = [
    {"stakeholders-TOTAL_FORMS": None},
    {"stakeholders-INITIAL_FORMS": "x"},
    {"stakeholders-TOTAL_FORMS": "9" * 30},
    {"stakeholders-TOTAL_FORMS": "10000"},
    {"stakeholders-0-id": "9" * 30},
    {"stakeholders-0-id": None},
]


@pytest.mark.sweep
def test_a_malformed_formset_saves_nothing(admin, rep, subtests):
    opportunity = OpportunityFactory(owner=rep)
    add_stakeholder(opportunity)
    drawn = form_of(admin, opportunity)

    for forged in MALFORMED:
        with subtests.test(str(forged)), unchanged():
            assert send(admin, opportunity, deepcopy(drawn), rating="hot", **forged).status_code == 422


def test_opportunities_cannot_be_added_copied_or_edited_in_the_list(admin, root, rep):
    opportunity = OpportunityFactory(owner=rep)

    for client in (admin, root):
        with unchanged():
            assert client.get(f"{LIST}add/").status_code == 403
            assert client.post(f"{LIST}add/", {"name": "X", "owner": rep.pk}).status_code == 403
            assert send(client, opportunity, form_of(client, opportunity), _saveasnew="1").status_code == 403
            client.post(LIST, {"_save": "Save", "form-TOTAL_FORMS": 1, "form-0-id": opportunity.pk, "form-0-name": "X"})


def test_reps_and_users_without_a_role_are_refused(client_of, rep, stranger):
    opportunity = ready_opportunity("Qualify", owner=rep)

    for user in (rep, stranger):
        client = client_of(user)
        with unchanged():
            for page in (
                LIST,
                page_of(opportunity),
                f"{LIST}{opportunity.pk}/delete/",
                f"{LIST}{opportunity.pk}/history/",
            ):
                assert client.get(page, follow=True).status_code == 403
                assert client.post(page, {"name": "X", "post": "yes"}, follow=True).status_code == 403
            asked = {
                "action": "advance",
                "_selected_action": opportunity.pk,
                f"stage-{opportunity.pk}": opportunity.active_stage_id,
            }
            assert client.post(LIST, asked | {"index": "0"}, follow=True).status_code == 403


def test_a_missing_opportunity_gives_a_redirect_or_an_error(admin):
    for wrong in ("999999", "abc", str(2**70), "%00"):
        assert admin.get(f"{LIST}{wrong}/change/").status_code in (302, 400, 404)
        assert admin.post(f"{LIST}{wrong}/change/", {"name": "X"}).status_code in (302, 400, 404)


def test_an_address_with_nul_is_a_bad_request(admin):
    for query in ("?status__exact=%00", "?q=%00", "?o=%00"):
        assert admin.get(LIST + query).status_code == 400
    find = "/admin/autocomplete/?app_label=opportunities&model_name=opportunity&field_name=owner&term=%00"
    assert admin.get(find).status_code == 400


# Deleting


def test_a_manager_cannot_delete_an_opportunity(admin, rep):
    opportunity = OpportunityFactory(owner=rep)

    with unchanged():
        assert post_drawn(admin, f"{LIST}{opportunity.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_superuser_deletes_an_opportunity_and_a_log_entry_is_kept(root, admin, rep):
    opportunity = won_opportunity(owner=rep, name="Fleet telematics")
    other = OpportunityFactory(owner=rep)

    post_drawn(root, f"{LIST}{opportunity.pk}/delete/", {"post": "yes"})

    assert list(Opportunity.objects.all()) == [other]
    record = LogEntry.objects.get(action_flag=DELETION)
    assert record.user.username == "root"
    assert (record.object_id, record.object_repr) == (str(opportunity.pk), "Fleet telematics")
    assert f"id: {opportunity.pk}; version: {opportunity.version}; name: Fleet telematics" in record.change_message
    assert "Fleet telematics" in admin.get("/admin/admin/logentry/").content.decode()
    assert list(run.faults()) == []


def test_the_delete_page_lists_the_child_rows(root, rep):
    opportunity = ready_opportunity("Propose", owner=rep)

    html = root.get(f"{LIST}{opportunity.pk}/delete/").content.decode()

    assert "Stakeholders: 2" in html
    assert "Stage visits: 3" in html


def test_the_log_entry_of_a_deletion_cannot_be_changed(root, admin, rep):
    opportunity = OpportunityFactory(owner=rep)
    post_drawn(root, f"{LIST}{opportunity.pk}/delete/", {"post": "yes"})
    record = LogEntry.objects.get(action_flag=DELETION)
    page = f"/admin/admin/logentry/{record.pk}/"

    for client in (admin, root):
        assert client.get(f"{page}change/").status_code == 200
        assert client.post(f"{page}change/", {"object_repr": "X"}).status_code == 403
        assert client.post(f"{page}delete/", {"post": "yes"}).status_code == 403
        assert client.post("/admin/admin/logentry/add/", {}).status_code == 403
    assert LogEntry.objects.get(pk=record.pk).object_repr == opportunity.name


# Lists and pages


def test_the_search_ignores_case_and_accents(admin, rep):
    OpportunityFactory(owner=rep, name="Søndre Ålesund")
    OpportunityFactory(owner=rep, name="Other", account=AccountFactory(name="Ærlig AS"))

    assert "Søndre Ålesund" in admin.get(f"{LIST}?q=SONDRE+alesund").content.decode()
    assert "Ærlig AS" in admin.get(f"{LIST}?q=aerlig").content.decode()
    assert "Søndre" not in admin.get(f"{LIST}?q=aerlig").content.decode()


@pytest.mark.sweep
def test_the_pages_run_at_most_15_queries(admin, rep, django_assert_max_num_queries):
    opportunity = OpportunityFactory(owner=rep)
    for _ in range(12):
        OpportunityFactory(owner=rep, account=AccountFactory())
        add_stakeholder(opportunity)
        add_competitor(opportunity)

    with django_assert_max_num_queries(15):
        admin.get(LIST)
    with django_assert_max_num_queries(15):
        admin.get(page_of(opportunity))


def test_the_pages_contain_no_inline_style_or_script(root, rep):
    opportunity, closed = opportunity_in("Develop", owner=rep), won_opportunity(owner=rep)

    for page in (
        LIST,
        page_of(opportunity),
        page_of(closed),
        f"{LIST}{opportunity.pk}/delete/",
        f"{LIST}{opportunity.pk}/history/",
    ):
        html = root.get(page).content.decode()
        assert "style=" not in html and "<script>" not in html and "onclick" not in html


def test_the_pages_are_translated_to_norwegian(admin, rep):
    opportunity = opportunity_in("Develop", owner=rep)
    admin.cookies["django_language"] = "nb"

    html = admin.get(page_of(opportunity)).content.decode()

    assert '<html lang="nb"' in html
    assert "Utvikle" in html
