"""Columns that more than one model has, and what the database checks of them."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q


def is_amount(column: str) -> Q:
    """Not negative. The upper limit is for NaN, and for the text that SQLite takes: both count as more than 0."""
    return Q(**{f"{column}__gte": 0, f"{column}__lte": Decimal("999999999999.99")})


def money(label: Any, *, editable: bool = True) -> "models.DecimalField[Any, Any]":
    """An amount in the organisation's currency, not negative; null when it is not known."""
    return models.DecimalField(
        label,
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        editable=editable,
        validators=[MinValueValidator(Decimal(0))],
    )


def tick(label: Any) -> "models.BooleanField[bool, bool]":
    return models.BooleanField(label, default=False)
