"""Fills an empty database with example data."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from opportunities.demo import load, users
from opportunities.demo.users import DatabaseContent
from opportunities.models import Opportunity
from salesflow.users.models import User

REFUSAL = (
    "This database holds data that is not of the demo, and demo users belong in a demo only. Nothing was changed. "
    "For a demo, let DATABASE_URL name an empty database, and migrate that."
)


class Command(BaseCommand):
    help = (
        "Fills an empty database with a demo: users, their customers, and opportunities in all stages. "
        "Makes nothing twice, and refuses a database that holds anything else."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--password", type=not_blank, help="of the demo users; of those of an existing demo too")
        parser.add_argument("--opportunities", type=number, default=len(load.entries()), metavar="N", help="how many")
        parser.add_argument("--people", type=number, default=0, metavar="N", help="how many more salespeople, in units")
        parser.add_argument("--if-empty", action="store_true", help="do nothing, quietly, when there is any data")

    def handle(self, *args: Any, **options: Any) -> None:
        found = users.database_content()
        if found is DatabaseContent.NOTHING:
            found = self.fill(options["opportunities"], options["people"], options["password"])
        if options["if_empty"] or found is DatabaseContent.NOTHING:
            return
        if found is DatabaseContent.REAL_DATA:
            raise CommandError(REFUSAL)
        self.renew(options["password"])

    def fill(self, count: int, people: int, password: str | None) -> DatabaseContent:
        """Makes the demo. Returns what the database contains if another run filled it first."""
        self.stdout.write(f"Making a demo of {count} opportunities ...")
        try:
            passwords = load.load_demo(
                at=timezone.now(), count=count, people=people, password=password, progress=self.progress(count)
            )
        except load.NotEmpty as refusal:
            return refusal.found
        except OperationalError as error:
            raise CommandError(f"Nothing was changed, because the database says: {error}") from error
        self.show(passwords)
        return DatabaseContent.NOTHING

    def renew(self, password: str | None) -> None:
        self.stdout.write(f"The demo is there already: {Opportunity.objects.count()} opportunities.")
        if password is None:
            self.stdout.write("New passwords for its users: manage.py demo --password …")
        else:
            self.show(users.set_passwords(password))

    def progress(self, count: int) -> load.Progress:
        every = max(count // 10, 1)
        shown = 0

        def show(done: int) -> None:
            nonlocal shown
            if done // every > shown:
                shown = done // every
                self.stdout.write(f"  {done} of {count}")

        return show

    def show(self, passwords: dict[User, str]) -> None:
        self.stdout.write("\nDemo sign-ins, shown this once:\n\n")
        rows = [(user.username, text, str(user), ", ".join(user.roles)) for user, text in passwords.items()]
        headed = [("User", "Password", "Name", "Role"), *rows]
        widths = [max(map(len, column)) for column in zip(*headed, strict=True)]
        for row in headed:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write(f"  {'  '.join(cells)}".rstrip())


def not_blank(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("a password is not blank")
    return text


def number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return int(text)
