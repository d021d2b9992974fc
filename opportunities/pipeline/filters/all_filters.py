"""Every filter of opportunities, by its name in an address."""

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.models import Opportunity
from opportunities.pipeline import conditions, periods
from opportunities.pipeline.conditions import (
    ALL,
    DISABLED,
    ME,
    MISSING,
    NONE,
    NOTHING_PLANNED,
    OVERDUE,
    PAST,
    READY,
    STUCK,
    TODAY,
    UNDATED,
)
from opportunities.pipeline.day_groups import GROUP_NAMES, DayGroup
from opportunities.pipeline.filters import bridge, history, rows
from opportunities.pipeline.filters.about import About
from opportunities.pipeline.filters.closings import CLOSINGS
from opportunities.pipeline.filters.customers import CUSTOMER
from opportunities.pipeline.filters.kinds import (
    Amount,
    ChoiceCondition,
    Condition,
    DayCondition,
    RowCondition,
    Search,
)
from opportunities.pipeline.filters.waivers import WAIVERS
from opportunities.pipeline.periods import Period
from salesflow import trees
from salesflow.users.models import Unit, User

EVERYBODY, ANY = _("Everybody"), _("All")
_FORWARD = (
    *(Period.THIS_MONTH, Period.NEXT_MONTH, Period.THIS_QUARTER),
    *(Period.NEXT_QUARTER, Period.THIS_YEAR, Period.NEXT_YEAR),
)
_BACK = (
    *(Period.THIS_MONTH, Period.LAST_MONTH, Period.THIS_QUARTER),
    *(Period.LAST_QUARTER, Period.THIS_YEAR, Period.LAST_YEAR),
)


def _periods(chosen: tuple[Period, ...]) -> list[tuple[str, Promise]]:
    return [(period.value, periods.LABELS[period]) for period in chosen]


def _owner(value: str, about: About) -> Q:
    if value == DISABLED:
        return Q(owner__in=User.objects.filter(is_active=False).order_by().values("pk"))
    return Q(owner=_person(value, about))


def _person(value: str, about: About) -> int:
    return about.reader.pk if value == ME else int(value)


WHOSE: dict[str, Condition] = {
    "owner": RowCondition(label=_("Owner"), rows=rows.OWNERS, empty_label=EVERYBODY, where=_owner),
    "unit": RowCondition(
        label=_("Team"),
        rows=rows.UNITS,
        empty_label=ANY,
        where=lambda value, about: (
            Q(owner__unit__isnull=True)
            if value == NONE
            else Q(owner__unit__in=trees.with_those_below(Unit, int(value)))
        ),
    ),
    "member": RowCondition(
        label=_("On the sales team"),
        rows=rows.PEOPLE,
        empty_label=EVERYBODY,
        where=lambda value, about: Q(team_members__user=_person(value, about)),
    ),
}

PLACE: dict[str, Condition] = {
    "status": ChoiceCondition(
        label=_("Status"),
        choices=[*Opportunity.Status.choices, (ALL, ANY)],
        where=lambda value, about: Q() if value == ALL else Q(status=value),
    ),
    "reason": RowCondition(
        label=_("Status reason"),
        rows=rows.REASONS,
        empty_label=ANY,
        where=lambda value, about: Q(status_reason=int(value)),
    ),
    "process": RowCondition(
        label=_("Process"),
        rows=rows.PROCESSES,
        empty_label=ANY,
        where=lambda value, about: Q(active_stage__process=int(value)),
    ),
    "stage": RowCondition(
        label=_("Stage"), rows=rows.STAGES, empty_label=ANY, where=lambda value, about: Q(active_stage=int(value))
    ),
    "hold": ChoiceCondition(
        label=_("On hold"),
        choices=[("1", _("On hold")), ("0", _("Not on hold"))],
        empty_label=ANY,
        where=lambda value, about: Q(is_on_hold=value == "1"),
    ),
}

NEEDS: dict[str, Condition] = {
    "ready": ChoiceCondition(
        label=_("Readiness"),
        choices=[(READY, _("Ready to advance")), (MISSING, _("Something is missing"))],
        empty_label=ANY,
        where=lambda value, about: conditions.is_ready(value),
    ),
    "blocked": RowCondition(
        label=_("Blocked by"),
        rows=rows.STEPS,
        empty_label=ANY,
        where=lambda value, about: conditions.is_blocked_by(int(value)),
    ),
    "due": ChoiceCondition(
        label=_("Next step"),
        choices=[(OVERDUE, _("Overdue")), (TODAY, _("Due today")), (NOTHING_PLANNED, _("Nothing planned"))],
        empty_label=ANY,
        where=lambda value, about: conditions.is_due(value, about.today),
    ),
    "stuck": ChoiceCondition(
        label=pgettext_lazy("opportunities", "Stuck"),
        choices=[(STUCK, _("Over target or nothing planned"))],
        empty_label=ANY,
        where=lambda value, about: about.reasons.stuck,
    ),
    "day": ChoiceCondition(
        label=_("My day"),
        choices=[(group.value, label) for group, label in GROUP_NAMES.items()],
        empty_label=ANY,
        where=lambda value, about: about.reasons.in_group(DayGroup(value)),
    ),
    "news": ChoiceCondition(
        label=_("News"),
        choices=[("1", _("Changed since I looked"))],
        empty_label=ANY,
        where=lambda value, about: conditions.has_news(about.reader),
    ),
    "waived": ChoiceCondition(
        label=_("Waivers"),
        choices=[("1", _("A step is waived"))],
        empty_label=ANY,
        where=lambda value, about: conditions.is_waived(),
    ),
    "catch_up": ChoiceCondition(
        label=_("Import"),
        choices=[("1", _("Imported, still lacks a step"))],
        empty_label=ANY,
        where=lambda value, about: conditions.to_catch_up(),
    ),
}

FORECAST: dict[str, Condition] = {
    "revenue_from": Amount(label=_("Revenue from"), where=lambda value, about: Q(estimated_revenue__gte=value)),
    "revenue_to": Amount(label=_("Revenue to"), where=lambda value, about: Q(estimated_revenue__lte=value)),
    "revenue": ChoiceCondition(
        label=_("Estimated revenue"),
        choices=[(NONE, _("Not estimated"))],
        empty_label=ANY,
        where=lambda value, about: Q(estimated_revenue__isnull=True),
    ),
    "rating": ChoiceCondition(
        label=_("Rating"),
        choices=Opportunity.Rating.choices,
        empty_label=ANY,
        where=lambda value, about: Q(rating=value),
    ),
    "forecast": ChoiceCondition(
        label=_("Forecast category"),
        choices=[*Opportunity.ForecastCategory.choices, (conditions.FORECAST_COUNTS, _("All but omitted"))],
        empty_label=ANY,
        where=lambda value, about: conditions.forecasts(value),
    ),
}

DATES: dict[str, Condition] = {
    "closing": ChoiceCondition(
        label=_("Estimated close date"),
        choices=[(PAST, _("Date passed")), *_periods(_FORWARD), (UNDATED, _("No date"))],
        empty_label=ANY,
        where=lambda value, about: conditions.closes(value, about.today),
    ),
    "closing_from": DayCondition(
        label=_("Closes from"), where=lambda value, about: conditions.closes_between(value, None)
    ),
    "closing_to": DayCondition(
        label=_("Closes until"), where=lambda value, about: conditions.closes_between(None, value)
    ),
    "closed": ChoiceCondition(
        label=_("Closed on"),
        choices=_periods(_BACK),
        empty_label=ANY,
        where=lambda value, about: conditions.closed(value, about.today),
    ),
    "closed_from": DayCondition(
        label=_("Closed from"), where=lambda value, about: conditions.closed_between(value, None)
    ),
    "closed_to": DayCondition(
        label=_("Closed until"), where=lambda value, about: conditions.closed_between(None, value)
    ),
    "created": ChoiceCondition(
        label=_("Created"),
        choices=_periods(_BACK),
        empty_label=ANY,
        where=lambda value, about: conditions.created(value, about.today),
    ),
    "created_from": DayCondition(
        label=_("Created from"), where=lambda value, about: conditions.created_between(value, None)
    ),
    "created_to": DayCondition(
        label=_("Created until"), where=lambda value, about: conditions.created_between(None, value)
    ),
}

SEARCH = Search(label=_("Search"), where=lambda value, about: conditions.of_text(value))

GROUPS: list[tuple[Promise, dict[str, Condition]]] = [
    (_("Whose"), WHOSE),
    (_("Stage and status"), PLACE),
    (_("What it needs"), NEEDS),
    (_("Customer"), CUSTOMER),
    (_("Revenue and forecast"), FORECAST),
    (_("Dates"), DATES),
    (_("Reports"), {**history.STAGES_PASSED, **CLOSINGS, **WAIVERS, **bridge.CHANGES}),
]
"""The filters as the page of all filters groups them."""

OF_CLOSED = ("reason", "closed", "closed_from", "closed_to", *history.OF_CLOSED, *CLOSINGS, "change")
"""Filters that also find, or only find, what is closed: with one of them, every status is shown by default."""

FILTERS: dict[str, Condition] = {
    "q": SEARCH,
    **{name: each for _label, group in GROUPS for name, each in group.items()},
}
