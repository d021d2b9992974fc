"""The filter bar of the list of opportunities."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities import access
from opportunities.forms import fields
from opportunities.forms.filter_bar import FilterBar
from opportunities.forms.list_filter import ListFilter, SearchFilter
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import conditions, owners
from opportunities.pipeline.conditions import (
    ALL,
    DISABLED,
    ME,
    NOTHING_PLANNED,
    OVERDUE,
    PAST,
    READY,
    STUCK,
    THIS_MONTH,
    TODAY,
    Reasons,
)
from opportunities.pipeline.groups import GROUP_NAMES, Group
from opportunities.pipeline.tracks import Tracks
from opportunities.transitions import organisation_date
from salesflow.users.models import User
from stages.models import Stage

MONEY = DecimalField(max_digits=20, decimal_places=2)


@dataclass(frozen=True)
class Totals:
    """How many opportunities, and what they are expected to bring."""

    count: int
    revenue: Decimal
    weighted: Decimal


class OpportunityFilterBar(FilterBar):
    beside = ("status", "stage", "owner")
    folded = ("due", "ready", "closing", "stuck", "day")


class OpportunityFilter(ListFilter):
    """The filters and the order of the list; by default the open opportunities, the last changed first."""

    orders = {
        "": _("Last changed"),
        "name": _("Name"),
        "account": _("Account"),
        "stage": _("Stage"),
        "-revenue": _("Revenue"),
        "close": _("Close date"),
        "due": _("Next step"),
        "age": _("Days in stage"),
        "owner": _("Owner"),
        "status": _("Status"),
    }
    columns = ("name", "stage", "-revenue", "close", "due", "age", "owner")
    figure_columns = ("revenue", "age")
    defaults = {"status": Opportunity.Status.OPEN.value}

    q = SearchFilter(label=_("Search"), method="of_text", widget=forms.TextInput({"type": "search"}))
    status = django_filters.ChoiceFilter(
        label=_("Status"), method="of_status", choices=[*Opportunity.Status.choices, (ALL, _("All"))], empty_label=None
    )
    stage = django_filters.TypedChoiceFilter(label=_("Stage"), method="in_stage", coerce=int, empty_value=None)
    owner = django_filters.ChoiceFilter(
        label=_("Owner"), method="of_owner", choices=[(ME, _("Me"))], empty_label=_("Everybody")
    )
    due = django_filters.ChoiceFilter(
        label=_("Next step"),
        method="asks_for",
        choices=[(OVERDUE, _("Overdue")), (TODAY, _("Due today")), (NOTHING_PLANNED, _("Nothing planned"))],
        empty_label=_("All"),
    )
    ready = django_filters.ChoiceFilter(
        label=_("Readiness"), method="asks_for", choices=[(READY, _("Ready to advance"))], empty_label=_("All")
    )
    closing = django_filters.ChoiceFilter(
        label=_("Estimated close date"),
        method="asks_for",
        choices=[(THIS_MONTH, _("Closing this month")), (PAST, _("Date passed"))],
        empty_label=_("All"),
    )
    stuck = django_filters.ChoiceFilter(
        label=pgettext_lazy("opportunities", "Stuck"),
        method="asks_for",
        choices=[(STUCK, _("Over target or nothing planned"))],
        empty_label=_("All"),
    )
    day = django_filters.ChoiceFilter(
        label=_("My day"), method="asks_for", choices=list(GROUP_NAMES.items()), empty_label=_("All")
    )
    sort = django_filters.ChoiceFilter(label=_("Sort by"), method="in_order", empty_label=None)

    class Meta:
        form = OpportunityFilterBar

    def __init__(self, query: QueryDict, queryset: QuerySet[Any], *, request: Any) -> None:
        self.today: datetime.date = organisation_date(timezone.now())
        self.tracks = Tracks()
        super().__init__(query, queryset, request=request)

    def choices(self, query: QueryDict) -> dict[str, list[tuple[Any, Any]]]:
        stages = [("", _("All")), *_stages(fields.query_id(query, "stage"))]
        owner = self.filters["owner"]
        owner.extra["error_messages"] = {"invalid_choice": owners.refused(self.request.user)}
        chosen = owners.offered(query, self.request.user)
        disabled = [(DISABLED, _("Disabled owners"))] if access.sees_others(self.request.user) else []
        return {**super().choices(query), "stage": stages, "owner": [(ME, _("Me")), *disabled, *chosen]}

    @property
    def rows(self) -> OpportunityQuerySet:
        """The opportunities that the reader may see. This condition comes last, because it is cheapest then."""
        found: OpportunityQuerySet = self.qs
        return found.visible_to(self.request.user)

    @cached_property
    def totals(self) -> Totals:
        """Of all that is found, in one query. Finds the rows first: those of others cost the reader nothing."""
        share = Coalesce("probability", "active_stage__probability")
        figures = Opportunity.objects.filter(pk__in=self.rows.order_by().values("pk")).aggregate(
            count=Count("pk"),
            revenue=Sum("estimated_revenue", default=Decimal(0)),
            weighted=Sum(F("estimated_revenue") * share / 100, default=Decimal(0), output_field=MONEY),
        )
        return Totals(figures["count"], figures["revenue"], figures["weighted"])

    @property
    def shows_any_status(self) -> bool:
        return self.given("status") == ALL

    @property
    def any_status_address(self) -> str:
        return self.address(status=ALL)

    def of_text(self, rows: OpportunityQuerySet, name: str, value: str) -> OpportunityQuerySet:
        return rows.matching(conditions.of_text(value))

    def of_status(self, rows: OpportunityQuerySet, name: str, value: str) -> OpportunityQuerySet:
        return rows if value == ALL else rows.matching(Q(status=value))

    def in_stage(self, rows: OpportunityQuerySet, name: str, value: int) -> OpportunityQuerySet:
        return rows.matching(Q(active_stage=value))

    def of_owner(self, rows: OpportunityQuerySet, name: str, value: str) -> OpportunityQuerySet:
        if value == DISABLED:
            return rows.matching(Q(owner__in=User.objects.filter(is_active=False).order_by().values("pk")))
        return rows.matching(Q(owner=self.request.user.pk if value == ME else int(value)))

    def asks_for(self, rows: OpportunityQuerySet, name: str, value: str) -> OpportunityQuerySet:
        return rows.matching(self._condition(name, value))

    def _condition(self, name: str, value: str) -> Q:
        match name:
            case "due":
                return conditions.is_due(value, self.today)
            case "ready":
                return conditions.is_ready()
            case "closing":
                return conditions.closes(value, self.today)
        reasons = Reasons(self.today, self.tracks.targets)
        return reasons.stuck if name == "stuck" else reasons.in_group(Group(value))

    def in_order(self, rows: OpportunityQuerySet, name: str, value: str) -> OpportunityQuerySet:
        return rows.order_by(*conditions.order(value))


def _stages(asked: int | None) -> list[tuple[int, str]]:
    """The stages in use, in order, and the one with the id `asked`, which may be archived. One query."""
    in_use = Q(is_archived=False, process__is_archived=False)
    stages = Stage.objects.filter(in_use | Q(pk=asked)).select_related("process")
    in_order = sorted(stages, key=lambda stage: (stage.process.place, stage.order, stage.pk))
    return [(stage.pk, stage.name) for stage in in_order]
