"""The filters of a list, read from its address."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities.forms import fields
from salesflow import folding

SORT = "sort"
ALL_ROWS = "all"  # on one page, as `?rows=` asks for
PICKER_ENDINGS = ("-find", "-asked", "-like")
"""What the fields of a picker send besides the choice: `account-find` is the text that was typed."""

SEVERAL_VALUES = _("The address has more than one value. The last one is used.")


@dataclass(frozen=True)
class Heading:
    """The head of a column: a link that sorts by the column, or reverses the order."""

    name: str
    label: str | Promise
    address: str
    direction: str  # "ascending", "descending" or nothing
    is_figure: bool


@dataclass(frozen=True)
class Chip:
    """One filter in use: its name, its value, and the address of the list without it."""

    label: str
    value: str
    address: str


class SearchField(fields.LineField):
    """A text to search for. Refuses an invisible text, which would find everything."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not folding.folded(value):
            raise ValidationError(_("Type something that can be seen."), code="unseen")


class SearchFilter(django_filters.CharFilter):
    field_class = SearchField


class ListFilter(django_filters.FilterSet):
    """Filters and sorts the rows of a list by the query of its address.

    Leaves out a value that cannot be used; `left_out` says why. A subclass declares its filters, and one named `sort`
    if the list can be sorted.
    """

    orders: ClassVar[Mapping[str, Any]] = {}
    """The label of each column by the order of its first choice. A minus means descending, for amounts."""
    defaults: Mapping[str, str] = {}
    """What a list shows when its address does not say."""
    columns: ClassVar[tuple[str, ...]] = ()
    """The orders that have a column of their own, as the table shows them."""
    figure_columns: ClassVar[Collection[str]] = ()
    """The names of the columns with numbers."""

    def __init__(self, query: QueryDict, queryset: QuerySet[Any], *, request: Any) -> None:
        super().__init__(query, queryset, request=request)
        for name, choices in self.choices(query).items():
            self.filters[name].extra["choices"] = choices
        self.asked = query
        self.shows_all_rows = query.get("rows") == ALL_ROWS
        self.left_out: dict[str, str] = {}
        self.typed: dict[str, str] = {}
        self.read(query)

    def read(self, query: QueryDict) -> None:
        """Reads the usable values of the query."""
        self.data = {**self.defaults, **{name: str(value) for name, value in self._usable(query)}}
        self.form.full_clean()
        self.form.data = {**self.data, **self.typed}

    def choices(self, query: QueryDict) -> dict[str, list[tuple[Any, Any]]]:
        """The choices that this request has, by filter."""
        return {SORT: [*self.orders.items(), *self._reversed_orders(query)]} if SORT in self.filters else {}

    @property
    def rows(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.qs
        return found

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter other than the order is set."""
        return any(self.given(name) for name in self.filters if name != SORT)

    @property
    def is_sorted(self) -> bool:
        return bool(self.given(SORT))

    @property
    def query(self) -> str:
        """The query before the number of the page in an address: empty, or `q=…&`."""
        query = urlencode(self._query())
        return f"{query}&" if query else ""

    @property
    def headings(self) -> list[Heading]:
        return [
            self._heading(order, self.orders[order], order.removeprefix("-") in self.figure_columns)
            for order in self.columns
        ]

    @property
    def chips(self) -> list["Chip"]:
        """What the list is narrowed to, each with the address of the list without it."""
        return [
            Chip(str(self.filters[name].label), self.shown(name), self.address(**{name: ""}))
            for name in self.filters
            if name != SORT and self.given(name)
        ]

    @property
    def unsorted_address(self) -> str:
        return self.address(sort="")

    @property
    def print_address(self) -> str:
        """The address of this list with all rows on one page."""
        return self.address(rows=ALL_ROWS)

    def address(self, **other: str) -> str:
        """The address of this list with some filters changed."""
        return f"?{urlencode(self._query(**other))}"

    def given(self, name: str) -> str:
        """The value of this filter in an address; empty if it is the default."""
        value = self.data.get(name, "")
        return "" if value == self.defaults.get(name, "") else value

    def shown(self, name: str) -> str:
        """The value of a filter as its control shows it."""
        value = self.given(name)
        choices = getattr(self.form.fields[name], "choices", ())
        return next((str(label) for choice, label in choices if str(choice) == value), value)

    @property
    def has_empty_values(self) -> bool:
        """Whether the address has filters without a value, as a form sends them without JavaScript.

        Or what a picker sends besides its choice.
        """
        is_empty = any(name in self.asked and not self.asked[name] for name in self.filters)
        return is_empty or any(name.endswith(PICKER_ENDINGS) for name in self.asked)

    def _usable(self, query: QueryDict) -> Iterator[tuple[str, Any]]:
        """Each filter that the query names with its value, without those that cannot be used."""
        for name, each in self.filters.items():
            if name not in query:
                continue
            try:
                value = each.field.clean(query[name])
            except ValidationError as refusal:
                self._leave_out(name, each.field, str(query[name]), refusal)
                continue
            if len(set(query.getlist(name))) > 1:
                self.left_out[name] = f"{each.field.label}: {SEVERAL_VALUES}"
            if value not in (None, ""):
                yield name, value

    def _leave_out(self, name: str, field: forms.Field, typed: str, refusal: ValidationError) -> None:
        """Stores why a value is left out, and keeps a typed text in its field."""
        self.left_out[name] = f"{field.label}: {' '.join(refusal.messages)}"
        if isinstance(field, SearchField):
            self.typed[name] = typed

    @property
    def state(self) -> str:
        """The filters and the order as a query, without what concerns only one page."""
        return urlencode({name: value for name in self.filters if (value := self.given(name))})

    def _query(self, **other: str) -> dict[str, str]:
        given = {name: self.given(name) for name in self.filters} | other
        if self.shows_all_rows:
            given.setdefault("rows", ALL_ROWS)
        return {name: value for name, value in given.items() if value}

    def _heading(self, order: str, label: str | Promise, is_figure: bool) -> Heading:
        name, present = order.removeprefix("-"), self.given(SORT)
        direction = ""
        if present.removeprefix("-") == name:
            direction = "descending" if present.startswith("-") else "ascending"
            order = name if present.startswith("-") else f"-{name}"
        return Heading(name, label, self.address(sort=order), direction, is_figure)

    def _reversed_orders(self, query: QueryDict) -> list[tuple[str, str]]:
        """The reversed order of a column, if the query has it."""
        present = query.get(SORT, "")
        other = present.removeprefix("-") if present.startswith("-") else f"-{present}"
        if not other or other not in self.orders:
            return []
        return [(present, gettext("%(column)s, the other way round") % {"column": self.orders[other]})]
