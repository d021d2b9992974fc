"""The columns of a row as JSON, from which the row can be made again, equal in every column."""

import datetime
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import models


def of(row: models.Model, names: Collection[str] | None = None) -> dict[str, Any]:
    """The stored values of these columns (default: all) by the names of their attributes. No query."""
    fields = [each for each in row._meta.concrete_fields if names is None or each.attname in names]
    return {field.attname: _as_json(field.get_prep_value(getattr(row, field.attname))) for field in fields}


def set_on(row: models.Model, values: Mapping[str, Any]) -> None:
    """Sets values of `of` on a row."""
    for field in row._meta.concrete_fields:
        if field.attname in values:
            setattr(row, field.attname, field.to_python(values[field.attname]))


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
