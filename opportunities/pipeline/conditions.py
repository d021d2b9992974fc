"""Conditions and orders of lists of opportunities. `today` is the date of the organisation."""

import calendar
import datetime
import functools
import operator
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import OrderBy
from django.utils import timezone

from opportunities.models import Opportunity
from opportunities.pipeline.groups import GROUPS, Group, Reason
from salesflow import word_search

ME = "me"
ALL = "all"
DISABLED = "disabled"  # owners who are
OVERDUE, TODAY, NOTHING_PLANNED = "overdue", "today", "none"  # when the next step is due
READY = "1"
THIS_MONTH, PAST = "month", "past"  # when it is expected to be closed
STUCK = "1"

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
    "due": (F("next_step_due"),),
    "age": (F("stage_counted_from"),),
    "owner": (F("owner__sort_text"),),
    "status": (_STATUS_ORDER, F("status_reason__order")),
}
"""The orders of a list. Names are sorted by `sort_text`."""


_NEVER_NULL = {"name"}  # sorted without NULLS LAST, so that an index is used


def of_text(text: str) -> Q:
    """The name of the opportunity or of its account contains every word of the text."""
    return word_search.condition(text, "search_text", "account__search_text")


@dataclass(frozen=True)
class Reasons:
    """The condition of each reason and of each group of My day, on one day.

    `targets` has the target of each stage with one, in days, by the id of the stage (`tracks.Tracks.targets`).
    On hold, only the dates of an opportunity count: its next step and its estimated close date.
    """

    today: datetime.date
    targets: Mapping[int, int]

    def of(self, reason: Reason) -> Q:
        match reason:
            case Reason.LATE:
                return is_due(OVERDUE, self.today)
            case Reason.SLIPPED:
                return closes(PAST, self.today)
            case Reason.DUE_TODAY:
                return is_due(TODAY, self.today)
            case Reason.READY:
                return _OPEN & Q(is_on_hold=False) & (Q(is_ready=True) | Q(is_finished=True))
            case Reason.OVER_TARGET:
                return is_over_target(self.today, self.targets)
            case Reason.UNPLANNED:
                return is_due(NOTHING_PLANNED, self.today)

    @property
    def stuck(self) -> Q:
        """Over the target of its stage, or nothing planned. Other reasons may apply as well."""
        return self._any_of(GROUPS[Group.STUCK])

    def in_group(self, group: Group) -> Q:
        """It has a reason of this group, and none of a group before it: `groups.group_of` as a condition."""
        names = list(GROUPS)
        before = [reason for earlier in names[: names.index(group)] for reason in GROUPS[earlier]]
        fits = self._any_of(GROUPS[group])
        return fits & ~self._any_of(before) if before else fits

    def _any_of(self, reasons: "list[Reason] | tuple[Reason, ...]") -> Q:
        return functools.reduce(operator.or_, (self.of(reason) for reason in reasons))


def is_over_target(today: datetime.date, targets: Mapping[int, int]) -> Q:
    """`Opportunity.is_over_target` as a condition: counted in the days of the organisation's calendar."""
    stages: dict[int, list[int]] = {}
    for stage, target in targets.items():
        stages.setdefault(target, []).append(stage)
    over = Q(pk__in=[])
    for target, pks in stages.items():
        over |= Q(active_stage__in=pks, stage_counted_from__lt=_midnight(today - datetime.timedelta(days=target)))
    return _OPEN & Q(is_on_hold=False, is_finished=False) & over


def _midnight(day: datetime.date) -> datetime.datetime:
    """The moment at which the day begins for the organisation."""
    return datetime.datetime.combine(day, datetime.time.min, tzinfo=timezone.get_default_timezone())


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


def closes(when: str, today: datetime.date) -> Q:
    """Open, on hold or not, with an estimated close date in this month, or one that has passed."""
    return (
        _OPEN
        & {
            THIS_MONTH: Q(estimated_close_date__range=_month_of(today)),
            PAST: Q(estimated_close_date__lt=today),
        }[when]
    )


def order(sort: str) -> list[OrderBy]:
    """A total order, with missing values last. `sort` is a key of SORTED_BY; a minus reverses it."""
    name = sort.removeprefix("-")
    nulls_last = None if name in _NEVER_NULL else True
    columns = [OrderBy(column, descending=sort.startswith("-"), nulls_last=nulls_last) for column in SORTED_BY[name]]
    return [*columns, F("pk").asc()]


def _month_of(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the month."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
