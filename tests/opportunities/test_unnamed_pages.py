"""A form without a valid version, or without a valid token when it creates a row, is refused with 400."""

import pytest
from django.urls import reverse

from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, opportunity_in, reread
from tests.support.pages import FORM, Form

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("cast")]

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


@pytest.fixture(scope="module")
def rows(cast):
    """An opportunity in Develop with a row in each child table."""
    opportunity = opportunity_in(DEVELOP, owner=cast["rep"])
    factories.add_competitor(opportunity)
    factories.add_team_member(opportunity, user=cast["colleague"])
    factories.write_note(opportunity)
    factories.upload(opportunity)
    factories.plan(opportunity)
    factories.file_debrief(opportunity)
    factories.present(opportunity)
    return opportunity


@pytest.fixture
def opportunity(rows):
    return reread(rows)


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


@pytest.fixture
def assert_needs(subtests):
    """Each invalid value of this field is refused with 400 and writes nothing."""

    def assert_needs(client, form, name, invalid):
        for what, values in invalid.items():
            with subtests.test(f"{form.action} {what}"), unchanged():
                form.fields.setlist(name, values)

                answer = client.post(form.action, form.fields.urlencode(), content_type=FORM)

                assert answer.status_code == 400

    return assert_needs


@pytest.mark.parametrize("view", CHANGES)
def test_a_form_that_changes_a_row_needs_a_valid_version(client_of, rep, opportunity, view, assert_needs):
    client, url = client_of(rep), url_of(view, opportunity)

    assert_needs(client, Form(client.get(url), url), "version", INVALID_VERSIONS)


def test_the_button_that_completes_a_task_in_a_list_needs_a_valid_version(client_of, rep, opportunity, assert_needs):
    client, url = client_of(rep), reverse("task_done", args=[opportunity.pk, opportunity.tasks.first().pk])

    assert_needs(client, Form(client.get(reverse("my_tasks")), url), "version", INVALID_VERSIONS)


@pytest.mark.parametrize("button", ["save", "advance", "go_back"])
def test_every_button_of_the_panel_needs_a_valid_version(client_of, rep, opportunity, button, assert_needs):
    client = client_of(rep)
    form = Form(client.get(opportunity.get_absolute_url()), reverse("save", args=[opportunity.pk]))
    form.fields["customer_need"], form.action = "Trucks", reverse(button, args=[opportunity.pk])

    assert_needs(client, form, "version", INVALID_VERSIONS)


@pytest.mark.parametrize("view", ADDS)
def test_a_form_that_adds_a_row_needs_a_valid_token(client_of, rep, opportunity, view, assert_needs):
    client, url = client_of(rep), url_of(view, opportunity)

    assert_needs(client, Form(client.get(url), url), "add-token", INVALID_TOKENS)


@pytest.mark.parametrize("view", ["opportunity_new", "competitor_new"])
def test_a_new_opportunity_or_competitor_needs_a_valid_token(client_of, rep, view, assert_needs):
    client, url = client_of(rep), reverse(view)
    form = Form(client.get(url), url)
    form.fields["name"] = "Fleet"

    assert_needs(client, form, "token", INVALID_TOKENS)


def test_a_copy_needs_a_valid_token(client_of, rep, opportunity, assert_needs):
    client, url = client_of(rep), url_of("opportunity_copy", opportunity)

    assert_needs(client, Form(client.get(url), url), "token", INVALID_TOKENS)


@pytest.mark.parametrize("model", ["customers_account", "opportunities_statusreason", "stages_process", "users_user"])
def test_an_add_page_of_the_admin_needs_a_valid_token(client_of, model, assert_needs):
    root = factories.UserFactory(username="root", role=None, is_superuser=True, is_staff=True)
    client, url = client_of(root), reverse(f"admin:{model}_add")
    form = Form(client.get(url), None)
    form.action = url

    assert_needs(client, form, "token", INVALID_TOKENS)


def test_the_opportunity_in_the_admin_needs_a_valid_version(client_of, manager, opportunity, assert_needs):
    client, url = client_of(manager), reverse("admin:opportunities_opportunity_change", args=[opportunity.pk])
    form = Form(client.get(url), None)
    form.action = url

    assert_needs(client, form, "seen_version", INVALID_VERSIONS)
