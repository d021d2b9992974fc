"""Conditions of lists of opportunities. `today` is the date of the organisation."""

import datetime
import functools
import operator
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from opportunities.activities import news
from opportunities.models import Opportunity, Waiver
from opportunities.models.json_lists import ListContains
from opportunities.pipeline import periods
from opportunities.pipeline.day_groups import GROUPS, DayGroup, Reason
from salesflow import word_search
from salesflow.users.models import User

ME = "me"
ALL = "all"
DISABLED = "disabled"  # owners who are
NONE = "none"  # without a value
OVERDUE, TODAY, NOTHING_PLANNED = "overdue", "today", "none"  # when the next step is due
READY, MISSING = "1", "0"  # whether the gate is open
PAST, UNDATED = "past", "none"  # when it is expected to be closed; or a period
STUCK = "1"
FORECAST_COUNTS = "counted"  # every category that a forecast counts

_OPEN = Q(status=Opportunity.Status.OPEN)


def of_text(text: str) -> Q:
    """The names of the opportunity, its account and its contact together contain every word of the text."""
    return word_search.condition(text, "found_by")


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
        return self._any_of(GROUPS[DayGroup.STUCK])

    def in_group(self, group: DayGroup) -> Q:
        """It has a reason of this group, and none of a group before it: `day_groups.group_of` as a condition."""
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
        over |= Q(active_stage__in=pks, stage_counted_from__lt=midnight(today - datetime.timedelta(days=target)))
    return _OPEN & Q(is_on_hold=False, is_finished=False) & over


def midnight(day: datetime.date) -> datetime.datetime:
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


def is_ready(which: str = READY) -> Q:
    """Open, not on hold, and with an open gate; or the same with a shut one (MISSING)."""
    return _OPEN & Q(is_ready=which == READY, is_on_hold=False)


def is_blocked_by(step: int) -> Q:
    """Open, and the step with this id is required where the opportunity is, neither met nor waived."""
    return _OPEN & Q(ListContains(F("unmet_steps"), step))


def is_waived() -> Q:
    """A step of it is waived."""
    return Q(Exists(Waiver.objects.in_force().filter(opportunity=OuterRef("pk")).order_by()))


def to_catch_up() -> Q:
    """Open, and it lacks a step that an import waived."""
    return _OPEN & Q(steps_to_catch_up__gt=0)


def has_news(reader: User) -> Q:
    """Others changed it since the reader last looked. Only of opportunities that the reader may see."""
    return Q(pk__in=news.looks(reader).order_by().values("opportunity"))


def forecasts(category: str) -> Q:
    """In a forecast category, or in any but Omitted (FORECAST_COUNTS)."""
    if category == FORECAST_COUNTS:
        return ~Q(forecast_category=Opportunity.ForecastCategory.OMITTED)
    return Q(forecast_category=category)


def closes(when: str, today: datetime.date) -> Q:
    """Open, on hold or not, with an estimated close date in a period, one that has passed, or none."""
    match when:
        case when if when == PAST:
            return _OPEN & Q(estimated_close_date__lt=today)
        case when if when == UNDATED:
            return _OPEN & Q(estimated_close_date__isnull=True)
    return _OPEN & Q(estimated_close_date__range=_days_of(when, today))


def closes_between(first: datetime.date | None, last: datetime.date | None) -> Q:
    """Open, with an estimated close date from `first` to `last`, each included."""
    return _OPEN & _between("estimated_close_date", first, last)


def closed(when: str, today: datetime.date) -> Q:
    """Won or lost in a period."""
    return Q(closed_on__range=_days_of(when, today))


def closed_between(first: datetime.date | None, last: datetime.date | None) -> Q:
    return Q(closed_on__isnull=False) & _between("closed_on", first, last)


def created(when: str, today: datetime.date) -> Q:
    """Created in a period, by the organisation's calendar."""
    return created_between(*_days_of(when, today))


def created_between(first: datetime.date | None, last: datetime.date | None) -> Q:
    return happened_between("created_at", first, last)


def happened_between(column: str, first: datetime.date | None, last: datetime.date | None) -> Q:
    """A moment from the first day to the last, each included, by the organisation's calendar."""
    found = Q(**{f"{column}__gte": midnight(first)}) if first else Q()
    return found & Q(**{f"{column}__lt": midnight(last + datetime.timedelta(days=1))}) if last else found


def is_in_industry(industry: str) -> Q:
    """Of an account in this industry; `NONE`: without an account, or of one without an industry.

    An account whose industry is that word counts as one without.
    """
    if industry == NONE:
        return Q(account__isnull=True) | Q(account__industry__in=["", NONE])
    return Q(account__industry=industry)


def _between(column: str, first: datetime.date | None, last: datetime.date | None) -> Q:
    found = Q(**{f"{column}__gte": first}) if first else Q()
    return found & Q(**{f"{column}__lte": last}) if last else found


def _days_of(period: str, today: datetime.date) -> tuple[datetime.date, datetime.date]:
    return periods.days(periods.Period(period), today, first_month=settings.FISCAL_YEAR_FIRST_MONTH)
