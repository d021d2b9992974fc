"""Checks the data against the rules of the process."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from opportunities.models import Event, Opportunity, StageVisit
from opportunities.verify import files, run


class Command(BaseCommand):
    help = "Checks that all opportunities are as the rules of the process allow; lists what is wrong and exits 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sweep", action="store_true", help="First deletes files that no opportunity has.")

    def handle(self, *args: Any, sweep: bool, **options: Any) -> None:
        if sweep:
            self.stdout.write(f"Files deleted that no opportunity has: {files.sweep(at=timezone.now())}.")
        found, stricter = 0, Counter[str]()
        for fault in run.faults():
            if fault.is_stricter_later:
                stricter[fault.what] += 1
            elif fault.is_remark:
                self.stdout.write(f"No fault: {fault.name} {fault.what}.")
            else:
                found += 1
                self.stdout.write(" ".join([str(fault.opportunity_id or "–"), f"{fault.name}:", fault.what]))
        for what, count in stricter.items():
            self.stdout.write(f"Missing later, no fault: {what}; {count} opportunities passed before.")
        self.stdout.write(counts())
        if found:
            raise CommandError(f"Faults: {found}")
        self.stdout.write(self.style.SUCCESS("No faults."))


def counts() -> str:
    by_status = ", ".join(
        f"{Opportunity.objects.filter(status=status).count()} {status}" for status in Opportunity.Status.values
    )
    return f"Checked {by_status} opportunities, {StageVisit.objects.count()} visits, {Event.objects.count()} events."
