"""Merges two accounts, contacts or competitors into one, and undoes it.

    merge = merging.merge(Account, survivor=1, gone=2, take={"city"}, versions=(4, 0), by=user, at=now)
    merging.undo(merge.pk, by=user, at=now)

The row that goes does not exist any more; its address leads to the one that stays. Everything that referred to it
refers to the other one. A merge stores what it moved, so undoing puts back exactly that.
"""

from opportunities.merging.merge import MOST_OPPORTUNITIES, BeingErased, StaleMerge, TooMany, merge
from opportunities.merging.undoing import AlreadyUndone, ChangedRow, MergeChangedSince, changed_since, undo

__all__ = [
    "MOST_OPPORTUNITIES",
    "AlreadyUndone",
    "BeingErased",
    "ChangedRow",
    "MergeChangedSince",
    "StaleMerge",
    "TooMany",
    "changed_since",
    "merge",
    "undo",
]
