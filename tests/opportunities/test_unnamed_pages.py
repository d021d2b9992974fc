"""A form without a valid version, or without a valid token when it creates a row, is refused with 400."""

import pytest
from django.urls import reverse

from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, opportunity_in
from tests.support.pages import FORM, Form

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

CHANGES = (
    "opportunity_edit",
    "opportunity_copy",
    "stakeholder_edit",
    "stakeholder_remove",
    "competitor_edit",
    "competitor_remove",
    "team_member_edit",
    "team_member_remove",
    "note_edit",
    "note_remove",
    "note_pin",
    "attachment_edit",
    "attachment_remove",
    "task_edit",
    "task_remove",
    "debrief_edit",
    "debrief_remove",
    "presentation_edit",
    "presentation_remove",
    "sell_alone",
    "no_known_competitors",
)
ADDS = (
    "stakeholder_add",
    "competitor_add",
    "team_member_add",
    "note_add",
    "task_add",
    "attachment_add",
    "presentation_add",
)
INVALID_VERSIONS = {"missing": [], "empty": [""], "garbled": ["x"], "doubled": ["1", "1"], "too large": ["9" * 19]}
INVALID_TOKENS = {
    "missing": [],
    "empty": [""],
    "garbled": ["not a token"],
    "short": ["abc"],
    "doubled": ["abcdefghijklmnopqrstuv", "abcdefghijklmnopqrstuw"],
}


@pytest.fixture
def opportunity(rep, colleague):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_competitor(opportunity)
    factories.add_team_member(opportunity, user=colleague)
    factories.write_note(opportunity)
    factories.upload(opportunity)
    factories.plan(opportunity)
    factories.file_debrief(opportunity)
    factories.present(opportunity)
    return opportunity


def url_of(view, opportunity):
    rows = {
        "stakeholder": opportunity.stakeholders,
        "competitor": opportunity.competitor_links,
        "team_member": opportunity.team_members,
        "note": opportunity.notes,
        "attachment": opportunity.attachments,
        "task": opportunity.tasks,
        "debrief": opportunity.debriefs,
        "presentation": opportunity.presentations,
    }
    noun, _, act = view.rpartition("_")
    has_row = noun in rows and act in ("edit", "remove", "pin")
    return reverse(view, args=[opportunity.pk, *([rows[noun].first().pk] if has_row else [])])


def sent(client, form, name, values):
    form.fields.setlist(name, values)
    return client.post(form.action, form.fields.urlencode(), content_type=FORM)


@pytest.mark.parametrize("values", INVALID_VERSIONS.values(), ids=INVALID_VERSIONS)
@pytest.mark.parametrize("view", CHANGES)
def test_a_form_that_changes_a_row_needs_a_valid_version(client_of, rep, opportunity, view, values):
    client, url = client_of(rep), url_of(view, opportunity)
    form = Form(client.get(url), url)

    with unchanged():
        answer = sent(client, form, "version", values)

    assert answer.status_code == 400


@pytest.mark.parametrize("values", INVALID_VERSIONS.values(), ids=INVALID_VERSIONS)
def test_the_button_that_completes_a_task_in_a_list_needs_a_valid_version(client_of, rep, opportunity, values):
    client, url = client_of(rep), reverse("task_done", args=[opportunity.pk, opportunity.tasks.first().pk])
    form = Form(client.get(reverse("my_tasks")), url)

    with unchanged():
        answer = sent(client, form, "version", values)

    assert answer.status_code == 400


@pytest.mark.parametrize("values", INVALID_VERSIONS.values(), ids=INVALID_VERSIONS)
@pytest.mark.parametrize("button", ["save", "advance", "go_back"])
def test_every_button_of_the_panel_needs_a_valid_version(client_of, rep, opportunity, button, values):
    client = client_of(rep)
    form = Form(client.get(opportunity.get_absolute_url()), reverse("save", args=[opportunity.pk]))
    form.fields["customer_need"], form.action = "Trucks", reverse(button, args=[opportunity.pk])

    with unchanged():
        answer = sent(client, form, "version", values)

    assert answer.status_code == 400


@pytest.mark.parametrize("values", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
@pytest.mark.parametrize("view", ADDS)
def test_a_form_that_adds_a_row_needs_a_valid_token(client_of, rep, opportunity, view, values):
    client, url = client_of(rep), url_of(view, opportunity)
    form = Form(client.get(url), url)

    with unchanged():
        answer = sent(client, form, "add-token", values)

    assert answer.status_code == 400


@pytest.mark.parametrize("values", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
@pytest.mark.parametrize("view", ["opportunity_new", "account_new"])
def test_a_new_opportunity_or_account_needs_a_valid_token(client_of, rep, view, values):
    client, url = client_of(rep), reverse(view)
    form = Form(client.get(url), url)
    form.fields["name"] = "Fleet"

    with unchanged():
        answer = sent(client, form, "token", values)

    assert answer.status_code == 400


@pytest.mark.parametrize("values", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
def test_a_copy_needs_a_valid_token(client_of, rep, opportunity, values):
    client, url = client_of(rep), url_of("opportunity_copy", opportunity)
    form = Form(client.get(url), url)

    with unchanged():
        answer = sent(client, form, "token", values)

    assert answer.status_code == 400


@pytest.mark.parametrize("values", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
@pytest.mark.parametrize("model", ["customers_account", "opportunities_statusreason", "stages_process", "users_user"])
def test_an_add_page_of_the_admin_needs_a_valid_token(client_of, model, values):
    root = factories.UserFactory(username="root", role=None, is_superuser=True, is_staff=True)
    client, url = client_of(root), reverse(f"admin:{model}_add")
    form = Form(client.get(url), None)
    form.action = url

    with unchanged():
        answer = sent(client, form, "token", values)

    assert answer.status_code == 400


@pytest.mark.parametrize("values", INVALID_VERSIONS.values(), ids=INVALID_VERSIONS)
def test_the_opportunity_in_the_admin_needs_a_valid_version(client_of, manager, opportunity, values):
    client, url = client_of(manager), reverse("admin:opportunities_opportunity_change", args=[opportunity.pk])
    form = Form(client.get(url), None)
    form.action = url

    with unchanged():
        answer = sent(client, form, "seen_version", values)

    assert answer.status_code == 400
