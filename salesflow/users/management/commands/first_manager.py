"""Makes the first account of an empty installation."""

import getpass
import os
import warnings
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, transaction

from salesflow.users.models import SALES_MANAGER, User


class Command(BaseCommand):
    help = (
        "Makes the first account: a superuser with the role Sales manager. Asks for what neither an option nor the "
        "environment gives: FIRST_MANAGER_USERNAME, FIRST_MANAGER_EMAIL, FIRST_MANAGER_PASSWORD."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username")
        parser.add_argument("--email", help="May be empty; then no password can be reset by mail.")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="Asks nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manager = self.make(AnswerSource(is_interactive=options["interactive"]), options)
        except (OperationalError, ProgrammingError) as fault:
            raise CommandError(f"The database is not ready. Run: manage.py migrate ({fault})") from fault
        except KeyboardInterrupt as stopped:
            raise CommandError("Stopped. No account was made.") from stopped
        said = f"{manager.username} can sign in now, and add the others under Users in /admin/."
        self.stdout.write(self.style.SUCCESS(said))

    def make(self, answers: "AnswerSource", options: dict[str, Any]) -> User:
        refuse_when_not_first()
        username = answers.line("User name: ", options["username"], "FIRST_MANAGER_USERNAME")
        email = answers.line("E-mail: ", options["email"], "FIRST_MANAGER_EMAIL")
        manager = valid(User(username=username, email=email, is_staff=True, is_superuser=True))
        manager.set_password(valid_password(answers.password(), manager))
        with transaction.atomic():
            manager.save()
            manager.groups.add(Group.objects.get(name=SALES_MANAGER))
        return manager


class AnswerSource:
    """Reads each answer from an option, else from the environment, else from the terminal."""

    def __init__(self, *, is_interactive: bool) -> None:
        self.is_interactive = is_interactive

    def line(self, question: str, option: str | None, variable: str) -> str:
        given = os.environ.get(variable) if option is None else option
        return self._from_terminal(input, question) if given is None else given

    def password(self) -> str:
        given = os.environ.get("FIRST_MANAGER_PASSWORD")
        if given is not None:
            return given
        typed = self._from_terminal(getpass.getpass, "Password: ")
        if typed != self._from_terminal(getpass.getpass, "Once more: "):
            raise CommandError("The two passwords differ.")
        return typed

    def _from_terminal(self, ask: Callable[[str], str], question: str) -> str:
        try:
            if self.is_interactive:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", getpass.GetPassWarning)  # read from a pipe, not from a terminal
                    return ask(question)
        except (EOFError, OSError, RuntimeError, UnicodeDecodeError):  # no terminal
            self.is_interactive = False
        raise CommandError(
            "There is no terminal to ask in. Give --username and --email (which may be empty), and the password in "
            "the environment as FIRST_MANAGER_PASSWORD."
        )


def refuse_when_not_first() -> None:
    first = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if first:
        raise CommandError(
            f"There is a first manager already: {first.username}. "
            f"A forgotten password is set anew by: manage.py changepassword {first.username}"
        )


def valid(user: User) -> User:
    """Refuses what the form in the admin would refuse."""
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as refusal:
        raise CommandError("\n".join(refusal.messages)) from refusal
    return user


def valid_password(password: str, user: User) -> str:
    try:
        password.encode()
        validate_password(password, user)
    except UnicodeEncodeError as fault:
        raise CommandError("The password is not valid UTF-8.") from fault
    except ValidationError as refusal:
        raise CommandError("\n".join(refusal.messages)) from refusal
    return password
