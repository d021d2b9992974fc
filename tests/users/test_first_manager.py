"""The command that creates the first account of an empty installation."""

import io
import os

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from salesflow.users.models import SALES_MANAGER, User
from tests.support.factories import PASSWORD
from tests.support.meanwhile import failing

pytestmark = pytest.mark.django_db


@pytest.fixture
def password(monkeypatch):
    monkeypatch.setenv("FIRST_MANAGER_PASSWORD", PASSWORD)


def first_manager(*options):
    call_command("first_manager", *options, stdout=io.StringIO())


def test_the_command_creates_a_superuser_who_is_a_manager(password):
    first_manager("--username", "kari", "--email", "Kari@example.org")

    kari = User.objects.get()
    assert kari.is_superuser
    assert kari.is_manager
    assert kari.roles == {SALES_MANAGER}
    assert kari.check_password(PASSWORD)
    assert kari.email == "kari@example.org"


def test_the_command_refuses_a_password_that_is_not_utf8(monkeypatch):
    monkeypatch.setitem(os.environb, b"FIRST_MANAGER_PASSWORD", PASSWORD.encode() + b"\xff")

    with pytest.raises(CommandError, match="not valid UTF-8"):
        first_manager("--username", "kari", "--email", "")

    assert not User.objects.exists()


def test_the_command_asks_for_missing_values(monkeypatch):
    answers = iter(["kari", "kari@example.org"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    monkeypatch.setattr("getpass.getpass", lambda question: PASSWORD)

    first_manager()

    assert User.objects.get().check_password(PASSWORD)


def test_the_command_refuses_when_a_superuser_exists(superuser, password):
    with pytest.raises(CommandError, match="There is a first manager already: admin"):
        first_manager("--username", "kari", "--email", "")

    assert User.objects.count() == 1


@pytest.mark.parametrize("weak", ["short", "1234567890", "kari kari kari"])
def test_the_command_refuses_a_weak_password(monkeypatch, weak):
    monkeypatch.setenv("FIRST_MANAGER_PASSWORD", weak)

    with pytest.raises(CommandError, match="password"):
        first_manager("--username", "kari kari kari".replace(" ", "_"), "--email", "")

    assert not User.objects.exists()


def test_the_command_refuses_two_different_passwords(monkeypatch):
    typed = iter([PASSWORD, "something else"])
    monkeypatch.setattr("getpass.getpass", lambda question: next(typed))

    with pytest.raises(CommandError, match="differ"):
        first_manager("--username", "kari", "--email", "")


@pytest.mark.parametrize(("username", "email"), [("no spaces here", ""), ("kari", "no address"), ("rep", "")])
def test_the_command_refuses_an_invalid_or_taken_user_name_or_address(rep, password, username, email):
    with pytest.raises(CommandError):
        first_manager("--username", username, "--email", email)

    assert User.objects.count() == 1


ANSWERS = ["--username", "kari", "--email", "kari@example.org"]
NO_TERMINAL = "There is no terminal to ask in. Give --username and --email"


class NoTerminal(io.StringIO):
    """Standard input that is not a terminal."""


@pytest.fixture
def no_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdin", NoTerminal())
    monkeypatch.setattr("getpass.os.open", raising(OSError))  # /dev/tty


def raising(fault):
    def function(*args, **kwargs):
        raise fault

    return function


@pytest.mark.parametrize("options", [[], ["--username", "kari"], ANSWERS])
def test_without_a_terminal_the_command_names_the_options(no_terminal, options):
    with pytest.raises(CommandError, match=NO_TERMINAL):
        first_manager(*options)

    assert not User.objects.exists()


@pytest.mark.parametrize("options", [[], ["--username", "kari"], ANSWERS])
def test_with_noinput_the_command_asks_nothing(monkeypatch, options):
    monkeypatch.setattr("builtins.input", raising(AssertionError))
    monkeypatch.setattr("getpass.getpass", raising(AssertionError))

    with pytest.raises(CommandError, match=NO_TERMINAL):
        first_manager("--noinput", *options)


def test_the_environment_can_give_every_value(no_terminal, monkeypatch, password):
    monkeypatch.setenv("FIRST_MANAGER_USERNAME", "kari")
    monkeypatch.setenv("FIRST_MANAGER_EMAIL", "")

    first_manager("--noinput")

    assert User.objects.get().username == "kari"


def test_ctrl_c_at_a_question_ends_the_command_with_a_sentence(monkeypatch):
    monkeypatch.setattr("builtins.input", raising(KeyboardInterrupt))

    with pytest.raises(CommandError, match=r"Stopped\. No account was made\."):
        first_manager()


def test_a_database_without_tables_ends_the_command_with_a_sentence(password):
    without_tables = failing("users_user", OperationalError("no such table: users_user"))

    with without_tables, pytest.raises(CommandError, match=r"Run: manage\.py migrate"):
        first_manager(*ANSWERS)
