"""Checks the data of a database against the rules of the process. Reads only, and prints nothing.

`faults()` reads all opportunities in batches. Neither memory nor queries per batch grow with their number.
The checks are in `checks`, `closing_checks`, `gate_checks`, `waiver_checks`, `event_checks`, `written_checks`,
`mail_checks`, `merge_checks`, `files`, `preview_checks`, `row_checks`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from opportunities.customers.models import Account, Competitor, Contact, searched
from opportunities.models import LastLook, Opportunity, StatusReason
from opportunities.models.status_reasons import SET_BY_MOVES
from opportunities.verify import (
    bulk_checks,
    checks,
    closing_checks,
    event_checks,
    files,
    gate_checks,
    mail_checks,
    merge_checks,
    preview_checks,
    row_checks,
    waiver_checks,
    written_checks,
)
from opportunities.verify.definitions import Definitions
from opportunities.verify.snapshot import Snapshot, read_snapshots
from salesflow import folding
from salesflow.users.models import SALES_MANAGER, Unit, User, with_role
from stages import gates, vocabulary
from stages.models import Process, Step

BATCH = 500


@dataclass(frozen=True)
class Fault:
    """A broken rule, in an opportunity or (without an id) elsewhere."""

    name: str
    what: str
    opportunity_id: int | None = None
    is_stricter_later: bool = False
    """No fault, only information: the process has asked for something since the opportunity passed."""
    is_remark: bool = False
    """No fault, only information."""


def faults(*, count: int = BATCH) -> Iterator[Fault]:
    """All faults: in the database, in the processes, and in the opportunities in the order of their ids."""
    for check in (
        _broken_references,
        _unknown_words,
        _processes,
        _reasons,
        _named_rows,
        _units,
        _customer_versions,
        _sorted_rows,
        _files_without_row,
        _previews,
        _choices,
        _mails,
        _merges,
        _bulk_runs,
        _last_looks,
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


def _unknown_words() -> Iterator[Fault]:
    """The steps in use that name a field or evidence that this installation does not know."""
    fields, evidence = vocabulary.fields(), vocabulary.evidence()
    in_use = Step.objects.filter(is_archived=False, stage__is_archived=False, stage__process__is_archived=False)
    for step in in_use.select_related("stage__process"):
        name = f"{step.stage.process} › {step.stage} › {step}"
        if step.field not in fields:
            yield Fault(name, f"asks for a field that is not known: {step.field}")
        if step.evidence and step.evidence not in evidence:
            yield Fault(name, f"asks for evidence that is not known: {step.evidence}")


def _processes() -> Iterator[Fault]:
    """One process is used for new opportunities, and every process in use has a stage in use."""
    in_use = Process.objects.filter(is_archived=False)
    if not in_use.filter(is_default=True).exists():
        yield Fault("processes", "none is used for new opportunities")
    for process in in_use.exclude(stages__is_archived=False):
        yield Fault(str(process), "has no stage in use")


def _reasons() -> Iterator[Fault]:
    """The reasons that moves set exist."""
    there = set(StatusReason.objects.values_list("key", flat=True))
    for key in sorted(SET_BY_MOVES - there):
        yield Fault("status reasons", f"the one that moves set as “{key}” is missing")


def _named_rows() -> Iterator[Fault]:
    """Accounts, contacts and competitors have a name that can be seen, and are found by it."""
    for model in (Account, Contact, Competitor):
        for row in model._default_manager.only("name", "search_text", "name_key").order_by("pk").iterator():
            for what in _sentences(_name_faults, row):
                yield Fault(f"{model._meta.verbose_name} {row.pk}", what)


def _units() -> Iterator[Fault]:
    """No unit is part of itself, directly or through others. A lead is a manager with an active account."""
    above = dict(Unit.objects.values_list("pk", "parent"))
    for unit in Unit.objects.select_related("lead").order_by("pk"):
        if unit.pk in _chain(above, unit.parent_id):
            yield Fault(f"unit {unit.pk}", f"“{unit}” is part of itself")
    managers = with_role(User.objects.all(), (SALES_MANAGER,))
    for unit in Unit.objects.filter(lead__isnull=False).exclude(lead__in=managers).select_related("lead"):
        what = f"is led by {unit.lead}, who is no sales manager with an active account and sees nothing by that"
        yield Fault(f"unit “{unit}”", what, is_remark=True)


def _chain(above: dict[int, int | None], unit: int | None) -> list[int]:
    """The unit, and the units above it; a circle ends it."""
    found: list[int] = []
    while unit is not None and unit not in found:
        found.append(unit)
        unit = above.get(unit)
    return found


def _name_faults(row: Any) -> Iterator[str]:
    if not gates.is_filled(row.name):
        yield "has no name that can be seen"
    if row.search_text != searched(row):
        yield "is not found by its name: search_text does not follow from it"
    if row.name_key != row._meta.get_field("name_key").derived(row):
        yield "is not compared by its name: name_key does not follow from it"


def _customer_versions() -> Iterator[Fault]:
    """The version of an account, contact or competitor is that of the last entry in its history, if it has one."""
    for model in (Account, Contact, Competitor):
        history: Any = model.history
        last = history.filter(id=OuterRef("pk")).order_by("-history_id").values("version")[:1]
        rows: Any = model._default_manager.annotate(logged=Subquery(last)).exclude(logged=F("version"))
        for pk, version, logged in rows.order_by("pk").values_list("pk", "version", "logged"):
            if logged is not None:
                name = f"{model._meta.verbose_name} {pk}"
                yield Fault(name, f"is at version {version}, its history at {logged}")


def _sorted_rows() -> Iterator[Fault]:
    """Every row that lists sort by name has the right `sort_text`. `checks` does this for opportunities."""
    for model in apps.get_models():
        columns = [column for column in model._meta.fields if isinstance(column, folding.SortTextField)]
        for row in model._default_manager.order_by("pk").iterator() if columns and model is not Opportunity else ():
            for what in _sentences(_order_faults, row):
                yield Fault(f"{model._meta.verbose_name} {row.pk}", what)


def _mails() -> Iterator[Fault]:
    """The mails of opportunities, their rows in the outbox, and the templates."""
    for mail, what in mail_checks.mails():
        yield Fault(mail.opportunity.name, what, mail.opportunity_id)
    for what in mail_checks.orphans():
        yield Fault("outbox", what)
    for name, what in mail_checks.templates():
        yield Fault(name, what)


def _merges() -> Iterator[Fault]:
    """The rows that are part of others now have one that stayed, and nothing refers to them."""
    for name, what in merge_checks.merged():
        yield Fault(name, what)


def _bulk_runs() -> Iterator[Fault]:
    for name, what in bulk_checks.bulk_runs():
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


def _last_looks() -> Iterator[Fault]:
    """Nobody has seen a version that the opportunity has not had yet."""
    looks = LastLook.objects.filter(version__gt=F("opportunity__version")).order_by("pk")
    for look in looks.select_related("user", "opportunity").iterator():
        what = f"was seen by {look.user.get_username()} at version {look.version}, but is at {look.opportunity.version}"
        yield Fault(look.opportunity.name, what, look.opportunity_id)


def _faults_of(snapshot: Snapshot) -> Iterator[Fault]:
    every = (checks, closing_checks, gate_checks, waiver_checks, event_checks, written_checks, files)
    for check in (check for module in every for check in module.CHECKS):
        for what in _sentences(check, snapshot):
            yield Fault(snapshot.record.name, what, snapshot.record.pk)
    for what in _sentences(gate_checks.stricter_later, snapshot):
        yield Fault(snapshot.record.name, what, snapshot.record.pk, is_stricter_later=True)


def _guarded(check: Callable[[], Iterator[Fault]]) -> Iterator[Fault]:
    """The faults that the check finds. An error that it raises is one more fault."""
    try:
        yield from check()
    except Exception as error:
        yield Fault("database", f"cannot be checked for {check.__name__}: {type(error).__name__}: {error}")


def _sentences(check: Callable[[Any], Iterator[str]], snapshot: Any) -> Iterator[str]:
    """The sentences of the check. An error that it raises is one more sentence, and the next checks still run."""
    try:
        yield from check(snapshot)
    except Exception as error:
        yield f"cannot be checked for {check.__name__}: {type(error).__name__}: {error}"
