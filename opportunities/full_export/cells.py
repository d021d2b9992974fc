"""Values of our rows as cells that the import reads back."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from opportunities.customers.models import Customer

Cell = Any


def of_column(row: models.Model, name: str) -> Cell:
    """The value of a column: a choice by its label, a person by the username, a customer by the name."""
    column: Any = row._meta.get_field(name)
    value = getattr(row, name)
    if column.is_relation:
        return of_row(value)
    if column.choices and value:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return moment(value) if isinstance(value, datetime.datetime) else value


def of_row(row: Any) -> str | None:
    """The name by which the import finds the row. A person whose data was erased has none."""
    if row is None:
        return None
    if isinstance(row, Customer):
        return None if row.is_erased else row.name
    return str(row.get_username())


def moment(at: datetime.datetime | None) -> str | None:
    """With its time zone, to the microsecond."""
    return timezone.localtime(at).isoformat() if at else None


def labels(column: Any, chosen: Iterable[str]) -> str:
    known = dict(column.flatchoices)
    return "; ".join(str(known.get(each, each)) for each in chosen)
