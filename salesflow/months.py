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
