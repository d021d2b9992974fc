"""Formats days in the reader's language, and missing values."""

import datetime

from django.utils import formats, timezone

NOTHING = "–"


def day(moment: datetime.date | None) -> str:
    """`12.01.2027` or `12 Jan 2027`. For a moment: its day in the organisation's time zone."""
    if not isinstance(moment, datetime.date):
        return NOTHING
    if isinstance(moment, datetime.datetime) and timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    return formats.date_format(moment)
