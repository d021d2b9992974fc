"""Gives an account to another owner."""

import datetime
from typing import Any

from django.db import transaction

from opportunities.customers import changing
from opportunities.customers.models import Account


class OwnerChanged(Exception):
    """The account belongs to neither of the two any more, or does not exist. Nothing was written."""


def give(pk: int, *, giver: Any, taker: Any, by: Any, at: datetime.datetime) -> None:
    """Makes `taker` the owner of an account of `giver`, with an entry in its history. Raises OwnerChanged.

    An account that belongs to `taker` already stays as it is.
    """
    with transaction.atomic():
        row = Account.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if row is None or row.owner_id not in (giver.pk, taker.pk):
            raise OwnerChanged
        if row.owner_id == giver.pk:
            row.owner = taker
            changing.sign(row, by, at)
            changing.save_changed(row)
