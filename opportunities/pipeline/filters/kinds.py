"""The kinds of filters: how a value is read from an address, shown and offered, and which rows it selects."""

import copy
import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

import django_filters
from django import forms
from django.db.models import Q
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import formats, money
from opportunities.forms import fields
from opportunities.forms.list_filter import SORT, SearchField
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.filters.about import About
from salesflow import safe_text

MOST_DAYS = 99_999


class Past(str):
    """The label of a row that is not used any more: archived, or disabled. It says so."""

    __slots__ = ()


Options = list[tuple[str, Any]]
"""Values with their labels."""


class Condition(django_filters.Filter):
    """A filter that selects by one condition of the database: `where(value, about)`."""

    control = "text"
    """The name of the control in `list/_control.html`."""
    name = ""
    """The word of an address; `OpportunityFilter` sets it."""

    def __init__(
        self, *, where: Callable[[Any, About], Q], label: Any, empty_label: Any = "", note: Any = "", **extra: Any
    ) -> None:
        super().__init__(label=label, **extra)
        self.where = where
        self.empty_label = empty_label
        self.note = note  # is said below the control

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy for one request. What it was declared with is shared."""
        return copy.copy(self)

    def filter(self, rows: OpportunityQuerySet, value: Any) -> OpportunityQuerySet:
        return rows if value in (None, "") else rows.matching(self.where(value, self.parent.about))

    @property
    def is_offered(self) -> bool:
        """Whether the page of all filters has it."""
        return True

    def written(self, value: Any) -> str:
        """A value as an address has it."""
        return str(value)

    def shown(self, value: str) -> str:
        """A value of an address as people read it."""
        return value

    def offered(self) -> Options:
        """The values to choose from. May cost a query."""
        return []


class ChoiceCondition(Condition):
    """One of some words."""

    control = "select"
    field_class = forms.ChoiceField

    def __init__(self, *, choices: Sequence[tuple[str, Any]], **extra: Any) -> None:
        super().__init__(choices=choices, **extra)

    def offered(self) -> Options:
        return list(self.extra["choices"])

    def shown(self, value: str) -> str:
        return next((str(label) for choice, label in self.extra["choices"] if choice == value), value)


@dataclass(frozen=True)
class FilterRows:
    """The values of a filter that are rows.

    `label` is that of one value, None if there is no such value for this reader; `offered` lists the values to choose
    from. Both may query, so neither is called without need.
    """

    label: Callable[[str, About], Any]
    offered: Callable[[About], Options]
    refusal: Callable[[About], str] | None = None


class _RowField(forms.ChoiceField):
    def __init__(self, *, label_of: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.label_of = label_of

    def valid_value(self, value: str) -> bool:
        safe_text.refuse_unsafe(value)
        return self.label_of(value) is not None


class RowCondition(Condition):
    """One of some rows, by its id, or a word such as `me`."""

    control = "select"

    def __init__(self, *, rows: FilterRows, **extra: Any) -> None:
        super().__init__(**extra)
        self.rows = rows
        self._known: dict[str, Any] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied = super().__deepcopy__(memo)
        copied._known = {}
        return copied

    @property
    def field(self) -> forms.Field:
        refusal = self.rows.refusal
        gone = _("It does not exist any more, or you may not see it.")
        errors = {"invalid_choice": refusal(self.parent.about) if refusal else gone}
        return _RowField(label=self.label, label_of=self.label_of, required=False, error_messages=errors)

    def shown(self, value: str) -> str:
        label = self.label_of(value)
        return value if label is None else str(label)

    def is_past(self, value: str) -> bool:
        return isinstance(self.label_of(value), Past)

    def offered(self) -> Options:
        """The rows of the reader; the one in use in any case."""
        found, used = self.rows.offered(self.parent.about), self.parent.data.get(self.name, "")
        known = {value for value, _label in found}
        return [*([(used, self.shown(used))] if used and used not in known else []), *found]

    def label_of(self, value: str) -> Any:
        if value not in self._known:
            self._known[value] = self.rows.label(value, self.parent.about)
        return self._known[value]


class PickedCondition(RowCondition):
    """A row of a long list, such as an account, found with a picker. `what` is its key in the picker."""

    control = "picker"

    def __init__(self, *, what: str, **extra: Any) -> None:
        super().__init__(**extra)
        self.what = what


class DayCondition(Condition):
    """A day, such as the first of a range."""

    control = "day"
    field_class = fields.DateField

    def written(self, value: datetime.date) -> str:
        return value.isoformat()

    def shown(self, value: str) -> str:
        return formats.day(datetime.date.fromisoformat(value))


class Amount(Condition):
    control = "amount"
    field_class = fields.MoneyField

    def written(self, value: Decimal) -> str:
        return f"{value:f}".removesuffix(".00") if value == value.to_integral() else f"{value:.2f}"

    def shown(self, value: str) -> str:
        return money.shown(Decimal(value))


class DaysCondition(Condition):
    """A whole number of days."""

    control = "amount"

    @property
    def field(self) -> forms.Field:
        return forms.IntegerField(label=self.label, min_value=0, max_value=MOST_DAYS, required=False)


class Search(Condition):
    control = "search"
    field_class = SearchField


class SortFilter(django_filters.Filter):
    """The order of the rows: one of `orders`, or the reverse of one."""

    control = "select"
    field_class = forms.ChoiceField
    empty_label = ""

    def __init__(self, *, orders: Mapping[str, Any], order_of: Callable[[str], list[OrderBy]], **extra: Any) -> None:
        named = [order for order in orders if order]
        super().__init__(choices=[(order, order) for order in (*named, *map(_turned, named))], **extra)
        self.orders = orders
        self.order_of = order_of

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return copy.copy(self)

    def filter(self, rows: OpportunityQuerySet, value: str) -> OpportunityQuerySet:
        return rows.order_by(*self.order_of(value)) if value else rows

    def offered(self) -> Options:
        """Each order once; the reverse of one if it is in use."""
        present = self.parent.data.get(SORT, "")
        turned = gettext("%(column)s, the other way round") % {"column": self.orders.get(_turned(present), "")}
        return [*self.orders.items(), *([(present, turned)] if present not in self.orders else [])]


def _turned(order: str) -> str:
    return order.removeprefix("-") if order.startswith("-") else f"-{order}"
