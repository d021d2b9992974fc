"""Undoes a merge, while none of the rows that it wrote has changed since."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from opportunities import access, editing
from opportunities.customers import merges, nouns, saving
from opportunities.customers.merges import Merge
from opportunities.customers.models import Account, Customer
from opportunities.editing import Gone, NotAllowed, Refused, replacing_customers, row_values
from opportunities.editing.replacing_customers import Moved, Swap
from opportunities.merging import locking, parents
from opportunities.models import Opportunity
from opportunities.models.write_guard import Guarded
from salesflow.users.models import User

MOST_NAMED = 5


@dataclass(frozen=True)
class ChangedRow:
    """A row that was changed since the merge, or does not exist any more. `where`: its opportunity."""

    noun: str
    name: str
    where: str = ""
    address: str = ""

    def __str__(self) -> str:
        name = f"{self.noun} “{self.name}”" if self.name else self.noun
        return f"{name} ({self.where})" if self.where else name


class MergeChangedSince(Refused):
    """Rows that the merge wrote were changed since. `changed` has them."""

    code = "changed_since"
    is_stale = True

    def __init__(self, changed: list[ChangedRow]) -> None:
        named = get_text_list([str(each) for each in changed[:MOST_NAMED]], _("and"))
        super().__init__(_("The merge cannot be undone, because this was changed since: %(rows)s.") % {"rows": named})
        self.changed = changed


class AlreadyUndone(Refused):
    code = "already_undone"
    is_stale = True


def undo(pk: int, *, by: User, at: datetime.datetime) -> Merge:
    """Puts back everything that the merge moved. What was added to the row that stayed meanwhile remains there.

    Refusals: NotAllowed, Gone, AlreadyUndone, MergeChangedSince, Busy, BrokenConstraint.
    """
    if not access.may_merge(by):
        raise NotAllowed(_("Only managers who see all opportunities may merge."))
    with editing.written_or_refused(is_new=True):
        merge = _locked(pk)
        if changed := changed_since(merge):
            raise MergeChangedSince(changed)
        swap = _parted(merge, by, at)
        for each in reversed([entry for entry in merge.moved if entry["opportunity"] is None]):
            _put_back(each, by, at)
        for opportunity, moved in _by_opportunity(merge).items():
            replacing_customers.put_back(opportunity, moved, swap, by=by, at=at)
        if isinstance(swap.gone, Account):
            parents.leave_circles(merge.gone_id, merge.survivor_id, by=by, at=at)
        merge.undone_at, merge.undone_by = at, by
        merge.save(update_fields=["undone_at", "undone_by"])
    return merge


def _locked(pk: int) -> Merge:
    """Locks the merge, then what it wrote, in the order of a merge."""
    merge = Merge.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if merge is None:
        raise Gone(_("This merge does not exist any more."))
    if not merge.is_in_force:
        raise AlreadyUndone(_("This merge was undone already."))
    locking.lock(nouns.MODELS[merge.noun], [merge.survivor_id], _by_opportunity(merge))
    return merge


def _by_opportunity(merge: Merge) -> dict[int, list[Moved]]:
    """What was moved, by opportunity, in the order of their ids."""
    found: dict[int, list[Moved]] = defaultdict(list)
    for each in merge.moved:
        if each["opportunity"] is not None:
            found[each["opportunity"]].append(each)
    return dict(sorted(found.items()))


def changed_since(merge: Merge) -> list[ChangedRow]:
    """The rows that are not any more as the merge left them; the row that is gone, if it was erased.

    One query for each table.
    """
    if not merge.gone:
        return [ChangedRow(str(merge.get_noun_display()), merge.gone_name)]
    survivor = nouns.MODELS[merge.noun]._base_manager.filter(pk=merge.survivor_id).first()
    if survivor is None:
        return [ChangedRow(str(merge.get_noun_display()), merge.survivor_name)]
    return [_changed(entry, row) for entry, row in _with_rows(merge.moved) if _differs(entry, row)]


def _with_rows(moved: list[Moved]) -> Iterator[tuple[Moved, Any]]:
    """Each row that was changed as it is now; None if it does not exist any more."""
    ids: dict[str, set[int]] = defaultdict(set)
    for entry in moved:
        ids[entry["model"]].add(entry["id"])
    rows = {label: _rows(apps.get_model(label), of_table) for label, of_table in ids.items()}
    for entry in moved:
        if entry["what"] == "changed":
            yield entry, rows[entry["model"]].get(entry["id"])


def _rows(model: Any, ids: Iterable[int]) -> dict[int, Any]:
    along = ["opportunity"] if issubclass(model, Guarded) and model is not Opportunity else []
    return {row.pk: row for row in model._base_manager.filter(pk__in=ids).select_related(*along)}


def _differs(entry: Moved, row: Any) -> bool:
    return row is None or row_values.of(row, entry["after"]) != entry["after"]


def _changed(entry: Moved, row: Any) -> ChangedRow:
    noun = str(apps.get_model(entry["model"])._meta.verbose_name)
    if row is None:
        where = Opportunity.objects.filter(pk=entry["opportunity"]).first() if entry["opportunity"] else None
        return ChangedRow(noun, "", str(where or ""), where.get_absolute_url() if where else "")
    if isinstance(row, (Customer, Opportunity)):
        return ChangedRow(noun, str(row), address=row.get_absolute_url())
    if not isinstance(row, Guarded):
        return ChangedRow(noun, "")
    opportunity: Opportunity = row.opportunity  # type: ignore[attr-defined]
    return ChangedRow(noun, "", str(opportunity), opportunity.get_absolute_url())


def _parted(merge: Merge, by: User, at: datetime.datetime) -> Swap:
    """Makes the row that was gone again, with its id and its version."""
    model = nouns.MODELS[merge.noun]
    row: Any = model()
    row_values.set_on(row, merge.gone)
    _follow_merged(row)
    saving.sign(row, by=by, at=at)
    created_at = row.created_at
    row.save(force_insert=True)  # sets the time of creation anew, in the history, too
    row.history.filter(created_at=row.created_at).update(created_at=created_at)
    model._base_manager.filter(pk=row.pk).update(created_at=created_at)
    return Swap(gone=row, survivor=model._base_manager.get(pk=merge.survivor_id))


def _put_back(entry: Moved, by: User, at: datetime.datetime) -> None:
    row: Any = apps.get_model(entry["model"])._base_manager.select_for_update(no_key=True).get(pk=entry["id"])
    row_values.set_on(row, entry["before"])
    _follow_merged(row)
    locking.save(row, by, at)


def _follow_merged(row: Any) -> None:
    """Where the row refers to one that was merged itself meanwhile, it refers to the row that stayed, or to none."""
    for field in row._meta.concrete_fields:
        target: Any = field.related_model
        pk = getattr(row, field.attname) if target and issubclass(target, Customer) else None
        if pk is not None and not target._base_manager.filter(pk=pk).exists():
            setattr(row, field.attname, merges.survivor_id(target._meta.model_name, pk))
