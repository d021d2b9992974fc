"""What a report returns: tables of figures, as data. The pages, the charts and the CSV files are drawn from them.

A figure names the filters of the list that finds exactly the opportunities behind it. A report builds these filters
beside each number, so that the two cannot differ unnoticed: the tests follow every one.
"""

import datetime
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from opportunities.models.opportunity import OpportunityQuerySet
from salesflow import months
from salesflow.users.models import User
from stages.models import Process

Filters = Mapping[str, str]
"""Names and values of filters, as an address of the list has them."""

Text = Any
"""A text, or one that is translated when it is shown."""


DAY = datetime.timedelta(days=1)


class Measure(enum.StrEnum):
    """What the numbers of a column are."""

    COUNT = "count"  # whole numbers
    MONEY = "money"  # in the organisation's currency, exact to the cent
    PERCENT = "percent"  # a Decimal, 0 to 100, with one place
    DAYS = "days"  # a Decimal with one place, or whole days


@dataclass(frozen=True)
class Number:
    """One number; None where there is none, such as a rate of nothing."""

    value: int | Decimal | None
    filters: Filters | None = None
    """The filters of the list with the opportunities behind it; None if it leads nowhere, as a rate does."""


@dataclass(frozen=True)
class ReportColumn:
    """One column of figures."""

    key: str  # the name of the column in the CSV file, and of its style
    label: Text
    unit: Measure = Measure.COUNT
    state: str = ""
    """`late` or `over` if a figure other than 0 is bad news."""
    is_bar: bool = False
    """Whether the figure is drawn as a bar, too, as a share of the longest bar of the table."""
    is_limit: bool = False
    """Whether the figures are limits of stages, which are there without an opportunity, too."""


@dataclass(frozen=True)
class TextColumn:
    """One column of texts, between the label and the figures."""

    key: str
    label: Text
    is_long: bool = False
    """Whether it has sentences. The page shows the beginning of each."""


@dataclass(frozen=True)
class Row:
    """One line of a table: a stage, a person, a month, or one opportunity."""

    label: Text
    figures: Sequence[Number]  # in the order of the columns
    filters: Filters | None = None
    """Where the label leads."""
    address: str = ""
    """Where the label leads if not to a list of opportunities."""
    note: Text = ""
    """What is said below the label, such as "3 without estimated revenue"."""
    texts: Sequence[Text] = ()  # in the order of the columns of texts
    between: Text = ""
    """What is said between this row and the next, such as "72 % went on to Develop"."""


@dataclass(frozen=True)
class Definition:
    """What a word of a report means, in one sentence."""

    term: Text
    text: Text


@dataclass(frozen=True)
class More:
    """The link from a table of the first opportunities to the list of all, in the same order."""

    label: Text
    filters: Filters


@dataclass(frozen=True)
class Table:
    """A heading, rows of figures, and what they mean."""

    key: str  # the part of its address, and the name of its CSV file
    title: Text
    rows_are: Text
    """The head of the first column, such as "Stage"."""
    columns: Sequence[ReportColumn]
    rows: Sequence[Row]
    total: Row | None = None
    guide: Text = ""
    """One sentence below the heading."""
    definitions: Sequence[Definition] = ()
    empty: Text = ""
    """What is said when there are no rows."""
    is_small: bool = False
    """Whether it is beside another small one where there is room."""
    text_columns: Sequence[TextColumn] = ()
    more: More | None = None

    @property
    def lists_opportunities(self) -> bool:
        """Whether a row is one opportunity. Such a table has no CSV file: an export of rows is logged, by the list."""
        return self.more is not None

    @property
    def has_figures(self) -> bool:
        """Whether a figure is something other than 0, limits left out."""
        columns = [place for place, column in enumerate(self.columns) if not column.is_limit]
        return any(row.figures[place].value for row in self.rows for place in columns)


@dataclass(frozen=True)
class Days:
    """A time from the first day to the last, each included."""

    first: datetime.date
    last: datetime.date

    @property
    def before(self) -> "Days":
        """The time of the same length that ends on the day before. Of whole months, as many whole months."""
        if self._has_whole_months:
            return Days(months.shifted(self.first, -months.count(self.first, self.last)), self.first - DAY)
        return Days(self.first - (self.last - self.first) - DAY, self.first - DAY)

    def before_as_far(self, today: datetime.date) -> "Days":
        """The time before, only as far as this one has come until today: of a month the same days of that before.

        The whole time before, if this one is over, or has not begun.
        """
        before = self.before
        if not self.first <= today < self.last:
            return before
        if self._has_whole_months:
            month = months.shifted(before.first, months.count(self.first, today) - 1)
            return Days(before.first, min(month + (today - months.first_of(today)), months.last_of(month)))
        return Days(before.first, before.first + (today - self.first))

    @property
    def _has_whole_months(self) -> bool:
        return self.first == months.first_of(self.first) and self.last == months.last_of(self.last)

    def filters(self, name: str) -> dict[str, str]:
        """The filters `<name>_from` and `<name>_to` of the list."""
        return {f"{name}_from": self.first.isoformat(), f"{name}_to": self.last.isoformat()}


@dataclass(frozen=True)
class Scope:
    """What a report is about."""

    opportunities: OpportunityQuerySet
    """Those that the reader may see and that the filters of the page find, of any status, each once."""
    process: Process | None
    """The primary process whose stages the report has; None if no process exists."""
    period: Days
    today: datetime.date
    """The date of the organisation."""
    reader: User
    options: Mapping[str, str] = field(default_factory=dict)
    """What the address says besides filters and period, such as `by`."""
