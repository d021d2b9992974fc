"""Formats days in the reader's language, and missing values."""

import datetime

from django.utils import formats, timezone, translation
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext, pgettext

NOTHING = "–"
DAYS_OF_A_WEEK = 7


def short_day(date: datetime.date, today: datetime.date) -> str:
    """`Thu 26 Nov`, `tor 26. nov`; with the year if it is not that of `today`."""
    return formats.date_format(date, _in_language("D j M", "D j. b") + ("" if date.year == today.year else " Y"))


def near_day(date: datetime.date, today: datetime.date) -> str:
    """`Tomorrow, Thu 26 Nov`: with a word for the days around today."""
    word = {-1: gettext("Yesterday"), 0: gettext("Today"), 1: gettext("Tomorrow")}.get((date - today).days)
    return f"{word}, {short_day(date, today)}" if word else short_day(date, today)


def days_past(date: datetime.date) -> str:
    """`4 days past`; for a day that is over."""
    days = (timezone.localdate() - date).days
    return ngettext("%(days)d day past", "%(days)d days past", days) % {"days": days}


def days_late(date: datetime.date) -> str:
    """`4 days late`; for a day that is over."""
    days = (timezone.localdate() - date).days
    return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}


def on_day(date: datetime.date, today: datetime.date) -> str:
    """`tomorrow`, `on Wednesday` within a week, `on 4 Dec`: as a sentence ends with it. For a day that is not over."""
    days = (date - today).days
    if days in (0, 1):
        return gettext("tomorrow") if days else gettext("today")
    if days < DAYS_OF_A_WEEK:
        return gettext("on %(day)s") % {"day": formats.date_format(date, "l")}
    short = formats.date_format(date, _in_language("j M", "j. b") + ("" if date.year == today.year else " Y"))
    return pgettext("date", "on %(day)s") % {"day": short}


def new_since(at: datetime.datetime | None) -> str:
    """`New since Tuesday`: the heading of what others did since a moment that is over; None if it was never seen."""
    if at is None:
        return gettext("New to you")
    local, today = timezone.localtime(at), timezone.localdate()
    days = (today - local.date()).days
    if days < 1:
        return gettext("New since %(time)s") % {"time": time_of_day(local.time())}
    if days == 1:
        return gettext("New since yesterday")
    if days < DAYS_OF_A_WEEK:
        return gettext("New since %(day)s") % {"day": formats.date_format(local.date(), "l")}
    short = formats.date_format(local.date(), _in_language("j M", "j. b"))
    return gettext("New since %(day)s") % {"day": short + ("" if local.year == today.year else f" {local.year}")}


def weekday(date: datetime.date) -> str:
    """`Wednesday 25 November`, `onsdag 25. november`."""
    return formats.date_format(date, _in_language("l j F", "l j. F"))


def day_in_words(moment: datetime.date) -> str:
    """`3 Jan 2027`, `3. januar 2027`. For a moment: its day in the organisation's time zone."""
    return formats.date_format(_local(moment), _in_language("j M Y", "j. F Y"))


def month(date: datetime.date) -> str:
    """`November 2026`, `november 2026`."""
    return formats.date_format(date, "F Y")


def time_of_day(time: datetime.time) -> str:
    """`09:30`, in both languages."""
    return f"{time:%H:%M}"


def day(moment: datetime.date | None) -> str:
    """`12.01.2027` or `12 Jan 2027`. For a moment: its day in the organisation's time zone."""
    if not isinstance(moment, datetime.date):
        return NOTHING
    return formats.date_format(_local(moment))


def _local(moment: datetime.date) -> datetime.date:
    if isinstance(moment, datetime.datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment


def moment(at: datetime.datetime) -> str:
    """`today 14:40`, `yesterday 09:05`, `12 Jan 2027 14:40`: in the organisation's time zone, within a sentence."""
    local = timezone.localtime(at)
    days = (timezone.localdate() - local.date()).days
    word = {0: gettext("today"), 1: gettext("yesterday")}.get(days) or day(local)
    return f"{word} {time_of_day(local.time())}"


def soon(at: datetime.datetime) -> str:
    """`at 14:32`, `tomorrow at 09:05`, `12 Jan 2027 at 14:40`: as a sentence ends with it."""
    local = timezone.localtime(at)
    days = (local.date() - timezone.localdate()).days
    said = {"time": time_of_day(local.time()), "day": gettext("tomorrow") if days == 1 else day(local)}
    return (gettext("%(day)s at %(time)s") if days else gettext("at %(time)s")) % said


def day_and_time(at: datetime.datetime) -> str:
    """`12.01.2027 09:30` or `12 Jan 2027 09:30`, in the organisation's time zone."""
    return f"{day(at)} {time_of_day(timezone.localtime(at).time())}"


def ago(at: datetime.datetime) -> str:
    """`5 days ago`, in one unit; `now` within a minute."""
    if timezone.now() - at < datetime.timedelta(minutes=1):
        return gettext("now")
    return gettext("%(time)s ago") % {"time": timesince(at, depth=1)}


def _in_language(english: str, norwegian: str) -> str:
    return norwegian if (translation.get_language() or "").startswith("nb") else english
