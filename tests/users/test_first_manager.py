"""The first account of an empty installation."""

import io

import pytest
from django.core.management import CommandError, call_command

from salesflow.users.models import SALES_MANAGER, User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def password(monkeypatch):
    monkeypatch.setenv("FIRST_MANAGER_PASSWORD", PASSWORD)


def first_manager(*options):
    call_command("first_manager", *options, stdout=io.StringIO())


def test_it_makes_a_superuser_who_is_a_manager(password):
    first_manager("--username", "kari", "--email", "Kari@example.org")

    kari = User.objects.get()
    assert kari.is_superuser
    assert kari.is_manager
    assert kari.roles == {SALES_MANAGER}
    assert kari.check_password(PASSWORD)
    assert kari.email == "kari@example.org"


def test_it_asks_for_what_is_not_given(monkeypatch):
    answers = iter(["kari", "kari@example.org"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    monkeypatch.setattr("getpass.getpass", lambda question: PASSWORD)

    first_manager()

    assert User.objects.get().check_password(PASSWORD)


def test_it_refuses_when_there_is_one(superuser, password):
    with pytest.raises(CommandError, match="There is a first manager already: admin"):
        first_manager("--username", "kari", "--email", "")

    assert User.objects.count() == 1


@pytest.mark.parametrize("weak", ["short", "1234567890", "kari kari kari"])
def test_it_refuses_a_weak_password(monkeypatch, weak):
    monkeypatch.setenv("FIRST_MANAGER_PASSWORD", weak)

    with pytest.raises(CommandError, match="password"):
        first_manager("--username", "kari kari kari".replace(" ", "_"), "--email", "")

    assert not User.objects.exists()


def test_it_refuses_two_different_passwords(monkeypatch):
    typed = iter([PASSWORD, "something else"])
    monkeypatch.setattr("getpass.getpass", lambda question: next(typed))

    with pytest.raises(CommandError, match="differ"):
        first_manager("--username", "kari", "--email", "")


@pytest.mark.parametrize(("username", "email"), [("no spaces here", ""), ("kari", "no address"), ("rep", "")])
def test_it_refuses_what_the_admin_would_refuse(rep, password, username, email):
    with pytest.raises(CommandError):
        first_manager("--username", username, "--email", email)

    assert User.objects.count() == 1
