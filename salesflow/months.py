"""Arithmetic with months. The standard library has none."""

import calendar
import datetime


def later(day: datetime.date, months: int) -> datetime.date:
    """The same day `months` months later, or the last day of that month if it is shorter.

    `months` is 0 or more. After the year 9999 it is the last day of that year.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > datetime.MAXYEAR:
        return datetime.date.max
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
