"""Sends the mails that are due, once. For a site that runs no worker."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from salesflow.mail import delivery


class Command(BaseCommand):
    help = (
        "Sends the mails of the outbox that are due, and ends. Run it every minute by cron on a site without a worker; "
        "beside a running worker it does no harm."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Mails: {delivery.deliver_without_worker(clock=timezone.now)}")
