"""The mail templates: what ships, and how managers change them in the admin."""

import re

import pytest
from django.urls import reverse

from opportunities import mail_templates
from opportunities.models import MailTemplate
from opportunities.models.mail_placeholders import PLACEHOLDERS
from tests.support.db_assertions import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return MailTemplate.objects.get(key="thank_you")


@pytest.fixture
def client(client_of, manager):
    return client_of(manager)


def change_url(template):
    return reverse("admin:opportunities_mailtemplate_change", args=[template.pk])


def test_the_shipped_template_is_valid_and_is_not_installed_twice(template):
    template.full_clean()

    mail_templates.install(MailTemplate)

    assert MailTemplate.objects.count() == 1


def save(client, template, **entries):
    page = client.get(change_url(template))
    form = page.context["adminform"].form
    fields = {name: form[name].value() for name in form.fields} | {"is_archived": ""} | entries
    state = {name: value for name, value in _hidden(page).items() if name not in fields}
    fields = {name: value for name, value in fields.items() if value not in ("", None, False)}
    return client.post(change_url(template), {**state, **fields, "_save": "Save"})


def _hidden(page):
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def test_a_manager_changes_a_template_and_its_history_keeps_the_text_before(client, template, manager):
    before = template.body_nb

    answer = save(client, template, body_nb="Hei {first_name}")

    assert answer.status_code == 302, answer.content.decode()
    template.refresh_from_db()
    assert template.body_nb == "Hei {first_name}"
    newest, oldest = template.history.all()
    assert (oldest.body_nb, newest.history_user) == (before, manager)


@pytest.mark.parametrize(
    ("column", "text", "sentence"),
    [
        ("body_en", "Dear {name}", "There is no placeholder {name}."),
        ("subject_nb", "Til {Contact}", "There is no placeholder {Contact}."),
        ("body_nb", "Hei {contact", "A single “{” belongs to no placeholder."),
        ("body_en", "{{contact}}", "A single “{” belongs to no placeholder."),
        ("subject_en", "{}", "There is no placeholder {}."),
    ],
)
def test_an_unknown_placeholder_is_refused_with_those_that_there_are(client, template, column, text, sentence):
    with unchanged():
        answer = save(client, template, **{column: text})

    page = answer.content.decode()
    assert sentence in page
    assert all(f"{{{name}}}" in page for name in PLACEHOLDERS)


def test_the_template_that_a_step_begins_with_cannot_be_archived_or_deleted(client, template):
    with unchanged():
        answer = save(client, template, is_archived="on")
        deleted = client.post(reverse("admin:opportunities_mailtemplate_delete", args=[template.pk]), {"post": "yes"})

    assert "A step begins its mail with this template." in answer.content.decode()
    assert deleted.status_code == 403
