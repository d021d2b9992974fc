"""How pages write a day, in the reader's language, and what they write where there is nothing."""

import datetime

from django.utils import formats, timezone

NOTHING = "–"


def day(moment: datetime.date | None) -> str:
    """`12.01.2027`, `12 Jan 2027`: the organisation's day for a moment."""
    if not isinstance(moment, datetime.date):
        return NOTHING
    if isinstance(moment, datetime.datetime) and timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    return formats.date_format(moment)
