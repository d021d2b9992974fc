"""Locks an account, contact or competitor, and saves it as one change with its entry in the history.

row = saving.locked(Account, pk)
saving.save(row, by=user, at=now)
"""

import datetime
from typing import Any

from django.db import models

from opportunities.customers import renaming


def locked(model: type[models.Model], pk: int) -> Any:
    """The row, locked until the transaction ends; None if it does not exist."""
    return model._default_manager.select_for_update(no_key=True).filter(pk=pk).first()


def sign(row: Any, *, by: Any, at: datetime.datetime) -> None:
    """Names the person and the moment of the change for the history."""
    row._history_user, row._history_date = by, at


def save(row: Any, *, by: Any, at: datetime.datetime) -> None:
    """Saves a changed row and counts the change. The row is locked. What keeps its name follows a new name."""
    is_renamed = not type(row)._default_manager.filter(pk=row.pk, name=row.name).exists()
    sign(row, by=by, at=at)
    row.version += 1
    row.save()
    if is_renamed:
        renaming.renamed(row)
