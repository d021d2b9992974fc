"""`manage.py import_opportunities FILE --mapping M.json --by USER`: imports a file, as the pages do."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from opportunities.imports import making, outcomes, previewing, running, second_file
from opportunities.imports.mapping import BadMapping, Mapping
from opportunities.models import Import, ImportRow
from opportunities.refusals import Refused
from salesflow.users.models import User

TOGETHER = 100  # rows between two lines about the progress
SHOWN = 20  # refused rows that are named


class Command(BaseCommand):
    help = "Imports opportunities, accounts or contacts from a file. A mapping can be saved from the pages of imports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, required=True, help="What the columns mean, as JSON.")
        parser.add_argument("--by", required=True, metavar="USER", help="The username of the person who imports.")
        parser.add_argument("--history", type=Path, help="A second file: what happened to each opportunity.")
        parser.add_argument("--keeps", choices=Import.Keeps.values, help="Which stage open deals get.")
        parser.add_argument("--dry-run", action="store_true", help="Says what would be done, and does nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"There is no user “{options['by']}”.")
        try:
            with translation.override(by.language):
                self._import(by, options)
        except (Refused, BadMapping, OSError) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _import(self, by: User, options: dict[str, Any]) -> None:
        run = _mapped(by, options)
        try:
            self._count(run)
            if not options["dry_run"]:
                self._do(run)
        finally:
            if not Import.objects.filter(pk=run.pk, started_at__isnull=False).exists():
                making.discard(run)

    def _count(self, run: Import) -> None:
        while previewing.count_some(run.pk, previewing.SLICE, clock=timezone.now):
            pass
        run.refresh_from_db()
        if run.refusal:
            raise CommandError(run.refusal)
        for fate, count in sorted(previewing.fates(run).items()):
            self.stdout.write(f"{ImportRow.Fate(fate).label}: {count}")
        self._name(run, fate=ImportRow.Fate.REFUSE)

    def _do(self, run: Import) -> None:
        running.start(run, by=run.by, at=timezone.now())
        while running.do_some(run.pk, TOGETHER, clock=timezone.now):
            pass
        for name, count in vars(outcomes.counts(run)).items():
            if count:
                label = ImportRow.Outcome(name).label if name != "waiting" else name
                self.stdout.write(f"{label}: {count}")
        self._name(run, outcome=ImportRow.Outcome.REFUSED, fate__in=[ImportRow.Fate.CREATE, ImportRow.Fate.UPDATE])

    def _name(self, run: Import, **which: Any) -> None:
        """Names the first rows that are refused, and why."""
        for row in run.rows.filter(**which).order_by("number")[:SHOWN]:
            for problem in outcomes.problems(row):
                cell = f"{problem.column} “{problem.cell}”: " if problem.column else ""
                self.stdout.write(f"  {row.number}: {cell}{problem.sentence}")


def _mapped(by: User, options: dict[str, Any]) -> Import:
    """Stores the file with its mapping. The file must have the columns of the mapping."""
    mapping = Mapping.from_json(options["mapping"].read_text(encoding="utf-8"))
    at = timezone.now()
    with options["file"].open("rb") as file:
        upload = File(file)
        run = making.recognised(by=by, at=at, noun=mapping.noun, upload=upload, name=options["file"].name)
        run = making.begin(run, upload=upload)
    try:
        if options["history"]:
            with options["history"].open("rb") as file:
                second_file.add(run, upload=File(file), name=options["history"].name)
        return making.explain(run, mapping=mapping, keeps=options["keeps"] or run.keeps, at=at)
    except Exception:
        making.discard(run)
        raise
