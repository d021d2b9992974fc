"""Fills in the mail address of a contact."""

import datetime
from typing import Any

from opportunities.customers.changing import save_changed
from opportunities.customers.models import Contact


def locked(pk: int) -> Contact | None:
    """The contact, locked until the transaction ends."""
    return Contact.objects.select_for_update(no_key=True).filter(pk=pk).first()


def fill_in(contact: Contact, address: str, *, by: Any, at: datetime.datetime) -> None:
    """Saves the address of a locked contact who has none, and names who did it in the history."""
    row: Any = contact
    row.email, row._history_user, row._history_date = address, by, at
    save_changed(row)
