"""Locks what a merge writes, always in the same order: first opportunities, then customers.

Rows of one table are locked in the order of their ids. `editing` locks an opportunity before its account and its
contact, too: in another order a merge would wait for a write, and the write for the merge.
"""

import datetime
from collections.abc import Collection, Iterable
from typing import Any

from django.utils.translation import gettext as _

from opportunities.customers import references, saving
from opportunities.customers.models import Account, Customer
from opportunities.editing import Busy, locks, replacing_customers
from opportunities.models.write_guard import Guarded


def own_references(model: type[Customer]) -> list[Any]:
    """The foreign keys to the model from other tables than those of opportunities."""
    return [field for field in references.to(model) if not issubclass(field.model, Guarded)]


def lock(model: type[Customer], ids: Collection[int], opportunities: Iterable[int]) -> dict[int, Any]:
    """Locks these opportunities and these rows until the transaction ends. Returns the rows that exist, by id.

    Of accounts also those below them. For a delete: no other transaction may refer to these rows meanwhile.
    """
    locks.lock_in_order(opportunities)
    below = model._base_manager.filter(parent__in=ids).values_list("pk", flat=True) if model is Account else ()
    rows: Any = model._base_manager.select_for_update().filter(pk__in={*ids, *below}).order_by("pk")
    return {row.pk: row for row in rows}


def save(row: Any, by: Any, at: datetime.datetime) -> None:
    """Saves a customer as one change with its entry in the history, and another row as it is."""
    if isinstance(row, Customer):
        saving.save(row, by=by, at=at)
    else:
        row.save()


def now_referring(row: Any, locked: Collection[int]) -> list[int]:
    """The opportunities that refer to the row now that it is locked. Locks those that began to before, too.

    One of `locked` may not refer to it any more, because another write came first: a merge writes no event there.
    The commit of another one that refers to the row waits from now on, and fails when the row is gone.
    """
    found = replacing_customers.opportunities_of(type(row), row.pk)
    if found - set(locked):
        locks.lock_in_order(found - set(locked))
        found = replacing_customers.opportunities_of(type(row), row.pk) & (found | set(locked))
    return sorted(found)


def busy(row: Any) -> Busy:
    sentence = _("%(name)s was used somewhere else at the same moment. Nothing was changed. Try again.")
    return Busy(sentence % {"name": row})
