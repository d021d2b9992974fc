"""Months, quarters and years, as the filters of dates offer them. Quarters and years are those of the fiscal year."""

import datetime
import enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salesflow import months

MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""How long each kind of period is, in months."""


class Period(enum.StrEnum):
    """The word is its value in an address."""

    THIS_MONTH = "month"
    NEXT_MONTH = "next_month"
    LAST_MONTH = "last_month"
    THIS_QUARTER = "quarter"
    NEXT_QUARTER = "next_quarter"
    LAST_QUARTER = "last_quarter"
    THIS_YEAR = "year"
    NEXT_YEAR = "next_year"
    LAST_YEAR = "last_year"
    LAST_12_MONTHS = "last_12_months"  # this month, and the eleven before it


LABELS: dict[Period, Promise] = {
    Period.THIS_MONTH: _("This month"),
    Period.NEXT_MONTH: _("Next month"),
    Period.LAST_MONTH: _("Last month"),
    Period.THIS_QUARTER: _("This quarter"),
    Period.NEXT_QUARTER: _("Next quarter"),
    Period.LAST_QUARTER: _("Last quarter"),
    Period.THIS_YEAR: _("This year"),
    Period.NEXT_YEAR: _("Next year"),
    Period.LAST_YEAR: _("Last year"),
    Period.LAST_12_MONTHS: _("Last 12 months"),
}

_SHIFTS = {"next": 1, "last": -1}


def days(period: Period, today: datetime.date, *, first_month: int) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the period. `first_month` is that of the fiscal year, 1 to 12."""
    if period is Period.LAST_12_MONTHS:
        return months.shifted(today, -11), months.last_of(today)
    shift, _sep, kind = period.value.rpartition("_")
    length = MONTHS[kind]
    since_its_first = (today.month - first_month) % length
    first = months.shifted(today, _SHIFTS.get(shift, 0) * length - since_its_first)
    return first, months.last_of(months.shifted(first, length - 1))
