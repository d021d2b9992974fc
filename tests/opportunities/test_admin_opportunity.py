"""Opportunities in the admin: the same door, the same rules."""

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
    """The form of the page that a refused post was answered with."""
    return Form(response, action=None)


def new_line(form, prefix, **values):
    number = int(form.fields[f"{prefix}-TOTAL_FORMS"])
    form.fields[f"{prefix}-TOTAL_FORMS"] = str(number + 1)
    for name, value in values.items():
        form.fields[f"{prefix}-{number}-{name}"] = str(value)


def listed(opportunity):
    """What the list says of an opportunity that it shows now, hidden."""
    now = drawn_for(opportunity)
    return {f"stage-{opportunity.pk}": now["from_stage"], f"version-{opportunity.pk}": now["page_version"]}


def act(client, action, *opportunities, **more):
    """Choose these opportunities in the list, as it stands now, and run the action."""
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


def test_a_change_is_written_with_its_event(admin, manager, rep):
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


def test_saving_what_was_there_writes_no_version(admin, rep):
    opportunity = ready_opportunity("Propose", owner=rep)

    with unchanged():
        assert send(admin, opportunity, form_of(admin, opportunity)).status_code == 302


def test_people_are_added_changed_and_removed_inside_the_door(admin, rep, colleague):
    opportunity = OpportunityFactory(owner=rep)
    leaving = add_stakeholder(opportunity)
    staying = add_stakeholder(opportunity)
    form = form_of(admin, opportunity)
    new_line(form, "team_members", user=colleague.pk, role="delivery")
    new_line(form, "competitor_links", competitor=CompetitorFactory().pk, note="Cheap")
    changes = {"stakeholders-0-DELETE": "on", "stakeholders-1-role": "champion"}

    assert send(admin, opportunity, form, **changes).status_code == 302

    after = reread(opportunity)
    assert (after.stakeholder_count, after.competitor_count, after.team_count) == (1, 1, 1)
    assert not Stakeholder.objects.filter(pk=leaving.pk).exists()
    assert Stakeholder.objects.get(pk=staying.pk).role == "champion"
    assert {line["what"] for line in after.events.first().children} == {"added", "changed", "removed"}
    assert list(run.faults()) == []


def test_tasks_are_added_and_changed_beside_a_next_step_that_can_only_be_read(admin, manager, rep):
    opportunity = OpportunityFactory(owner=rep, next_step="Call", next_step_due=TODAY)
    form = form_of(admin, opportunity)
    assert not {"next_step", "next_step_due", "tasks-0-done_at", "tasks-0-created_at"} & form.fields.keys()
    new_line(form, "tasks", text="Visit them", due="2026-02-01", time="09:30", owner=manager.pk)

    assert send(admin, opportunity, form, **{"tasks-0-text": "Write"}).status_code == 302

    changed, added = opportunity.tasks.order_by("pk")
    assert (changed.text, changed.created_by) == ("Write", rep)
    assert (added.text, added.owner, added.created_by) == ("Visit them", manager, manager)
    assert reread(opportunity).next_step == "Visit them"
    assert list(run.faults()) == []


def test_a_task_that_is_done_is_not_changed_in_the_admin(admin, rep):
    opportunity = OpportunityFactory(owner=rep, next_step="Call")
    factories.complete(opportunity.tasks.get())
    form = form_of(admin, opportunity)

    with unchanged():
        response = send(admin, opportunity, form, **{"tasks-0-text": "Write"})

    assert response.status_code == 422
    assert "“Call” has ended and cannot be changed." in response.content.decode()


def test_a_blank_behind_a_passed_gate_is_refused_on_its_field(admin, rep):
    opportunity = opportunity_in("Propose", owner=rep)
    form = form_of(admin, opportunity)

    with unchanged():
        response = send(admin, opportunity, form, customer_need="", name="Call")

    html = response.content.decode()
    assert response.status_code == 422
    assert "Develop has been passed and needs Customer need" in html
    assert 'value="Call"' in html
    assert "was changed successfully" not in admin.get("/admin/").content.decode()


def test_a_refused_write_leaves_no_line_in_the_log_of_the_admin(admin, rep):
    opportunity = opportunity_in("Propose", owner=rep)

    send(admin, opportunity, form_of(admin, opportunity), customer_need="")

    assert not LogEntry.objects.exists()


def test_a_stakeholder_that_a_passed_gate_rests_on_cannot_be_removed(admin, rep):
    opportunity = opportunity_in("Develop", owner=rep)
    form = form_of(admin, opportunity)

    with unchanged():
        response = send(admin, opportunity, form, **{"stakeholders-0-DELETE": "on", "stakeholders-1-DELETE": "on"})

    assert response.status_code == 422


def test_a_tick_without_evidence_is_refused_on_its_field(admin, rep):
    opportunity = OpportunityFactory(owner=rep)

    with unchanged():
        response = send(admin, opportunity, form_of(admin, opportunity), decision_maker_identified="on")

    assert response.status_code == 422
    assert "no stakeholder has the role Decision maker yet" in response.content.decode()


def test_the_owner_must_have_a_role(admin, rep, stranger):
    opportunity = OpportunityFactory(owner=rep)

    with unchanged():
        response = send(admin, opportunity, form_of(admin, opportunity), owner=stranger.pk)

    assert "has no role here" in response.content.decode()


def test_won_and_lost_are_not_forecast(admin, rep):
    opportunity = OpportunityFactory(owner=rep)

    with unchanged():
        assert send(admin, opportunity, form_of(admin, opportunity), forecast_category="won").status_code == 422


@pytest.mark.parametrize(
    "entries",
    [
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
    ],
)
def test_bad_input_is_an_error_of_the_form(admin, rep, entries):
    opportunity = OpportunityFactory(owner=rep)
    form = form_of(admin, opportunity)

    with unchanged():
        assert send(admin, opportunity, form, **entries).status_code == 422


def test_a_closed_opportunity_is_read_only(admin, root, rep):
    for opportunity in (won_opportunity(owner=rep), lost_opportunity(owner=rep)):
        for client in (admin, root):
            page = client.get(page_of(opportunity)).content.decode()
            assert 'name="_save"' not in page
            with unchanged():
                posted = {"name": "Mine", "seen_version": opportunity.version}
                assert client.post(page_of(opportunity), posted).status_code == 422


def test_one_that_was_closed_meanwhile_says_so_and_keeps_what_was_typed(admin, rep):
    opportunity = ready_opportunity("Close", owner=rep)
    form = form_of(admin, opportunity)
    act(admin, "finish", opportunity)
    win(reread(opportunity))

    with unchanged():
        response = send(admin, opportunity, form, name="Call Berit")

    html = response.content.decode()
    assert response.status_code == 422
    assert "This opportunity is closed" in html
    assert 'value="Call Berit"' in html


# Two at once


def test_what_only_others_changed_is_kept(admin, rep):
    opportunity = OpportunityFactory(owner=rep)
    form = form_of(admin, opportunity)
    edit(opportunity, description="Call", customer_need="Lorries")

    send(admin, opportunity, form, rating="hot")

    after = reread(opportunity)
    assert (after.description, after.customer_need, after.rating) == ("Call", "Lorries", "hot")


def test_a_field_that_both_changed_is_shown_with_both_values_and_saved_the_second_time(admin, rep):
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
    assert Stakeholder.objects.get(pk=person.pk).role == "champion"


def _change_role(person, role):
    with editing(person.opportunity, by=person.opportunity.owner, at=NOW) as record:
        row = record.stakeholders.get(pk=person.pk)
        row.role = role
        row.save()


def test_a_row_that_somebody_removed_meanwhile_is_told(admin, rep):
    opportunity = OpportunityFactory(owner=rep)
    person = add_stakeholder(opportunity)
    form = form_of(admin, opportunity)
    remove(person)

    with unchanged():
        response = send(admin, opportunity, form, rating="hot")

    assert response.status_code == 422
    assert "Another person removed a row" in response.content.decode()


@pytest.mark.parametrize("version", [None, "", "x", "-1", "1\0", str(2**70)])
def test_without_the_version_nothing_is_saved(admin, rep, version):
    opportunity = OpportunityFactory(owner=rep)
    form = form_of(admin, opportunity)

    with unchanged():
        response = send(admin, opportunity, form, seen_version=version, rating="hot")

    assert response.status_code == 400


# Moves


def test_next_stage_moves_those_that_are_ready_and_says_why_the_others_stay(admin, rep):
    ready, other = ready_opportunity("Qualify", owner=rep), OpportunityFactory(owner=rep, name="Not yet")

    said = act(admin, "advance", ready, other)

    assert reread(ready).active_stage == stage("Develop")
    assert reread(other).active_stage == stage("Qualify")
    assert "Done for 1 opportunity." in said
    assert "Not yet: Still needed for Develop: Identify contact" in said


def test_a_whole_page_is_moved_at_once(admin, rep):
    opportunities = [ready_opportunity("Qualify", owner=rep) for _ in range(10)]

    with zeal_ignore():  # each is moved by itself, in a transaction of its own
        assert "Done for 10 opportunities." in act(admin, "advance", *opportunities)


def test_next_stage_pressed_twice_moves_once(admin, rep):
    opportunity = ready_opportunity("Qualify", owner=rep)
    drawn = listed(opportunity)
    act(admin, "advance", opportunity, **drawn)

    with unchanged():
        said = act(admin, "advance", opportunity, **drawn)

    assert "This opportunity is in Develop now. Nothing was moved." in said


def test_back_finish_hold_and_resume(admin, rep):
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


def test_a_move_is_refused_on_a_closed_opportunity_and_without_a_reason_for_a_hold(admin, rep):
    closed, opportunity = won_opportunity(owner=rep), OpportunityFactory(owner=rep)

    with unchanged():
        for action in ("advance", "go_back", "finish", "hold", "resume"):
            assert "closed and can only be read" in act(admin, action, closed, reason="Because")
        assert "Say why it is put on hold." in act(admin, "hold", opportunity)


def test_an_action_that_was_not_drawn_moves_nothing(admin, rep):
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


def test_what_only_moves_change_cannot_be_posted(admin, root, rep):
    opportunity = OpportunityFactory(owner=rep)

    for client in (admin, root):
        with unchanged():
            send(client, opportunity, form_of(client, opportunity), **MOVED)


def test_a_row_of_another_opportunity_is_neither_changed_nor_taken(admin, rep):
    opportunity, other = OpportunityFactory(owner=rep), OpportunityFactory(owner=rep)
    mine, foreign = add_stakeholder(opportunity), add_stakeholder(other)
    form = form_of(admin, opportunity)

    with unchanged():
        forged = {"stakeholders-0-id": foreign.pk, "stakeholders-0-role": "champion"}
        assert send(admin, opportunity, form_of(admin, opportunity), **forged).status_code == 422
        assert send(admin, opportunity, form, **{"stakeholders-0-opportunity": other.pk}).status_code == 422
        forged = {"stakeholders-0-id": foreign.pk, "stakeholders-0-DELETE": "on"}
        assert send(admin, opportunity, form_of(admin, opportunity), **forged).status_code == 422
    assert Stakeholder.objects.get(pk=mine.pk).opportunity == opportunity


def test_whom_a_row_stands_for_stays(admin, rep, colleague, stranger):
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


def test_nobody_without_a_role_joins_the_team(admin, rep, stranger):
    opportunity = OpportunityFactory(owner=rep)
    form = form_of(admin, opportunity)
    new_line(form, "team_members", user=stranger.pk, role="delivery")

    with unchanged():
        assert send(admin, opportunity, form).status_code == 422


def test_the_same_contact_twice_is_a_sentence(admin, rep):
    opportunity = OpportunityFactory(owner=rep)
    person = add_stakeholder(opportunity)

    for twice in (1, 2):
        form = form_of(admin, opportunity)
        for _ in range(twice):
            who = person.contact if twice == 1 else ContactFactory.build()
            new_line(form, "stakeholders", contact=who.pk or person.contact_id, role="champion")
        with unchanged():
            assert send(admin, opportunity, form).status_code == 422


TAMPERED = [
    {"stakeholders-TOTAL_FORMS": None},
    {"stakeholders-INITIAL_FORMS": "x"},
    {"stakeholders-TOTAL_FORMS": "9" * 30},
    {"stakeholders-TOTAL_FORMS": "10000"},
    {"stakeholders-0-id": "9" * 30},
    {"stakeholders-0-id": None},
]


@pytest.mark.parametrize("forged", TAMPERED)
def test_a_form_that_was_tampered_with_saves_nothing(admin, rep, forged):
    opportunity = OpportunityFactory(owner=rep)
    add_stakeholder(opportunity)
    form = form_of(admin, opportunity)

    with unchanged():
        assert send(admin, opportunity, form, rating="hot", **forged).status_code == 422


def test_nothing_is_added_copied_or_edited_in_the_list(admin, root, rep):
    opportunity = OpportunityFactory(owner=rep)

    for client in (admin, root):
        with unchanged():
            assert client.get(f"{LIST}add/").status_code == 403
            assert client.post(f"{LIST}add/", {"name": "X", "owner": rep.pk}).status_code == 403
            assert send(client, opportunity, form_of(client, opportunity), _saveasnew="1").status_code == 403
            client.post(LIST, {"_save": "Save", "form-TOTAL_FORMS": 1, "form-0-id": opportunity.pk, "form-0-name": "X"})


def test_reps_and_strangers_do_not_get_in(client_of, rep, stranger):
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


def test_an_opportunity_that_is_not_there_leads_away(admin):
    for wrong in ("999999", "abc", str(2**70), "%00"):
        assert admin.get(f"{LIST}{wrong}/change/").status_code in (302, 400, 404)
        assert admin.post(f"{LIST}{wrong}/change/", {"name": "X"}).status_code in (302, 400, 404)


def test_an_address_with_nul_is_a_bad_request(admin):
    for query in ("?status__exact=%00", "?q=%00", "?o=%00"):
        assert admin.get(LIST + query).status_code == 400
    find = "/admin/autocomplete/?app_label=opportunities&model_name=opportunity&field_name=owner&term=%00"
    assert admin.get(find).status_code == 400


# Deleting


def test_a_manager_cannot_delete(admin, rep):
    opportunity = OpportunityFactory(owner=rep)

    with unchanged():
        assert post_drawn(admin, f"{LIST}{opportunity.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_superuser_deletes_one_and_leaves_a_record(root, admin, rep):
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


def test_before_deleting_one_is_told_what_goes_with_it(root, rep):
    opportunity = ready_opportunity("Propose", owner=rep)

    html = root.get(f"{LIST}{opportunity.pk}/delete/").content.decode()

    assert "Stakeholders: 2" in html
    assert "Stage visits: 3" in html


def test_the_record_of_a_deletion_can_only_be_read(root, admin, rep):
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


def test_the_list_finds_by_folded_text(admin, rep):
    OpportunityFactory(owner=rep, name="Søndre Ålesund")
    OpportunityFactory(owner=rep, name="Other", account=AccountFactory(name="Ærlig AS"))

    assert "Søndre Ålesund" in admin.get(f"{LIST}?q=SONDRE+alesund").content.decode()
    assert "Ærlig AS" in admin.get(f"{LIST}?q=aerlig").content.decode()
    assert "Søndre" not in admin.get(f"{LIST}?q=aerlig").content.decode()


def test_the_pages_cost_the_same_for_any_number_of_rows(admin, rep, django_assert_max_num_queries):
    opportunity = OpportunityFactory(owner=rep)
    for _ in range(12):
        OpportunityFactory(owner=rep, account=AccountFactory())
        add_stakeholder(opportunity)
        add_competitor(opportunity)

    with django_assert_max_num_queries(15):
        admin.get(LIST)
    with django_assert_max_num_queries(15):
        admin.get(page_of(opportunity))


def test_no_style_or_script_stands_in_the_pages(root, rep):
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


def test_the_pages_speak_norwegian(admin, rep):
    opportunity = opportunity_in("Develop", owner=rep)
    admin.cookies["django_language"] = "nb"

    html = admin.get(page_of(opportunity)).content.decode()

    assert '<html lang="nb"' in html
    assert "Utvikle" in html
