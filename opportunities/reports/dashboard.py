"""The dashboard: what is open, what was won, how often and how fast, each beside the period before."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, F, Sum, Value
from django.db.models.functions import Greatest, TruncDate
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opportunities import formats
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import conditions, periods, totals
from opportunities.pipeline.bridge_parts import Part, PipelineChange
from opportunities.pipeline.filters import bridge
from opportunities.pipeline.periods import Period
from opportunities.pipeline.tracks import Tracks
from opportunities.reports import closed, numbers, open_then
from opportunities.reports.closed import WON, Outcomes
from opportunities.reports.open_then import OpenThen
from opportunities.reports.pipelines import ESTIMATED, WEIGHTED
from opportunities.reports.tables import (
    Days,
    Definition,
    Filters,
    Measure,
    Number,
    ReportColumn,
    Row,
    Scope,
    Table,
    Text,
)
from opportunities.reports.win_loss_rows import CLOSED

WHAT_IS_OPEN: Filters = {"status": Opportunity.Status.OPEN.value}

BEFORE = Definition(
    _("Before"),
    _(
        "The period before: the month before, the quarter before, and for rate and cycle as many whole months if the "
        "period has whole months, or else as many days. While a period goes on, only the same days of the one before "
        "count: on the 10th of a month its first ten days with the first ten days of the month before. The days are "
        "below each figure. For what is open it is the beginning of the period, with the estimated revenue, the stage "
        "and the probability of that moment; the probability of a stage is that of today."
    ),
)
WIN_RATE = Definition(
    _("Win rate"),
    _("Those won in percent of those closed in the period; the change is in percentage points."),
)
CYCLE = Definition(
    _("Average cycle"),
    _(
        "Days from the start of the process to the close date of what was won in the period; the mean. A close date "
        "before the start counts as 0 days."
    ),
)
WON_BY_CLOSE_DATE = Definition(
    pgettext_lazy("opportunities", "Won"),
    _(
        "Won with a close date in the month or the quarter; the revenue is the actual one. What was reopened counts "
        "only by the closing that holds now."
    ),
)


def tables(scope: Scope) -> list[Table]:
    """A table for each unit: numbers, amounts, the rate and days. At most five queries."""
    month, quarter, chosen = (
        [days, days.before_as_far(scope.today)] for days in (*_month_and_quarter(scope.today), scope.period)
    )
    by_day = _by_day(scope.opportunities, [*month, *quarter, *chosen])
    won = [Won.of(_("Won this month"), month, by_day), Won.of(_("Won this quarter"), quarter, by_day)]
    shares = Tracks().probabilities
    open_now = totals.total(totals.groups(scope.opportunities.open()), shares)
    before, behind = _open_before(scope, shares)
    is_open = [WHAT_IS_OPEN, behind]
    counts = [
        _row(pgettext_lazy("opportunities", "Open"), [open_now.count, before.count], is_open),
        *(each.row([outcomes.won for outcomes in each.outcomes]) for each in won),
    ]
    amounts = [
        _row(_("Open, estimated"), [open_now.revenue, before.revenue], is_open),
        _row(_("Open, weighted"), [open_now.weighted, before.weighted], is_open),
        *(each.row([outcomes.won_revenue for outcomes in each.outcomes]) for each in won),
    ]
    rates = [_sum(by_day, days).rate for days in chosen]
    rate = _row(_("Win rate"), rates, note=_note(chosen[1]))
    cycle = _row(_("Average cycle"), _cycles(scope, chosen), note=_note(chosen[1]))
    return [
        _table("opportunities", _("Opportunities"), Measure.COUNT, counts, WON_BY_CLOSE_DATE),
        _table("revenue", _("Revenue"), Measure.MONEY, amounts, ESTIMATED, WEIGHTED, WON_BY_CLOSE_DATE),
        _table("rate", _("Win rate"), Measure.PERCENT, [rate], WIN_RATE, CLOSED),
        _table("cycle", _("Average cycle"), Measure.DAYS, [cycle], CYCLE, CLOSED),
    ]


@dataclass(frozen=True)
class Won:
    """What was won in a period, and in the days before with which it is compared."""

    label: Text
    both: list[Days]
    outcomes: list[Outcomes]

    @classmethod
    def of(cls, label: Text, both: list[Days], by_day: Mapping[datetime.date, Outcomes]) -> "Won":
        return cls(label, both, [_sum(by_day, days) for days in both])

    def row(self, values: list[int] | list[Decimal]) -> Row:
        filters = [{"status": WON, **days.filters("closed")} for days in self.both]
        return _row(self.label, values, filters, _note(self.both[1]))


def _table(key: str, title: Text, unit: Measure, rows: list[Row], *more: Definition) -> Table:
    columns = [
        ReportColumn("now", _("Now"), unit),
        ReportColumn("before", _("Before"), unit),
        ReportColumn("change", pgettext_lazy("difference", "Change"), unit),
    ]
    return Table(key, title, _("Figure"), columns, rows, definitions=(*more, BEFORE), is_small=True)


def _row(
    label: Text,
    values: Iterable[int | Decimal | None],
    filters: Iterable[Filters | None] = (None, None),
    note: str = "",
) -> Row:
    """The value now and before, and the change; None where one of the two is not known."""
    now, before = values
    figures = [Number(value, each) for value, each in zip((now, before), filters, strict=True)]
    change = None if now is None or before is None else now - before
    return Row(label, [*figures, Number(change)], figures[0].filters, note=note)


def _note(before: Days) -> str:
    """The days that Before counts."""
    return gettext("Before: %(first)s – %(last)s") % {
        "first": formats.day(before.first),
        "last": formats.day(before.last),
    }


def _month_and_quarter(today: datetime.date) -> list[Days]:
    first_month = settings.FISCAL_YEAR_FIRST_MONTH
    both = (Period.THIS_MONTH, Period.THIS_QUARTER)
    return [Days(*periods.days(period, today, first_month=first_month)) for period in both]


def _by_day(opportunities: OpportunityQuerySet, several: list[Days]) -> dict[datetime.date, Outcomes]:
    """The outcomes of each day on which anything was closed, of these periods and the time between. One query."""
    whole = Days(min(days.first for days in several), max(days.last for days in several))
    return closed.by_day(closed.in_period(opportunities, whole))


def _sum(by_day: Mapping[datetime.date, Outcomes], period: Days) -> Outcomes:
    return closed.total(outcomes for day, outcomes in by_day.items() if period.first <= day <= period.last)


def _open_before(scope: Scope, shares: Mapping[int, int]) -> tuple[OpenThen, Filters | None]:
    """What was open when the period began, and the filters behind it. Nothing is known of one that has not begun."""
    if scope.period.first > scope.today:
        return OpenThen(), None
    change = PipelineChange(scope.period.first, scope.period.last)
    return open_then.total(scope.opportunities, change, shares), bridge.of_part(Part.OPENING, change)


def _cycles(scope: Scope, both: list[Days]) -> list[Decimal | None]:
    """The mean cycle of what was won in the period, and in the one before. One query."""
    whole = Days(both[1].first, both[0].last)
    won = closed.in_period(scope.opportunities, whole).filter(status=WON, instances__is_primary=True)
    started = TruncDate("instances__started_at", tzinfo=timezone.get_default_timezone())
    took = ExpressionWrapper(F("closed_on") - started, output_field=DurationField())
    none = Value(datetime.timedelta(), output_field=DurationField())
    within = [conditions.closed_between(days.first, days.last) for days in both]
    sums = won.aggregate(
        **{f"count_{at}": Count("pk", filter=condition) for at, condition in enumerate(within)},
        **{f"time_{at}": Sum(Greatest(took, none), filter=condition) for at, condition in enumerate(within)},
    )
    return [
        numbers.one_place(Decimal(sums[f"time_{at}"].days) / sums[f"count_{at}"]) if sums[f"count_{at}"] else None
        for at in range(len(both))
    ]
