"""By which key the same row of a file is known when it is imported again: its external id, else what it says.

The external ids of our own exports are addresses: `https://sales.example.com/opportunities/12/`. So a row that comes
back to where it was exported is known without an import before.
"""

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from opportunities.imports import fields
from opportunities.models import Import

_ADDRESSES = {fields.OPPORTUNITIES: "opportunity", fields.ACCOUNTS: "account_page", fields.CONTACTS: "contact_page"}
_LONGEST_ID = 18  # digits of a number that each database takes


def of_external_id(noun: str, external_id: str) -> str:
    return _digest([noun, "id", external_id])


def of_row(run: Import, fingerprint: str, values: Mapping[str, Any]) -> str:
    """The same whenever the same row is imported. Without an external id, rows of other owners are other rows."""
    external_id = values.get("external_id")
    if external_id is not None:
        return of_external_id(run.noun, external_id)
    return _digest([run.noun, "row", fingerprint, values.get("owner", run.by_id)])


def _digest(named: list[Any]) -> str:
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def external_id_of(noun: str, pk: int) -> str:
    """The external id of our own row."""
    before, after = _around(settings.BASE_URL, noun)
    return f"{before}{pk}{after}"


def own_id(noun: str, external_id: Any) -> int | None:
    """The id of our own row that an external id names; None if it names no row of here."""
    before, after = _around(settings.BASE_URL, noun)
    pattern = rf"{re.escape(before)}([1-9][0-9]{{0,{_LONGEST_ID - 1}}}){re.escape(after)}"
    match = re.fullmatch(pattern, str(external_id))
    return int(match[1]) if match else None


@functools.cache
def _around(base_url: str, noun: str) -> tuple[str, str]:
    """What is before and after the id in the address."""
    before, _id, after = reverse(_ADDRESSES[noun], args=[7]).partition("7")
    return f"{base_url}{before}", after
