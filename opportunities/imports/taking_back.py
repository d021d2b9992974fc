"""Takes back what one row of an import did."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from opportunities import access, editing, transitions
from opportunities.customers import changing, entered
from opportunities.customers.models import Account, Competitor, Contact, Merge
from opportunities.editing import answers, children, uses
from opportunities.imports import customer_rows
from opportunities.models import Import, ImportAct, ImportRow, Opportunity
from opportunities.refusals import Gone, Refused
from salesflow.users.models import User

Outcome = ImportRow.Outcome


class ChangedSinceImport(Refused):
    """A person has changed what the row made."""

    code = "changed_since"


class FormerOwnerGone(Refused):
    """The owner from before the import cannot own the opportunity any more."""

    code = "former_owner"


def take_back(row: ImportRow, by: User, at: datetime.datetime) -> None:
    """Deletes what the row created, or restores what it changed; then the customers that only imports made and used.

    Refusals: Gone, ChangedSince, and others.
    """
    record = row.created
    if record is None or row.written_version is None:
        raise Gone(_("It is not there any more."))
    customers = [*_came_with(row), *uses.named_by(record)]
    if row.outcome == Outcome.CREATED:
        _delete(row, record, by, at)
    elif isinstance(record, Opportunity):
        _restore_opportunity(row, record, by, at)
    else:
        customers.append(_restore_customer(row, record, by, at))
    ImportRow.objects.filter(pk=row.pk).update(outcome=Outcome.UNDONE, written_version=None)
    _delete_unused(row, [each for each in customers if each.pk is not None])


def _delete(row: ImportRow, record: Any, by: User, at: datetime.datetime) -> None:
    assert row.written_version is not None  # noqa: S101 - by `take_back`
    if isinstance(record, Opportunity):
        transitions.undo_import(by=by, at=at, opportunity=record, version=row.written_version)
    else:
        _refuse_changed(row, record)
        uses.delete(record)


def _came_with(row: ImportRow) -> list[Any]:
    """The customers that the row created beside its own opportunity, account or contact, and that are still there."""
    found: list[Any] = [each for each in (row.contact, row.account) if each is not None and each != row.created]
    for model in (Contact, Competitor, Account):
        found += model.objects.filter(pk__in=row.also_created.get(str(model._meta.model_name), ()))
    return found


# Customers that came with rows


def _delete_unused(row: ImportRow, customers: list[Any]) -> None:
    """Deletes those that rows created which are undone, unless they are kept; then what these refer to."""
    waiting = list({(type(each), each.pk): each for each in customers}.values())
    while waiting:
        customer = waiting.pop(0)
        if not _is_kept(row, customer):
            waiting += uses.named_by(customer)
            uses.delete(customer)


def _is_kept(row: ImportRow, customer: Any) -> bool:
    """Whether a customer stays: no undone row created it, it is used, was changed, or was merged.

    The cheap questions come first: most customers of an import are used by its next row.
    """
    creators = _creators(customer)
    if creators and Outcome.UNDONE not in creators:
        return True
    return (
        bool(uses.of(customer).rows)
        or not (creators or _came_along(row, customer))
        or not _is_as_created(customer)
        or _was_merged(customer)
        or _has_another_row(row, customer)
    )


def _creators(customer: Any) -> set[str]:
    """The outcomes of the rows that created it as the account or the contact of something else. One query."""
    name = str(customer._meta.model_name)
    if name not in _OWN_NOUNS:
        return set()
    rows = ImportRow.objects.filter(**{name: customer.pk}).exclude(run__noun=_OWN_NOUNS[name])
    return set(rows.order_by().values_list("outcome", flat=True))


def _came_along(row: ImportRow, customer: Any) -> bool:
    """Whether a row that is undone has created it besides: this one, or another."""
    name = str(customer._meta.model_name)
    if customer.pk in row.also_created.get(name, ()):
        return True
    undone_runs = ImportAct.objects.filter(act=ImportAct.Act.UNDO).values("of")
    undone = ImportRow.objects.filter(outcome=Outcome.UNDONE, run__in=undone_runs).exclude(also_created={})
    return any(customer.pk in ids.get(name, ()) for ids in undone.order_by().values_list("also_created", flat=True))


_OWN_NOUNS = {"account": Import.Noun.ACCOUNTS, "contact": Import.Noun.CONTACTS}
"""The imports whose rows are about accounts and contacts themselves, by the column. They may have been there before."""


def _is_as_created(customer: Any) -> bool:
    """Whether it has the values with which it was created: not changed, or what changed it is undone."""
    if customer.version == 0:
        return True
    first = changing.as_of(customer, 0)
    return first is not None and not customer.is_archived and entered.values(first) == entered.values(customer)


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
    leaves = not record.team_members.filter(user=record.owner).exists()
    with editing.editing(record, by=by, at=at, version=row.written_version, owner_leaves=leaves) as fresh:
        for change in event.changes:
            answers.of(change["field"]).write_logged(fresh, change["old"])
        _refuse_former_owner(record, fresh)
        for child in event.children:
            if child["what"] == "added":
                _delete_child(fresh, child)


def _refuse_former_owner(record: Opportunity, fresh: Opportunity) -> None:
    if fresh.owner_id != record.owner_id and not access.may_own(fresh.owner):
        sentence = _("The former owner, %(person)s, cannot have opportunities any more. Undo changes nothing here.")
        raise FormerOwnerGone(sentence % {"person": fresh.owner})


def _delete_child(record: Opportunity, child: Mapping[str, Any]) -> None:
    """Deletes the stakeholder or the member of the sales team that the write of the import added."""
    for added in children.CHILDREN[child["table"]].model._base_manager.filter(opportunity=record, pk=child["id"]):
        added.delete()


def _restore_customer(row: ImportRow, record: Any, by: User, at: datetime.datetime) -> Any:
    """Writes the values from before, which the history has. Returns the customer as it is then."""
    _refuse_changed(row, record)
    before = changing.as_of(record, record.version - 1)
    if before is None:
        raise ChangedSinceImport(_("What “%(name)s” was before is not known any more.") % {"name": record})
    old = {name: entered.value(before, name) for name in entered.columns(record._meta.model)}
    seen = [each.row.pk for each in customer_rows.alike(record)]
    with customer_rows.valid_entries():
        return changing.change(type(record), record.pk, old, version=record.version, by=by, at=at, despite=seen)
