"""The versions of a definition: stores the first one, and finds those in force since a moment."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import models


class Versioned(models.Model):
    """A row whose `history` starts with its state before the first change.

    Migrations write no history, so without that version the first change could not be compared.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _keep_first_version(type(self), self.pk)
        super().save(*args, **kwargs)


def _keep_first_version(model: Any, pk: Any) -> None:
    stored = model._base_manager.filter(pk=pk).first()
    if stored is not None and not stored.history.exists():
        stored._history_user = None
        model.history.bulk_history_create([stored], update=True)


def in_force_since(versions: Iterable[Any], since: datetime.datetime) -> list[Any] | None:
    """Of the versions of one row, oldest first: the one in force at `since`, and all later ones.

    None: the row was created later. Empty: the row was never changed. The first version of a row that a migration
    created is its state before the first change.
    """
    versions = list(versions)
    earlier = [version for version in versions if version.history_date <= since]
    if earlier or not versions:
        return versions[len(earlier) - 1 :] if earlier else []
    return None if versions[0].history_type == "+" else versions
