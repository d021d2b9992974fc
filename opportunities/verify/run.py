"""Checks the data of a database against the rules of the process. Reads only, and prints nothing.

`faults()` reads all opportunities in batches. Neither memory nor queries per batch grow with their number.
The checks of an opportunity are in `checks` and the modules that `_faults_of` names; those of all other rows in the
modules that `faults` names.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import F
from django.utils import timezone

from opportunities.editing import found_by
from opportunities.models import LastLook, Opportunity
from opportunities.verify import (
    absence_checks,
    bulk_checks,
    closing_checks,
    customer_checks,
    definition_checks,
    event_checks,
    files,
    gate_checks,
    import_checks,
    mail_checks,
    opportunity_checks,
    preview_checks,
    row_checks,
    target_checks,
    unit_checks,
    waiver_checks,
    written_checks,
)
from opportunities.verify.definitions import Definitions
from opportunities.verify.faults import Fault, sentences
from opportunities.verify.snapshot import Snapshot, read_snapshots
from salesflow import folding

BATCH = 500


def faults(*, count: int = BATCH) -> Iterator[Fault]:
    """All faults: in the database, in the processes, and in the opportunities in the order of their ids."""
    for check in (
        _broken_references,
        *definition_checks.CHECKS,
        *customer_checks.CHECKS,
        *unit_checks.CHECKS,
        *absence_checks.CHECKS,
        *target_checks.CHECKS,
        _sorted_rows,
        _files_without_row,
        _previews,
        _choices,
        _mails,
        _bulk_runs,
        _imports,
        _last_looks,
        _found_by,
        _reminders,
    ):
        yield from _guarded(check)
    definitions = Definitions()
    last = 0
    while batch := read_snapshots(definitions, after=last, count=count):
        last = batch[-1].record.pk
        for snapshot in batch:
            yield from _faults_of(snapshot)


def _broken_references() -> Iterator[Fault]:
    """Each row that points to a missing one. SQLite allows a tool or a restore to write such a row."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_key_check")
            for table, row, target, _key in cursor.fetchall():
                yield Fault("database", f"row {row} of {table} refers to a row of {target} that does not exist")
        return
    try:
        connection.check_constraints()
    except IntegrityError as error:
        yield Fault("database", str(error))


def _sorted_rows() -> Iterator[Fault]:
    """Every row that lists sort by name has the right `sort_text`. `checks` does this for opportunities."""
    for model in apps.get_models():
        columns = [column for column in model._meta.fields if isinstance(column, folding.SortTextField)]
        for row in model._default_manager.order_by("pk").iterator() if columns and model is not Opportunity else ():
            for what in sentences(_order_faults, row):
                yield Fault(f"{model._meta.verbose_name} {row.pk}", what)


def _mails() -> Iterator[Fault]:
    """The mails of opportunities, their rows in the outbox, and the templates."""
    for mail, what in mail_checks.mails():
        yield Fault(mail.opportunity.name, what, mail.opportunity_id)
    for what in mail_checks.orphans():
        yield Fault("outbox", what)
    for name, what in mail_checks.templates():
        yield Fault(name, what)


def _bulk_runs() -> Iterator[Fault]:
    for name, what in bulk_checks.bulk_runs():
        yield Fault(name, what)


def _imports() -> Iterator[Fault]:
    for name, what in import_checks.imports():
        yield Fault(name, what)


def _order_faults(row: Any) -> Iterator[str]:
    for column in row._meta.fields:
        if isinstance(column, folding.SortTextField) and getattr(row, column.attname) != column.derived(row):
            yield f"is not sorted by its name: {column.name} does not follow from it"


def _files_without_row() -> Iterator[Fault]:
    for name in files.orphans(at=timezone.now()):
        yield Fault("files", f"no opportunity has {name}; `manage.py verify --sweep` deletes it")


def _previews() -> Iterator[Fault]:
    for preview, what in preview_checks.previews():
        opportunity = preview.attachment.opportunity
        yield Fault(opportunity.name, what, opportunity.pk)


def _choices() -> Iterator[Fault]:
    for row, what in row_checks.choices():
        name = f"{row._meta.verbose_name} {row.pk}"
        if isinstance(row, Opportunity):
            yield Fault(row.name, what, row.pk)
        elif opportunity := getattr(row, "opportunity", None):
            yield Fault(opportunity.name, f"its {name} {what}", opportunity.pk)
        else:
            yield Fault(name, what)


def _reminders() -> Iterator[Fault]:
    for user, what in row_checks.reminders():
        yield Fault(user.get_username(), what)


def _found_by() -> Iterator[Fault]:
    """Each opportunity is found by the names of itself, its account and its contact."""
    for row in Opportunity.objects.exclude(found_by=found_by.right_value()).order_by("pk").only("name").iterator():
        yield Fault(row.name, "is not found by its names: found_by does not follow from them", row.pk)


def _last_looks() -> Iterator[Fault]:
    """Nobody has seen a version that the opportunity has not had yet."""
    looks = LastLook.objects.filter(version__gt=F("opportunity__version")).order_by("pk")
    for look in looks.select_related("user", "opportunity").iterator():
        what = f"was seen by {look.user.get_username()} at version {look.version}, but is at {look.opportunity.version}"
        yield Fault(look.opportunity.name, what, look.opportunity_id)


def _faults_of(snapshot: Snapshot) -> Iterator[Fault]:
    every = (opportunity_checks, closing_checks, gate_checks, waiver_checks, event_checks, written_checks, files)
    for check in (check for module in every for check in module.CHECKS):
        for what in sentences(check, snapshot):
            yield Fault(snapshot.record.name, what, snapshot.record.pk)
    for what in sentences(gate_checks.stricter_later, snapshot):
        yield Fault(snapshot.record.name, what, snapshot.record.pk, is_stricter_later=True)


def _guarded(check: Callable[[], Iterator[Fault]]) -> Iterator[Fault]:
    """The faults that the check finds. An error that it raises is one more fault."""
    try:
        yield from check()
    except Exception as error:
        yield Fault("database", f"cannot be checked for {check.__name__}: {type(error).__name__}: {error}")
