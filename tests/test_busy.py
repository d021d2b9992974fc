"""Requests that need a row which another connection locks. They get a 503, write nothing and keep the entries."""

import pytest
from django.test import Client

from salesflow import once
from salesflow.users.models import User
from stages.models import Process
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    DEVELOP,
    PASSWORD,
    QUALIFY,
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    opportunity_in,
    reason,
    stage,
    step,
)
from tests.support.locks import held, held_all
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = {
    "user": lambda manager: manager,
    "account": lambda manager: AccountFactory(),
    "contact": lambda manager: ContactFactory(account=None),
    "competitor": lambda manager: CompetitorFactory(),
    "reason": lambda manager: reason("canceled"),
    "process": lambda manager: Process.objects.get(),
    "stage": lambda manager: stage(QUALIFY),
    "step": lambda manager: step("customer_need"),
}

NAMED_BY = {"user": "first_name", "reason": "name_en", "process": "name_en", "stage": "name_en", "step": "name_en"}


@pytest.fixture
def manager_client(manager):
    """A client of a manager that returns error pages instead of raising."""
    client = Client(raise_request_exception=False)
    client.force_login(manager)
    return client


def filled_in(client, address, **typed):
    """The body that the form at this address posts."""
    form = Form(client.get(address), None)
    for name, value in typed.items():
        form.fields[name] = value
    return form.fields.urlencode()


def is_busy_page(answer):
    return (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_the_admin_keeps_the_entries_when_the_row_is_locked(manager, manager_client):
    for kind, make in ROWS.items():
        row = make(manager)
        address = f"/admin/{row._meta.label_lower.replace('.', '/')}/{row.pk}/change/"
        sent = filled_in(manager_client, address, **{NAMED_BY.get(kind, "name"): "Another name"})

        with unchanged(), held(row):
            answer = manager_client.post(address, sent, content_type=FORM)

        assert is_busy_page(answer), kind
        assert 'value="Another name"' in answer.content.decode(), kind


def test_a_language_theme_or_start_page_can_be_sent_again_when_the_user_is_locked(manager, manager_client):
    for name, chosen, page_language, button in (
        ("theme", "dark", "en", "Try again"),
        ("language", "nb", "nb", "Prøv igjen"),
        ("start_page", "board", "en", "Try again"),
    ):
        manager_client.cookies["django_language"] = page_language
        address = f"/user/{name.replace('_', '-')}/"
        with unchanged(), held(manager):
            answer = manager_client.post(address, {name: chosen, "next": "/funnel/"})
        assert is_busy_page(answer)

        again = Form(answer, address)
        again.press(manager_client, button)

        assert getattr(User.objects.get(pk=manager.pk), name) == chosen


def test_a_sign_in_gets_a_busy_page_without_the_password_when_the_user_is_locked(manager):
    client = Client(raise_request_exception=False)

    with unchanged(), held(manager):
        answer = client.post("/user/login/", {"login": "manager", "password": PASSWORD})

    assert is_busy_page(answer)
    assert PASSWORD not in answer.content.decode()
    assert "go back and send it again" in answer.content.decode()
    assert client.get("/funnel/").status_code == 302


def test_a_sign_in_gets_a_busy_page_when_the_cache_is_locked(manager):
    client = Client(raise_request_exception=False)
    client.post("/user/login/", {"login": "manager", "password": "wrong"})

    with held_all("cache"):
        answer = client.post("/user/login/", {"login": "manager", "password": PASSWORD})

    assert is_busy_page(answer)


def test_a_password_is_unchanged_when_the_user_is_locked(manager, manager_client):
    entries = {"oldpassword": PASSWORD, "password1": "ice on the lake 8", "password2": "ice on the lake 8"}

    with unchanged(), held(manager):
        answer = manager_client.post("/user/password/change/", entries)

    assert is_busy_page(answer)
    assert "ice on the lake" not in answer.content.decode()


def test_a_panel_keeps_the_entries_when_the_opportunity_is_locked(manager, manager_client):
    opportunity = opportunity_in(DEVELOP, owner=manager)
    sent = {"stage": stage(DEVELOP).pk, "version": opportunity.version, "ticks": "", "customer_need": "Fewer calls"}

    with unchanged(), held(opportunity):
        answer = manager_client.post(f"{opportunity.get_absolute_url()}save/", sent)

    assert is_busy_page(answer)
    assert "Fewer calls" in answer.content.decode()


def test_the_page_for_a_new_opportunity_keeps_the_entries_when_the_process_is_locked(manager, manager_client):
    with unchanged(), held_all("stages_process"):
        answer = manager_client.post("/opportunities/new/", {"name": "Turbines", "token": once.new_token()})

    assert is_busy_page(answer)
    assert "The database is busy. Nothing was saved. Try again in a moment." in answer.content.decode()
    assert "Another person is changing this opportunity" not in answer.content.decode()
    assert "Turbines" in answer.content.decode()
