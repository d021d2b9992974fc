"""Template filters that format money, days and counts in the reader's language."""

import datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.translation import ngettext

from opportunities import changed_by as change_sentences
from opportunities import formats
from opportunities import money as amounts
from opportunities.models import Event, Opportunity
from salesflow.users.models import User

register = template.Library()

ago = register.filter("ago", formats.ago)
day = register.filter("day", formats.day)
day_and_time = register.filter("day_and_time", formats.day_and_time)
moment = register.filter("moment", formats.moment)
weekday = register.filter("weekday", formats.weekday)
new_since = register.filter("new_since", formats.new_since)
days_past = register.filter("days_past", formats.days_past)
days_late = register.filter("days_late", formats.days_late)
time_of_day = register.filter("time_of_day", formats.time_of_day)


@register.filter
def money(amount: Decimal | int | None) -> str:
    """`500 000 kr`, `NOK 500,000`."""
    return amounts.shown(amount) if isinstance(amount, (Decimal, int)) else formats.NOTHING


@register.filter
def is_past(date: datetime.date | None) -> bool:
    """Whether the day is over in the organisation's time zone."""
    return date is not None and date < timezone.localdate()


@register.filter
def age_in_words(opportunity: Opportunity, at: datetime.datetime) -> str:
    """`4 days`: in the active stage."""
    days = opportunity.days_in_stage(at)
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


@register.filter
def is_over_target(opportunity: Opportunity, at: datetime.datetime) -> bool:
    return opportunity.is_over_target(at)


@register.filter
def near_day(date: datetime.date | None) -> str:
    """`Tomorrow, Thu 26 Nov`."""
    return formats.near_day(date, timezone.localdate()) if date else formats.NOTHING


@register.filter
def on_day(date: datetime.date) -> str:
    """`tomorrow`, `on Wednesday`, `on 4 Dec`; for a day that is not over."""
    return formats.on_day(date, timezone.localdate())


@register.filter
def days_since(date: datetime.date) -> int:
    """The days since a day that is over; 0 or less for today and later."""
    return (timezone.localdate() - date).days


@register.filter
def is_today(moment: datetime.datetime) -> bool:
    return timezone.localdate(moment) == timezone.localdate()


@register.filter
def figure(count: Decimal | int | None) -> str:
    """`1 234`, `1,234`."""
    return amounts.grouped(count) if isinstance(count, (Decimal, int)) else formats.NOTHING


@register.filter
def changed_by(event: Event | None, reader: User) -> str:
    """A sentence for this reader about who changed the opportunity; empty without an event."""
    return change_sentences.sentence(event, reader) if event else ""


@register.filter
def before_error(label: str) -> str:
    """The label with a colon, unless it ends with a punctuation mark."""
    return label if str(label).endswith((":", "?", ".", "!")) else f"{label}:"
