"""The base of the filter bars of accounts, contacts and competitors."""

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opportunities.customers.models import Customer
from opportunities.forms import fields
from opportunities.forms.filter_bar import FilterBar
from opportunities.forms.list_filter import ListFilter, SearchFilter
from salesflow import word_search

ARCHIVED, EITHER = "only", "too"


class CustomerFilterBar(FilterBar):
    beside: ClassVar[tuple[str, ...]] = ("archived",)


class CustomerFilter(ListFilter):
    """Searches rows by name and sorts them; by default by name. Leaves out those that are archived, unless asked."""

    searched: ClassVar[Sequence[str]] = ("search_text",)
    """The folded columns in which each word of the search may be."""

    q = SearchFilter(label=_("Search"), method="of_text", widget=forms.TextInput({"type": "search"}))
    archived = django_filters.ChoiceFilter(
        label=_("Archived"),
        method="that_are_archived",
        choices=[(EITHER, _("Shown, too")), (ARCHIVED, _("Only these"))],
        empty_label=_("Not shown"),
    )
    sort = django_filters.ChoiceFilter(label=_("Sort by"), method="in_order", empty_label=None)

    class Meta:
        form = CustomerFilterBar

    @property
    def rows(self) -> QuerySet[Any]:
        found = super().rows
        return found if self.given("archived") else found.filter(is_archived=False)

    @property
    def archived_address(self) -> str:
        return self.address(archived=EITHER)

    @property
    def hides_archived(self) -> bool:
        return not self.given("archived")

    def of_text(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(self.condition(value))

    def condition(self, typed: str) -> Q:
        """Each word is in one of the columns."""
        return word_search.condition(typed, *self.searched)

    def that_are_archived(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(is_archived=True) if value == ARCHIVED else rows

    def in_order(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        first = self.sorted_by(value.removeprefix("-"))
        order = [OrderBy(first, descending=value.startswith("-"), nulls_last=True)] if first is not None else []
        return rows.order_by(*order, "sort_text", "pk")

    def sorted_by(self, name: str) -> Any:
        """What the column of this name sorts by. None if every row has the same."""
        return F("sort_text")


def named(model: type[Customer], query: QueryDict, name: str) -> list[tuple[str, str]]:
    """The row whose id a filter has in the address, as its only choice. At most one query."""
    pk = fields.query_id(query, name)
    row = model._default_manager.filter(pk=pk).first() if pk is not None else None
    return [(str(row.pk), str(row))] if row else []
