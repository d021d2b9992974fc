"""Takes back what one row of an import did."""

import datetime
from typing import Any

from django.utils.translation import gettext as _

from opportunities import editing, transitions
from opportunities.customers import changing, entered
from opportunities.customers.models import Competitor, Contact, Merge
from opportunities.editing import answers, uses
from opportunities.imports import customer_rows
from opportunities.models import ImportRow, Opportunity
from opportunities.refusals import Gone, Refused
from salesflow.users.models import User

Outcome = ImportRow.Outcome


class ChangedSinceImport(Refused):
    """A person has changed what the row made."""

    code = "changed_since"


def take_back(row: ImportRow, by: User, at: datetime.datetime) -> None:
    """Deletes what the row created, or restores what it changed. Refusals: Gone, ChangedSince, and others."""
    record = row.created
    if record is None or row.written_version is None:
        raise Gone(_("It is not there any more."))
    if row.outcome == Outcome.CREATED:
        _delete(row, record, by, at)
    elif isinstance(record, Opportunity):
        _restore_opportunity(row, record, by, at)
    else:
        _restore_customer(row, record, by, at)
    ImportRow.objects.filter(pk=row.pk).update(outcome=Outcome.UNDONE, written_version=None)


def _delete(row: ImportRow, record: Any, by: User, at: datetime.datetime) -> None:
    """Deletes the row, then the customers that came with it and that nothing else uses."""
    assert row.written_version is not None  # noqa: S101 - by `take_back`
    if isinstance(record, Opportunity):
        transitions.undo_import(by=by, at=at, opportunity=record, version=row.written_version)
        along = [*_also_created(row), row.contact, row.account]
    else:
        _refuse_changed(row, record)
        uses.delete(record)
        along = [row.account] if record != row.account else []
    for each in along:
        if each is not None and not _is_kept(row, each):
            uses.delete(each)


def _also_created(row: ImportRow) -> list[Any]:
    """The stakeholders and competitors that came with the row and are still there."""
    found = list[Any]()
    for model in (Contact, Competitor):
        found += model.objects.filter(pk__in=row.also_created.get(str(model._meta.model_name), ()))
    return found


def _is_kept(row: ImportRow, customer: Any) -> bool:
    """Whether a customer that came with the row stays, because it is used, was changed, or was merged."""
    return (
        customer.version > 0 or _was_merged(customer) or bool(uses.of(customer).rows) or _has_another_row(row, customer)
    )


def _has_another_row(row: ImportRow, customer: Any) -> bool:
    """Whether another import has written to it. Imports have no rows about competitors."""
    if isinstance(customer, Competitor):
        return False
    written = {str(customer._meta.model_name): customer.pk, "written_version__isnull": False}
    return ImportRow.objects.filter(**written).exclude(run=row.run_id).exists()


def _was_merged(customer: Any) -> bool:
    """Whether another row was merged into it: then it is not only what the import made."""
    noun = str(customer._meta.model_name)
    return Merge.objects.filter(noun=noun, survivor_id=customer.pk).exists()


def _refuse_changed(row: ImportRow, customer: Any) -> None:
    if customer.version != row.written_version or _was_merged(customer):
        raise ChangedSinceImport(_("“%(name)s” was changed after it was imported.") % {"name": customer})


def _restore_opportunity(row: ImportRow, record: Opportunity, by: User, at: datetime.datetime) -> None:
    """Writes the values from before, which the event of the import has."""
    if record.version != row.written_version:
        raise ChangedSinceImport(_("“%(name)s” was changed after it was imported.") % {"name": record})
    event = record.events.get(version=row.written_version)
    with editing.editing(record, by=by, at=at, version=row.written_version) as fresh:
        for change in event.changes:
            answers.of(change["field"]).write_logged(fresh, change["old"])


def _restore_customer(row: ImportRow, record: Any, by: User, at: datetime.datetime) -> None:
    """Writes the values from before, which the history has."""
    _refuse_changed(row, record)
    before = changing.as_of(record, record.version - 1)
    if before is None:
        raise ChangedSinceImport(_("What “%(name)s” was before is not known any more.") % {"name": record})
    old = {name: entered.value(before, name) for name in entered.columns(record._meta.model)}
    seen = [each.row.pk for each in customer_rows.alike(record)]
    with customer_rows.valid_entries():
        changing.change(type(record), record.pk, old, version=record.version, by=by, at=at, despite=seen)
