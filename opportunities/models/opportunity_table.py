"""The indexes and the constraints of the table of opportunities. Each constraint has a sentence for the user."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opportunities.models.columns import is_amount
from opportunities.models.source import SOURCE_CONSTRAINT

# On PostgreSQL there are four more, which SQLite does not know: for the search (migration 0022), by revenue with
# missing values last (migration 0026), and two with the columns that reports read of many rows (migration 0032).
INDEXES = [
    models.Index(fields=["status", "estimated_close_date", "id"], name="opportunity_by_close_date"),
    models.Index(fields=["owner", "status", "estimated_close_date"], name="opportunity_by_owner"),
    models.Index(fields=["-modified_at", "-id"], name="opportunity_by_change"),
    models.Index(fields=["status", "sort_text", "id"], name="opportunity_by_name"),
    # The list in its first order. With the owner, so that counting the opportunities of a rep reads no row.
    models.Index(fields=["status", "-modified_at", "-id", "owner"], name="opportunity_by_status_change"),
    # The totals of a list of every status, without reading a row.
    models.Index(fields=["active_stage", "probability", "estimated_revenue"], name="opportunity_by_stage"),
    # All columns of the funnel and the owner, so that it reads no row. SQLite needs the status, too.
    models.Index(
        fields=["active_stage", "probability", "pipeline_phase", "estimated_revenue", "status", "owner", "id"],
        condition=Q(status="open"),
        name="open_by_stage",
    ),
    # What was imported and still lacks something, of one owner or of all: few of many.
    models.Index(
        fields=["owner", "id"], condition=Q(status="open", steps_to_catch_up__gt=0), name="open_to_catch_up_by_owner"
    ),
    # All columns by which reports count what was closed in a period, so that they read no row.
    models.Index(
        fields=[
            *("closed_on", "status", "status_reason", "active_stage", "owner", "account"),
            *("estimated_revenue", "actual_revenue", "id"),
        ],
        condition=Q(closed_on__isnull=False),
        name="closed_by_day",
    ),
]

CONSTRAINTS: list[models.BaseConstraint] = [
    models.CheckConstraint(
        condition=(
            Q(status="open", closed_on__isnull=True, actual_revenue__isnull=True)
            | Q(status="won", closed_on__isnull=False, actual_revenue__isnull=False)
            | Q(status="lost", closed_on__isnull=False)
        ),
        name="closed_has_outcome_and_date",
        violation_error_message=_("A closed opportunity has a close date, and a won one its actual revenue."),
    ),
    models.CheckConstraint(
        condition=(
            Q(status="open") & ~Q(forecast_category__in=["won", "lost"])
            | Q(status="won", forecast_category="won")
            | Q(status="lost", forecast_category="lost")
        ),
        name="forecast_category_follows_status",
        violation_error_message=_("Won and Lost are set only by closing the opportunity."),
    ),
    models.CheckConstraint(
        condition=Q(estimated_revenue__isnull=True) | is_amount("estimated_revenue"),
        name="estimated_revenue_is_not_negative",
        violation_error_message=_("Estimated revenue cannot be negative."),
    ),
    models.CheckConstraint(
        condition=Q(estimated_budget__isnull=True) | is_amount("estimated_budget"),
        name="estimated_budget_is_not_negative",
        violation_error_message=_("Estimated budget cannot be negative."),
    ),
    models.CheckConstraint(
        condition=Q(actual_revenue__isnull=True) | is_amount("actual_revenue"),
        name="actual_revenue_is_not_negative",
        violation_error_message=_("Actual revenue cannot be negative."),
    ),
    models.CheckConstraint(
        condition=Q(probability__isnull=True) | Q(probability__gte=0, probability__lte=100),
        name="probability_is_a_percentage",
        violation_error_message=_("Probability is a number from 0 to 100."),
    ),
    models.CheckConstraint(
        condition=Q(no_known_competitors=False) | Q(competitor_count=0),
        name="no_known_competitors_means_none",
        violation_error_message=_("There are competitors on this opportunity."),
    ),
    SOURCE_CONSTRAINT,
]
