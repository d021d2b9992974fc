"""Merges two accounts, contacts or competitors."""

import datetime
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from opportunities import access, editing
from opportunities.customers import saving
from opportunities.customers.merges import Merge
from opportunities.customers.models import DERIVED, Account, Contact, Customer
from opportunities.editing import Gone, NotAllowed, Refused, replacing_customers, row_values
from opportunities.editing.replacing_customers import Moved, Swap
from opportunities.merging import columns, locking, parents
from opportunities.models import Erasure
from salesflow.users.models import User

MOST_OPPORTUNITIES = 1000
"""So many opportunities of the row that goes are moved at once, in one transaction."""


class StaleMerge(Refused):
    """One of the two rows was changed since the page was opened."""

    code = "stale_merge"
    is_stale = True


class BeingErased(Refused):
    """The data of one of the two persons is being erased, and the review is open."""

    code = "being_erased"


class TooMany(Refused):
    """The row that goes is on too many opportunities."""

    code = "too_many"


def merge(
    model: type[Customer],
    *,
    survivor: int,
    gone: int,
    by: User,
    at: datetime.datetime,
    take: Collection[str] = (),
    versions: tuple[int, int] | None = None,
) -> Merge:
    """Makes one row of two: everything that refers to `gone` refers to `survivor` afterwards.

    `take` names the columns whose value is that of the row that goes. `versions` are those of both rows on the page,
    first that of the one that stays. Refusals: NotAllowed, Gone, StaleMerge, BeingErased, TooMany, Busy,
    BrokenConstraint.
    """
    if not access.may_merge(by):
        raise NotAllowed(_("Only managers who see all opportunities may merge."))
    with editing.written_or_refused(is_new=True):
        opportunities = sorted(replacing_customers.opportunities_of(model, gone))
        if len(opportunities) > MOST_OPPORTUNITIES:
            raise TooMany(_too_many(len(opportunities)))
        swap = _locked(model, survivor, gone, opportunities, versions)
        _refuse_erasing(model, survivor, gone)  # an erasure that began meanwhile has ended now, or has not locked them
        opportunities = locking.now_referring(swap.gone, opportunities)
        moved = [*_own_references(swap, by, at), *_survivor(swap, take, by, at)]
        for each in opportunities:
            moved += replacing_customers.replace(each, swap, by=by, at=at)
        return _logged(swap, moved, by, at)


def _refuse_erasing(model: type[Customer], *ids: int) -> None:
    if model is Contact and Erasure.objects.filter(contact__in=ids, accepted_at=None).exists():
        raise BeingErased(_("The data of one of the two is being erased. Accept that review first."))


def _too_many(number: int) -> str:
    sentence = _(
        "The one that goes is on %(number)d opportunities. At most %(most)d can be moved at once. Keep it instead."
    )
    return sentence % {"number": number, "most": MOST_OPPORTUNITIES}


def _locked(
    model: type[Customer], survivor: int, gone: int, opportunities: list[int], versions: tuple[int, int] | None
) -> Swap:
    rows = locking.lock(model, (survivor, gone), opportunities)
    if not {survivor, gone} <= rows.keys() or survivor == gone:
        raise Gone(_("One of the two does not exist any more. It may have been merged already."))
    swap = Swap(gone=rows[gone], survivor=rows[survivor])
    if versions is not None and versions != (swap.survivor.version, swap.gone.version):
        raise StaleMerge(_("One of the two was changed since this page was opened. Compare them again, then merge."))
    return swap


def _own_references(swap: Swap, by: User, at: datetime.datetime) -> Iterator[Moved]:
    """Moves the child accounts and the contacts of an account, and the log of what was erased of a contact.

    The row that stays is written by `_survivor`.
    """
    for field in locking.own_references(swap.model):
        rows: Any = field.model._base_manager.select_for_update(no_key=True).filter(**{field.name: swap.gone.pk})
        for row in rows.order_by("pk"):
            if type(row) is not swap.model or row.pk not in (swap.survivor.pk, swap.gone.pk):
                yield from _written(row, {field.attname: swap.survivor.pk}, by, at)


def _survivor(swap: Swap, take: Collection[str], by: User, at: datetime.datetime) -> Iterator[Moved]:
    """Gives the row that stays the chosen values."""
    every = columns.of(swap.model)
    values = {each.attname: getattr(swap.gone, each.attname) for each in every if each.name in take}
    if isinstance(swap.survivor, Account):
        values["parent_id"] = parents.of_both(swap.survivor, swap.gone, is_taken="parent" in take)
    yield from _written(swap.survivor, values, by, at)


def _written(row: Any, values: dict[str, Any], by: User, at: datetime.datetime) -> Iterator[Moved]:
    """Saves what differs, as one change with its entry in the history."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return
    before = row_values.of(row, changed)
    for name, value in changed.items():
        setattr(row, name, value)
    locking.save(row, by, at)
    after = row_values.of(row, {*changed, "version"})
    named = {"model": row._meta.label_lower, "id": row.pk, "opportunity": None, "what": "changed"}
    yield {**named, "before": before, "after": after}


def _logged(swap: Swap, moved: list[Moved], by: User, at: datetime.datetime) -> Merge:
    """Deletes the row that goes. The database refuses that while anything refers to it."""
    named = {"gone_id": swap.gone.pk, "gone_name": swap.gone.name, "gone": _columns(swap.gone)}
    saving.sign(swap.gone, by=by, at=at)
    try:
        swap.gone.delete()
    except ProtectedError as error:
        raise locking.busy(swap.survivor) from error
    stayed = {"survivor_id": swap.survivor.pk, "survivor_name": swap.survivor.name}
    noun = str(swap.model._meta.model_name)
    return Merge.objects.create(noun=noun, **named, **stayed, moved=moved, at=at, by=by)


def _columns(row: Customer) -> dict[str, Any]:
    """What a row is made again from. Saving it derives the rest."""
    return row_values.of(row, {each.attname for each in row._meta.concrete_fields if each.name not in DERIVED})
