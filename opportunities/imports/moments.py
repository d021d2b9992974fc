"""The moment of a day of a file."""

import datetime

from opportunities import transitions


def moment(day: datetime.date, at: datetime.datetime) -> datetime.datetime:
    """A moment as it is; of a day its noon, or `at` if that is earlier on this day."""
    return day if isinstance(day, datetime.datetime) else transitions.moment_of(day, at=at)
