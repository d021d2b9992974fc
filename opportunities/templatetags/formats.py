"""How pages write money, days and counts, in the reader's language."""

import datetime
from decimal import Decimal

from django import template
from django.utils import timezone

from opportunities import changed_by, formats
from opportunities import money as amounts
from opportunities.models import Event
from salesflow.users.models import User

register = template.Library()

day = register.filter("day", formats.day)
time_of_day = register.filter("time_of_day", formats.time_of_day)


@register.filter
def money(amount: Decimal | int | None) -> str:
    """`500 000 kr`, `NOK 500,000`."""
    return amounts.shown(amount) if isinstance(amount, (Decimal, int)) else formats.NOTHING


@register.filter
def is_past(date: datetime.date | None) -> bool:
    """Whether that day is over where the organisation is."""
    return date is not None and date < timezone.localdate()


@register.filter
def near_day(date: datetime.date | None) -> str:
    """`Tomorrow, Thu 26 Nov`."""
    return formats.near_day(date, timezone.localdate()) if date else formats.NOTHING


@register.filter
def days_past(date: datetime.date | None) -> int:
    """How many days ago it was where the organisation is; 0 for today and later."""
    return max((timezone.localdate() - date).days, 0) if date else 0


@register.filter
def is_today(moment: datetime.datetime) -> bool:
    return timezone.localdate(moment) == timezone.localdate()


@register.filter
def figure(count: Decimal | int | None) -> str:
    """`1 234`, `1,234`."""
    return amounts.figures(count) if isinstance(count, (Decimal, int)) else formats.NOTHING


@register.filter
def told_to(event: Event | None, reader: User) -> str:
    """Who changed the opportunity, for this reader; nothing without an event."""
    return changed_by.sentence(event, reader) if event else ""


@register.filter
def before_error(label: str) -> str:
    """A label with a colon; a question keeps its question mark alone."""
    return label if str(label).endswith((":", "?", ".", "!")) else f"{label}:"
