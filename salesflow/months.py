"""Months of the calendar: some months later, the first days of several, and how many there are."""

import datetime

from dateutil.relativedelta import relativedelta


def later(day: datetime.date, months: int) -> datetime.date:
    """The same day `months` months later, or the last day of that month if it is shorter.

    `months` is 0 or more. After the year 9999 it is the last day of that year.
    """
    try:
        return day + relativedelta(months=months)
    except (ValueError, OverflowError):
        return datetime.date.max


def first_of(day: datetime.date) -> datetime.date:
    """The first day of its month."""
    return day.replace(day=1)


def shifted(day: datetime.date, months: int) -> datetime.date:
    """The first day of the month that is so many months after that of `day`; before it, if `months` is negative."""
    month = day.year * 12 + day.month - 1 + months
    return datetime.date(month // 12, month % 12 + 1, 1)


def last_of(day: datetime.date) -> datetime.date:
    """The last day of its month."""
    return day + relativedelta(day=31)


def several(first: datetime.date, count: int) -> list[datetime.date]:
    """The first day of the month of `first`, and those of the months after it, so many in all."""
    return [shifted(first, after) for after in range(count)]


def count(first: datetime.date, last: datetime.date) -> int:
    """How many months have a day from `first` to `last`."""
    return (last.year - first.year) * 12 + last.month - first.month + 1
