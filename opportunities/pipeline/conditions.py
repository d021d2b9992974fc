"""Conditions and orders of lists of opportunities. `today` is the date of the organisation."""

import calendar
import datetime

from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import OrderBy

from opportunities.models import Opportunity
from salesflow import folding

ME = "me"
ALL = "all"
OVERDUE, TODAY, NOTHING_PLANNED = "overdue", "today", "none"  # when the next step is due
READY = "1"
THIS_MONTH = "month"

_OPEN = Q(status=Opportunity.Status.OPEN)

_STATUS_ORDER = Case(
    *(When(status=status, then=Value(position)) for position, status in enumerate(Opportunity.Status.values)),
)

SORTED_BY: dict[str, tuple[F | Case, ...]] = {
    "name": (F("sort_text"),),
    "account": (F("account__sort_text"),),
    "stage": (F("active_stage__order"), F("active_stage_id"), F("steps_met")),
    "revenue": (F("estimated_revenue"),),
    "close": (F("estimated_close_date"),),
    "owner": (F("owner__sort_text"),),
    "status": (_STATUS_ORDER, F("status_reason__order")),
}
"""The orders of a list. Names are sorted by `sort_text`."""


_NEVER_NULL = {"name"}  # sorted without NULLS LAST, so that an index is used


def of_text(text: str) -> Q:
    """The name of the opportunity or of its account contains every word of the text."""
    found = Q()
    for word in folding.words(text):
        found &= Q(search_text__contains=word) | Q(account__search_text__contains=word)
    return found


def of_section_filter(name: str, value: str, today: datetime.date) -> Q:
    """The condition of a filter that My day uses, too: `due`, `ready` or `closing`."""
    match name:
        case "due":
            return is_due(value, today)
        case "ready":
            return is_ready()
        case "closing":
            return closes_this_month(today)
    raise ValueError(name)


def is_due(which: str, today: datetime.date) -> Q:
    """Open, with a next step that is overdue, due today, or not planned. On hold, none needs to be planned."""
    return (
        _OPEN
        & {
            OVERDUE: Q(next_step_due__lt=today),
            TODAY: Q(next_step_due=today),
            NOTHING_PLANNED: Q(next_step="", next_step_due__isnull=True, is_on_hold=False),
        }[which]
    )


def is_ready() -> Q:
    """Open, not on hold, and with an open gate."""
    return _OPEN & Q(is_ready=True, is_on_hold=False)


def closes_this_month(today: datetime.date) -> Q:
    """Open, on hold or not, with an estimated close date in this month."""
    return _OPEN & Q(estimated_close_date__range=_month_of(today))


def order(sort: str) -> list[OrderBy]:
    """A total order, with missing values last. `sort` is a key of SORTED_BY; a minus reverses it."""
    name = sort.removeprefix("-")
    nulls_last = None if name in _NEVER_NULL else True
    columns = [OrderBy(column, descending=sort.startswith("-"), nulls_last=nulls_last) for column in SORTED_BY[name]]
    return [*columns, F("pk").asc()]


def _month_of(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the month."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
