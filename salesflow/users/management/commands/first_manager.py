"""Make the first account of an empty installation."""

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from salesflow.users.models import SALES_MANAGER, User


class Command(BaseCommand):
    help = (
        "Makes the first account: a superuser with the role Sales manager. Asks for what no option gives; "
        "the password may also stand in the environment as FIRST_MANAGER_PASSWORD."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username")
        parser.add_argument("--email")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_when_not_first()
        username = options["username"] or input("User name: ")
        email = options["email"] if options["email"] is not None else input("E-mail: ")
        manager = valid(User(username=username, email=email, is_staff=True, is_superuser=True))
        manager.set_password(valid_password(ask_password(), manager))
        with transaction.atomic():
            manager.save()
            manager.groups.add(Group.objects.get(name=SALES_MANAGER))
        self.stdout.write(self.style.SUCCESS(f"{username} can sign in now, and add the others under Users in /admin/."))


def refuse_when_not_first() -> None:
    first = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if first:
        raise CommandError(
            f"There is a first manager already: {first.username}. "
            f"A forgotten password is set anew by: manage.py changepassword {first.username}"
        )


def valid(user: User) -> User:
    """Refuse what the form in the admin would refuse."""
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as refusal:
        raise CommandError("\n".join(refusal.messages)) from refusal
    return user


def ask_password() -> str:
    password = os.environ.get("FIRST_MANAGER_PASSWORD")
    if password is not None:
        return password
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Once more: "):
        raise CommandError("The two passwords differ.")
    return password


def valid_password(password: str, user: User) -> str:
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        raise CommandError("\n".join(refusal.messages)) from refusal
    return password
