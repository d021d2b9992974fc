"""The parent of an account that was merged, or parted again. An account is never above itself."""

import datetime

from opportunities.customers import parents, saving
from opportunities.customers.models import Account
from salesflow import trees
from salesflow.users.models import User


def of_both(survivor: Account, gone: Account, *, is_taken: bool) -> int | None:
    """The chosen parent, or the other one where that would be a circle, or none."""
    parents.lock()
    both: list[int | None] = [survivor.parent_id, gone.parent_id]
    wanted, other = reversed(both) if is_taken else both
    if wanted is None or _may_be_above(wanted, survivor, gone):
        return wanted
    return other if other is not None and _may_be_above(other, survivor, gone) else None


def _may_be_above(parent: int, survivor: Account, gone: Account) -> bool:
    return not {survivor.pk, gone.pk} & _with_those_above(parent)


def _with_those_above(account: int) -> set[int]:
    """The ids of the account and of those above it. One query."""
    return {account, *trees.above(Account, account)}


def leave_circles(*accounts: int, by: User, at: datetime.datetime) -> None:
    """Takes the parent from those of these accounts that would be above themselves."""
    for account in Account._base_manager.filter(pk__in=accounts).order_by("pk"):
        parent: int | None = account.parent_id
        if parent is not None and account.pk in _with_those_above(parent):
            account.parent = None
            saving.save(account, by=by, at=at)
