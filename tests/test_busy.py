"""Another person holds what a request wants to write: an answer that says so, nothing written, nothing typed lost."""

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
def impatient(manager):
    """A manager in a browser, who reads the page that comes."""
    client = Client(raise_request_exception=False)
    client.force_login(manager)
    return client


def filled_in(client, address, **typed):
    """What the form at this address would send."""
    form = Form(client.get(address), None)
    for name, value in typed.items():
        form.fields[name] = value
    return form.fields.urlencode()


def is_busy_page(answer):
    return (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_whatever_the_admin_cannot_save_right_now_is_kept_on_the_page(manager, impatient):
    for kind, make in ROWS.items():
        row = make(manager)
        address = f"/admin/{row._meta.label_lower.replace('.', '/')}/{row.pk}/change/"
        sent = filled_in(impatient, address, **{NAMED_BY.get(kind, "name"): "Another name"})

        with unchanged(), held(row):
            answer = impatient.post(address, sent, content_type=FORM)

        assert is_busy_page(answer), kind
        assert 'value="Another name"' in answer.content.decode(), kind


def test_a_choice_that_cannot_be_saved_right_now_is_offered_once_more_in_the_language_of_the_reader(manager, impatient):
    for name, chosen, reads, button in (("theme", "dark", "en", "Try again"), ("language", "nb", "nb", "Prøv igjen")):
        impatient.cookies["django_language"] = reads
        with unchanged(), held(manager):
            answer = impatient.post(f"/user/{name}/", {name: chosen, "next": "/funnel/"})
        assert is_busy_page(answer)

        again = Form(answer, f"/user/{name}/")
        again.press(impatient, button)

        assert getattr(User.objects.get(pk=manager.pk), name) == chosen


def test_a_sign_in_that_has_to_wait_is_no_attempt_too_many_and_shows_no_password(manager):
    client = Client(raise_request_exception=False)

    with unchanged(), held(manager):
        answer = client.post("/user/login/", {"login": "manager", "password": PASSWORD})

    assert is_busy_page(answer)
    assert PASSWORD not in answer.content.decode()
    assert "go back and send it again" in answer.content.decode()
    assert client.get("/funnel/").status_code == 302


def test_a_counter_of_attempts_that_cannot_be_written_right_now_is_no_attempt_too_many(manager):
    client = Client(raise_request_exception=False)
    client.post("/user/login/", {"login": "manager", "password": "wrong"})

    with held_all("cache"):
        answer = client.post("/user/login/", {"login": "manager", "password": PASSWORD})

    assert is_busy_page(answer)


def test_a_password_that_cannot_be_changed_right_now_stays_as_it_was(manager, impatient):
    entries = {"oldpassword": PASSWORD, "password1": "ice on the lake 8", "password2": "ice on the lake 8"}

    with unchanged(), held(manager):
        answer = impatient.post("/user/password/change/", entries)

    assert is_busy_page(answer)
    assert "ice on the lake" not in answer.content.decode()


def test_an_opportunity_that_cannot_be_saved_right_now_keeps_what_was_typed(manager, impatient):
    opportunity = opportunity_in(DEVELOP, owner=manager)
    sent = {"stage": stage(DEVELOP).pk, "version": opportunity.version, "customer_need": "Fewer calls"}

    with unchanged(), held(opportunity):
        answer = impatient.post(f"{opportunity.get_absolute_url()}save/", sent)

    assert is_busy_page(answer)
    assert "Fewer calls" in answer.content.decode()


def test_a_new_opportunity_that_cannot_be_saved_right_now_names_no_other_person(manager, impatient):
    with unchanged(), held_all("stages_process"):
        answer = impatient.post("/opportunities/new/", {"name": "Turbines", "token": once.new_token()})

    assert is_busy_page(answer)
    assert "The database is busy. Nothing was saved. Try again in a moment." in answer.content.decode()
    assert "Another person is changing this opportunity" not in answer.content.decode()
    assert "Turbines" in answer.content.decode()
