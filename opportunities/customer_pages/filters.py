"""The filter bar of the list of competitors."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from opportunities.customer_pages import figures
from opportunities.customer_pages.figures import Figures
from opportunities.forms.filter_bar import FilterBar
from opportunities.forms.list_filter import ListFilter, SearchFilter
from salesflow import folding


class CompetitorFilter(ListFilter):
    """Searches competitors by name and sorts them; by default by name."""

    orders = {"name": _("Name"), **{f"-{status}": label for status, label in figures.LABELS.items()}}
    columns = tuple(orders)
    figure_columns = tuple(figures.LABELS)

    q = SearchFilter(label=_("Search"), method="of_text", widget=forms.TextInput({"type": "search"}))
    sort = django_filters.ChoiceFilter(label=_("Sort by"), method="in_order", empty_label=None)

    class Meta:
        form = FilterBar

    @cached_property
    def figures(self) -> Mapping[int, Figures]:
        return figures.of_all(self.request.user)

    def of_text(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        found = Q()
        for word in folding.words(value):
            found &= Q(search_text__contains=word)
        return rows.filter(found)

    def in_order(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        status = value.removeprefix("-")
        column = F("sort_text") if status == "name" else figures.as_column(self.figures, status)
        first = [OrderBy(column, descending=value.startswith("-"))] if column else []
        return rows.order_by(*first, "sort_text", "pk")
