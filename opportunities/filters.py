"""What a list of opportunities is narrowed to, and the order it is in."""

import calendar
import datetime
from dataclasses import dataclass

from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import OrderBy

from opportunities import text
from opportunities.models import Opportunity

MOST_WORDS = 10
ALL = "all"
OVERDUE, TODAY, NOTHING_PLANNED = "overdue", "today", "none"  # when the next step is due
READY = "1"
THIS_MONTH = "month"

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
"""The columns by which a list can be sorted. Names by `sort_text`, in which æ, ø and å come last."""


_NEVER_NULL = {"name"}  # asked for plainly, so that an index gives the order


@dataclass(frozen=True)
class Filters:
    """Which opportunities, and in which order; the defaults are what a list shows by itself.

    What is on hold is left out where something is asked of it that a hold takes away: to be ready, to be planned.
    A date that somebody set counts on hold, too.
    """

    today: datetime.date  # the organisation's
    q: str = ""
    status: str = Opportunity.Status.OPEN  # or ALL
    stage: int | None = None
    owner: int | None = None
    due: str = ""  # OVERDUE, TODAY or NOTHING_PLANNED
    ready: str = ""  # READY
    closing: str = ""  # THIS_MONTH: by the estimated close date
    sort: str = ""  # a key of SORTED_BY, with a minus for the other direction; empty: the last changed first

    @property
    def condition(self) -> Q:
        narrowed = Q()
        if self.status != ALL:
            narrowed &= Q(status=self.status)
        if self.stage is not None:
            narrowed &= Q(active_stage=self.stage)
        if self.owner is not None:
            narrowed &= Q(owner=self.owner)
        if self.due:
            narrowed &= self._due
        if self.ready == READY:
            narrowed &= Q(is_ready=True, is_on_hold=False)
        if self.closing == THIS_MONTH:
            narrowed &= Q(estimated_close_date__range=_month_of(self.today))
        if self.due or self.ready or self.closing:  # a closed opportunity is none of these, whatever its fields say
            narrowed &= Q(status=Opportunity.Status.OPEN)
        for word in text.folded(self.q).split()[:MOST_WORDS]:
            narrowed &= Q(search_text__contains=word) | Q(account__search_text__contains=word)
        return narrowed

    @property
    def _due(self) -> Q:
        return {
            OVERDUE: Q(next_step_due__lt=self.today),
            TODAY: Q(next_step_due=self.today),
            NOTHING_PLANNED: Q(next_step="", next_step_due__isnull=True, is_on_hold=False),
        }[self.due]

    @property
    def order(self) -> list[OrderBy]:
        name = self.sort.removeprefix("-")
        if name not in SORTED_BY:
            return [F("modified_at").desc(), F("pk").desc()]
        descending = self.sort.startswith("-")
        nulls_last = None if name in _NEVER_NULL else True
        columns = [OrderBy(column, descending=descending, nulls_last=nulls_last) for column in SORTED_BY[name]]
        return [*columns, F("pk").asc()]


def _month_of(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Its first and its last day."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
