"""A form of an opportunity without a valid version, or one that creates without a valid token, is refused with 400."""

import re
from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.urls import reverse

from opportunities.forms.base import EditingForm
from tests.support import addresses, factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, QUALIFY, opportunity_in, reread
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


def sent(client, form, name, values):
    form.fields.setlist(name, values)
    return client.post(form.action, form.fields.urlencode(), content_type=FORM)


@pytest.fixture
def assert_needs(subtests):
    """Each invalid value of this field is refused with 400 and writes nothing."""

    def assert_needs(client, form, name, invalid):
        for what, values in invalid.items():
            with subtests.test(f"{form.action} {what}"), unchanged():
                assert sent(client, form, name, values).status_code == 400

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


# Forms that create


def creating_views():
    """The names of the addresses with a form that creates something, of the pattern with what they are made of."""
    for name, pattern, view in addresses.named_views():
        if name.endswith("_merge") or name.startswith("merge_"):  # its form needs a second row: test_merge_pages.py
            continue
        if "run" in addresses.wanted_by(pattern):  # its form is on the page of an import: test_import_pages.py
            continue
        if name == "hand_over_undo":  # its form is on a report: test_handing_over.py
            continue
        if name == "list_cell":  # it creates only where nothing is planned: below
            continue
        if getattr(view, "is_sent_once", False) or name == "add_evidence":  # which answers twice by itself
            yield name, addresses.wanted_by(pattern)


def creating_pages(opportunity):
    """The addresses of the forms that create. `opportunity` has no debrief yet."""
    steps = {"mail_write_for": "thank_you_sent", "add_evidence": "competitors_identified"}
    for name, wanted in creating_views():
        given = {"pk": opportunity.pk} if "pk" in wanted else {}
        given |= {"step": factories.step(steps[name]).pk} if "step" in wanted else {}
        given |= {"row": opportunity.attachments.get().pk} if "row" in wanted else {}
        given |= {"user": opportunity.owner_id} if "user" in wanted else {}
        yield reverse(name, kwargs=given)


def form_of(page, url):
    """The form of the page that posts to this address, with or without a query."""
    if "/evidence/" in url:
        return part_of_the_panel(page, url)
    action = re.search(rf'action="({re.escape(url)}(\?[^"]*)?)"', page.content.decode())
    return Form(page, action[1] if action else url)


def part_of_the_panel(page, url):
    """The form that adds evidence. It is inside the form of the panel, and a script sends its entries."""
    hidden = {field.html_name: str(field.value() or "") for field in page.context["form"].hidden_fields()}
    fields = QueryDict(mutable=True)
    fields.update(hidden)
    return SimpleNamespace(action=url, fields=fields, hidden=set(hidden))


def creating_forms(form=EditingForm):
    """The classes of our forms that create something, without those that are only a base of others."""
    for each in form.__subclasses__():
        yield from creating_forms(each)
        if each.creates and not each.__subclasses__():
            yield each


def test_each_form_that_creates_needs_a_valid_token_and_one_of_an_opportunity_a_valid_version(client_of, rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.upload(opportunity)
    factories.plan(opportunity)
    of_rep, of_manager, accepted, seen = client_of(rep), client_of(manager), [], set()

    for url in creating_pages(opportunity):
        client = of_manager if url.startswith("/hand-over/") else of_rep
        shown_at = reverse("opportunity_list") if url == reverse("bulk_runs") else url
        page = client.get(shown_at, headers={"hx-request": "true"} if "/evidence/" in url else {})
        form = form_of(page, url)
        seen.add(type(page.context["form"]))
        for field, invalid in (("token", INVALID_TOKENS), ("version", INVALID_VERSIONS)):
            for name in [name for name in form.hidden if name.rpartition("-")[2] == field]:
                right = form.fields.getlist(name)
                for what, values in invalid.items():
                    with unchanged():
                        answer = sent(client, form, name, values)
                    accepted += [(url, field, what, answer.status_code)] if answer.status_code != 400 else []
                form.fields.setlist(name, right)

    assert accepted == []
    assert set(creating_forms()) <= seen


def test_a_next_step_that_is_planned_in_the_list_needs_a_valid_token(client_of, rep, assert_needs):
    opportunity, client = opportunity_in(DEVELOP, owner=rep), client_of(rep)
    url = reverse("list_cell", args=[opportunity.pk, "next"])

    assert_needs(client, Form(client.get(url), url), "next-token", INVALID_TOKENS)


def test_a_contact_that_a_picker_creates_needs_a_valid_token(client_of, rep):
    opportunity, client = opportunity_in(QUALIFY, owner=rep), client_of(rep)
    form = Form(client.get(opportunity.get_absolute_url()), reverse("save", args=[opportunity.pk]))
    form.fields.update({"contact": "new", "contact-find": "Eva Lind"})

    with unchanged():
        answers = [sent(client, form, "token", values) for values in INVALID_TOKENS.values()]

    assert {answer.status_code for answer in answers} == {400}


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
