"""Template filters that format money, days and counts in the reader's language."""

import datetime
from decimal import Decimal

from django import template
from django.utils import timezone

from opportunities import changed_by as change_sentences
from opportunities import formats
from opportunities import money as amounts
from opportunities.models import Event
from salesflow.users.models import User

register = template.Library()

day = register.filter("day", formats.day)


@register.filter
def money(amount: Decimal | int | None) -> str:
    """`500 000 kr`, `NOK 500,000`."""
    return amounts.shown(amount) if isinstance(amount, (Decimal, int)) else formats.NOTHING


@register.filter
def is_past(date: datetime.date | None) -> bool:
    """Whether the day is over in the organisation's time zone."""
    return date is not None and date < timezone.localdate()


@register.filter
def is_today(moment: datetime.datetime) -> bool:
    return timezone.localdate(moment) == timezone.localdate()


@register.filter
def figure(count: Decimal | int | None) -> str:
    """`1 234`, `1,234`."""
    return amounts.figures(count) if isinstance(count, (Decimal, int)) else formats.NOTHING


@register.filter
def changed_by(event: Event | None, reader: User) -> str:
    """A sentence for this reader about who changed the opportunity; empty without an event."""
    return change_sentences.sentence(event, reader) if event else ""


@register.filter
def before_error(label: str) -> str:
    """The label with a colon, unless it ends with a punctuation mark."""
    return label if str(label).endswith((":", "?", ".", "!")) else f"{label}:"
