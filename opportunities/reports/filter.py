"""The filters of the reports: those of the list, and a period."""

import datetime
from collections.abc import Mapping
from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities.forms.list_filter import SORT
from opportunities.pipeline import periods
from opportunities.pipeline.conditions import ALL, FORECAST_COUNTS, ME
from opportunities.pipeline.filters import OpportunityFilter, rows, waivers
from opportunities.pipeline.filters.about import About
from opportunities.pipeline.filters.all_filters import EVERYBODY, WHOSE
from opportunities.pipeline.filters.bridge import CHANGES, HORIZON_NAMES, PART
from opportunities.pipeline.filters.kinds import (
    ChoiceCondition,
    Condition,
    DayCondition,
    FilterRows,
    Options,
    RowCondition,
)
from opportunities.pipeline.periods import Period
from opportunities.reports import bridge
from opportunities.reports.forecast_sums import COUNTED
from opportunities.reports.tables import Days, Filters

PERIOD, FROM, TO, OWNER = "period", "from", "to", "owner"
HORIZON = bridge.OPTION
OF_PAGE = (PERIOD, FROM, TO, HORIZON)
"""What the reports read themselves; it selects nothing."""
OFFERED = (
    *(Period.THIS_MONTH, Period.LAST_MONTH, Period.THIS_QUARTER),
    *(Period.LAST_QUARTER, Period.THIS_YEAR, Period.LAST_YEAR, Period.LAST_12_MONTHS),
)
BESIDE = ("q", PERIOD, FROM, TO, "owner")
"""The filters that are always in sight, on every report."""

OF_STATUS = ("status", "reason", "closed", "closed_from", "closed_to")
"""Filters of the list about what each report decides itself."""
_LEFT_OUT = (*OF_STATUS, "process", SORT)  # the process of a report is the one whose stages it has

_ONE_OF_MANY = {
    *("owner", "unit", "status", "stage", "phase", "account", "industry", "rating", "forecast", "process", "hold"),
    *("ready", "due", "day"),
}
"""Filters by a column with one value: where a report counts rows of two different values, it counts none."""

TOGETHER = (frozenset(waivers.NAMES), frozenset(CHANGES))
"""Filters that are about one act together: those of the page and those of a figure would be about the same one."""


def _all(value: Any, about: Any) -> Q:
    return Q()


def _owner_label(value: str, about: About) -> Any:
    return EVERYBODY if value == ALL else rows.OWNERS.label(value, about)


def _owners(about: About) -> Options:
    return [(ALL, EVERYBODY), *rows.OWNERS.offered(about)]


_OWNER = RowCondition(
    label=WHOSE[OWNER].label,
    rows=FilterRows(_owner_label, _owners, rows.OWNERS.refusal),
    where=lambda value, about: Q() if value == ALL else WHOSE[OWNER].where(value, about),
)
"""The filter of the list by owner, with a value for all: without one a salesperson sees the own opportunities."""


def _period_filters() -> dict[str, Condition]:
    """They select nothing by themselves: a report reads the period."""
    choices = [(period.value, periods.LABELS[period]) for period in OFFERED]
    return {
        PERIOD: ChoiceCondition(label=_("Period"), choices=choices, where=_all),
        FROM: DayCondition(label=_("From"), where=_all),
        TO: DayCondition(label=_("Until"), where=_all),
        HORIZON: ChoiceCondition(
            label=_("Counted"), choices=list(HORIZON_NAMES.items()), empty_label=_("All that is open"), where=_all
        ),
    }


class ReportFilter(OpportunityFilter):
    """The filters of the list for opportunities of any status, without those that the reports decide about."""

    process: str = ""
    """The id of the process that the address names, if the reader can choose it."""
    counted_process: str = ""
    """The id of the process whose opportunities are counted; empty for all."""

    def __init__(self, query: QueryDict, *, request: Any, period: Period = Period.THIS_QUARTER) -> None:
        """`period` is that of an address that names none."""
        self.default_period = period
        super().__init__(query, request=request)

    @classmethod
    def get_filters(cls) -> Mapping[str, django_filters.Filter]:
        kept = {name: each for name, each in super().get_filters().items() if name not in _LEFT_OUT}
        return {**_period_filters(), **kept, OWNER: _OWNER}

    def read(self, query: QueryDict) -> None:
        self.defaults = {PERIOD: self.default_period.value, OWNER: ME if self.begins_with_own else ALL}
        super().read(query)
        first, last = self.values.get(FROM), self.values.get(TO)
        if first and last and last < first:
            self.left_out[TO] = gettext("Until: this is before the first day.")
            del self.values[TO], self.data[TO]

    @property
    def begins_with_own(self) -> bool:
        """Whether a report begins with the reader's own opportunities, which can be widened to all."""
        reader = self.about.reader
        return reader.is_salesperson and not reader.is_manager

    @property
    def owner(self) -> str:
        """The value of the filter by owner; empty for all."""
        value = self.data[OWNER]
        return "" if value == ALL else value

    def owned_by(self, value: str) -> str:
        """The address of this report with the opportunities of this owner, or ALL."""
        return self.address(**{OWNER: "" if value == self.defaults[OWNER] else value})

    @cached_property
    def period(self) -> Days:
        """The days that the address names, or else those of its period."""
        today: datetime.date = self.about.today
        first_month = settings.FISCAL_YEAR_FIRST_MONTH
        first, last = periods.days(Period(self.values[PERIOD]), today, first_month=first_month)
        first = self.values.get(FROM) or min(first, self.values.get(TO) or first)
        last = self.values.get(TO) or max(last, first)
        return Days(first, last)

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter other than the period is set."""
        return any(self.given(name) not in ("", ALL) for name in self.filters if name not in OF_PAGE)

    def list_query(self, filters: Filters) -> dict[str, str] | None:
        """The filters of the list with the opportunities behind a figure of this page.

        None if one address cannot say it: the page and the figure ask for different values of the same filter.
        """
        query = self._of_the_list
        if any(not (parts.isdisjoint(query) or parts.isdisjoint(filters)) for parts in TOGETHER):
            return None
        for name, value in filters.items():
            own = query.get(name)
            if own in COUNTED and value == FORECAST_COUNTS:
                continue  # the page has one of the categories that count
            if own is None or own == value or (name in _ONE_OF_MANY and value != FORECAST_COUNTS):
                query[name] = value
            elif name.endswith(("_from", "_to")):
                narrower = max if name.endswith("_from") else min
                query[name] = narrower(own, value, key=self.filters[name].field.clean)
            else:
                return None
        return query

    @property
    def _of_the_list(self) -> dict[str, str]:
        """The filters of this page by which the list is filtered, too."""
        others = [name for name in self.filters if name not in (*OF_PAGE, OWNER) and self.given(name)]
        query = {name: self.given(name) for name in others} | ({OWNER: self.owner} if self.owner else {})
        if PART not in query:  # without it, its days select nothing
            query = {name: value for name, value in query.items() if name not in CHANGES}
        return {**query, "process": self.counted_process} if self.counted_process else query

    def _query(self, **other: str) -> dict[str, str]:
        query = super()._query(**other)
        process = query.pop("process", self.process)
        return {"process": process, **query} if process else query
