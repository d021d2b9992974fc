"""Columns that several models have, with their database checks."""

import itertools
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import Exact, In
from django.db.models.query_utils import DeferredAttribute


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


class _InOrder(DeferredAttribute):
    """Stores the choices in the order of the field."""

    def __set__(self, row: models.Model, value: Any) -> None:
        row.__dict__[self.field.attname] = self.field.to_python(value)


class ChoicesField(models.CharField):
    """One or more of a list of choices, as a tuple in the order of the list. The column joins them by commas.

    The first choice means that the row has no other: it is set if no choice is given, and another choice replaces it.
    """

    descriptor_class = _InOrder

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, f"get_{name}_display", lambda row: ", ".join(self.labels(getattr(row, name))))

    def labels(self, chosen: Iterable[str]) -> list[str]:
        """The labels of these choices in the reader's language."""
        names = dict(self.flatchoices)
        return [str(names.get(each, each)) for each in chosen]

    @property
    def _names(self) -> list[str]:
        return [str(name) for name, _label in self.flatchoices]

    def to_python(self, value: Any) -> Any:
        """A tuple of choices, from a tuple, a list, or a text of the database or the log. Unknown ones come last."""
        if value is None or hasattr(value, "resolve_expression"):
            return value
        names = self._names
        given = value.split(",") if isinstance(value, str) else map(str, value)
        others = set(given) - {"", names[0]}
        known = [name for name in names if name in others]
        return (*known, *sorted(others.difference(known))) or (names[0],)

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return self.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        value = self.to_python(value)
        return ",".join(value) if isinstance(value, tuple) else value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))

    def validate(self, value: Any, _row: Any) -> None:
        """Raises ValidationError for a choice that is not in the list."""
        if unknown := set(value).difference(self._names):
            error = self.error_messages["invalid_choice"]
            raise ValidationError(error, code="invalid_choice", params={"value": ", ".join(sorted(unknown))})

    def run_validators(self, value: Any) -> None:
        """None: the choices say what is valid."""

    def formfield(self, **kwargs: Any) -> Any:
        """A box for each choice but the first."""
        given: Any = {"label": kwargs.get("label"), "help_text": self.help_text, "required": False}
        choices = list(self.flatchoices)[1:]
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **given)


def joined(names: Iterable[str]) -> list[str]:
    """Each text that a `ChoicesField` of these choices stores: the first, and each combination of the others."""
    first, *others = names
    sizes = range(1, len(others) + 1)
    return [first, *(",".join(some) for size in sizes for some in itertools.combinations(others, size))]


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
