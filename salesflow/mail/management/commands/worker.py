"""Does the tasks, until it is stopped: sends mails, and does the rows of bulk runs and hand-overs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from salesflow.mail import beginnings, delivery

INTERVAL = 2
"""Seconds between two reads of the tasks. On SQLite each read locks the database for a moment."""


class Command(BaseCommand):
    help = (
        "Sends the mails of the outbox, until it is stopped. It ends when the database is away or busy for too long: "
        "run it as a service that is restarted. `make run` does."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", action="store_true", help="Ends when no task is left.")

    def handle(self, *args: Any, batch: bool, **options: Any) -> None:
        how = {"batch": batch, "interval": INTERVAL, "startup_delay": False, "reload": False, "verbosity": 0}
        try:
            delivery.wake()  # an earlier worker may have died during a task
            beginnings.begin()
            call_command("db_worker", **how)
        except OperationalError as fault:
            raise CommandError(f"The database did not answer, so the worker ends: {fault}") from fault
