"""Asks for the digest of each user who gets one today. Run it every hour."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from opportunities.activities import digest


class Command(BaseCommand):
    help = (
        "Asks for one mail for each user with tasks that are late or due today, from seven o'clock on, once a day. "
        "Run it every hour; the worker sends the mails."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Mails: {digest.ask_for_mails(timezone.now())}")
