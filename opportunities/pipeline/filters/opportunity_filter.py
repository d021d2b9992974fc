import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import django_filters
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opportunities import way_back
from opportunities.forms.list_filter import SORT, Heading, ListFilter
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals
from opportunities.pipeline.conditions import ALL
from opportunities.pipeline.filters import all_filters
from opportunities.pipeline.filters.about import About
from opportunities.pipeline.filters.kinds import RowCondition, SortFilter
from opportunities.pipeline.lists import columns, orders
from opportunities.pipeline.totals import Totals
from opportunities.pipeline.tracks import Tracks
from opportunities.transitions import organisation_date

NEWS = "news"


class OpportunityFilter(ListFilter):
    """The filters and the order of opportunities; by default the open ones, the last changed first.

    Reads only the filters that the address has, and makes no form: one of forty fields costs more than the rows.
    """

    orders = columns.ORDERS

    def __init__(self, query: QueryDict, *, request: Any, view: Any = None) -> None:
        """`view` has the columns of the table. Its `key` and the report that led here stay in the address."""
        self.about = About(request.user, organisation_date(timezone.now()))
        self.shown_columns: columns.Columns = view.columns if view else columns.DEFAULT
        self.view_key: str = view.key if view else ""
        self.report = way_back.report_named(query)
        self.values: dict[str, Any] = {}
        any_status = any(query.get(name) for name in all_filters.OF_CLOSED)
        self.defaults = {"status": ALL if any_status else Opportunity.Status.OPEN.value}
        super().__init__(query, self.every(), request=request)

    @staticmethod
    def every() -> OpportunityQuerySet:
        """The opportunities among which the filters find."""
        return Opportunity.objects.all()

    @classmethod
    def get_filters(cls) -> Mapping[str, django_filters.Filter]:
        return {**all_filters.FILTERS, SORT: SortFilter(label=_("Sort by"), orders=cls.orders, order_of=orders.order)}

    def choices(self, query: QueryDict) -> dict[str, list[tuple[Any, Any]]]:
        return {}

    def read(self, query: QueryDict) -> None:
        for name, each in self.filters.items():
            each.name = name
        self.data = dict(self.defaults)  # a filter that offers rows asks for its own value
        self.values = {**self.defaults, **dict(self._usable(query))}
        self.data = {
            name: self.filters[name].written(value) if name != SORT else value for name, value in self.values.items()
        }

    @property
    def tracks(self) -> Tracks:
        return self.about.tracks

    @cached_property
    def qs(self) -> OpportunityQuerySet:
        rows: OpportunityQuerySet = self.queryset.all()
        for name, value in self.values.items():
            rows = self.filters[name].filter(rows, value)
        return rows

    @property
    def rows(self) -> OpportunityQuerySet:
        """The opportunities that the reader may see. This condition comes last, because it is cheapest then.

        What has news for the reader is visible to the reader.
        """
        return self.qs if self.values.get(NEWS) else self.qs.visible_to(self.request.user)

    @cached_property
    def totals(self) -> Totals:
        """Of all that is found, in one query."""
        with_won = self.data.get("status") in (ALL, Opportunity.Status.WON)
        groups = totals.groups(self.rows, with_won=with_won)
        found = totals.total(groups, self.tracks.probabilities)
        return dataclasses.replace(found, won=totals.won_revenue(groups)) if with_won else found

    @property
    def outdated(self) -> list[str]:
        """The filters in use that name a row which is not used any more, each with its label."""
        used = [(each, self.given(each.name)) for each in self.filters.values() if isinstance(each, RowCondition)]
        return [f"{each.label}: {each.shown(value)}" for each, value in used if value and each.is_past(value)]

    @property
    def headings(self) -> list[Heading]:
        return [
            self._heading(column.order, column.label, column.is_figure)
            if column.order
            else Heading(column.name, column.label, "", "", column.is_figure)
            for column in self.shown_columns
        ]

    def _query(self, **other: str) -> dict[str, str]:
        beside = {"view": self.view_key, way_back.REPORT: self.report}
        return {**super()._query(**other), **{name: value for name, value in beside.items() if value}}

    @property
    def shows_any_status(self) -> bool:
        return bool(self.data["status"] == ALL)

    @property
    def any_status_address(self) -> str:
        return self.address(status=ALL)

    def shown(self, name: str) -> str:
        value = self.given(name)
        return str(self.filters[name].shown(value))
