"""Columns that several models have, with their database checks."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import Exact, In


def is_amount(column: str) -> Q:
    """Not negative. The upper limit excludes NaN, and text on SQLite: both count as more than 0."""
    return Q(**{f"{column}__gte": 0, f"{column}__lte": Decimal("999999999999.99")})


def money(label: Any, *, editable: bool = True) -> "models.DecimalField[Any, Any]":
    """An amount in the organisation's currency, not negative; null if unknown."""
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


class _OfMany:
    """A lookup with a hint for SQLite that many rows have the value.

    SQLite has no statistics and expects ten rows for any indexed value. It would read all open opportunities to find
    those of one person.
    """

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        sql, params = self.as_sql(compiler, connection)  # type: ignore[attr-defined]
        return f"likelihood({sql}, 0.5)", params


class _ExactOfMany(_OfMany, Exact):
    pass


class _InOfMany(_OfMany, In):
    pass


class _RelatedExactOfMany(_OfMany, RelatedExact):
    pass


class _RelatedInOfMany(_OfMany, RelatedIn):
    pass


def is_of_many(column: Any) -> None:
    """Registers the lookups for a column in which many rows have the same value."""
    exact, within = (_RelatedExactOfMany, _RelatedInOfMany) if column.is_relation else (_ExactOfMany, _InOfMany)
    column.register_lookup(exact, "exact")
    column.register_lookup(within, "in")
