"""Moves of opportunities in the admin, forged posts, deleting, and lists."""

from copy import deepcopy

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from zeal import zeal_ignore

from opportunities.models import Opportunity, Stakeholder
from opportunities.verify import run
from tests.support.admin_forms import act, add_inline_row, form_of, listed, page_of, send
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    OpportunityFactory,
    add_competitor,
    add_stakeholder,
    add_team_member,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
    won_opportunity,
)
from tests.support.pages import post_drawn

pytestmark = pytest.mark.django_db
LIST = "/admin/opportunities/opportunity/"


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
