"""The moment of a day of a file."""

import datetime

from opportunities import transitions


def moment(day: datetime.date, at: datetime.datetime) -> datetime.datetime:
    """A moment as it is; of a day its noon, or `at` if that is earlier on this day."""
    return day if isinstance(day, datetime.datetime) else transitions.moment_of(day, at=at)


def moment_since(earlier: datetime.datetime, day: datetime.date, at: datetime.datetime) -> datetime.datetime:
    """As `moment`; of the day of `earlier` not before that."""
    found = moment(day, at)
    is_same_day = not isinstance(day, datetime.datetime) and transitions.organisation_date(earlier) == day
    return max(found, earlier) if is_same_day else found
