from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opportunities.customers.models import Competitor
from opportunities.models.columns import is_amount, money
from opportunities.models.opportunity import Opportunity
from opportunities.models.status_reasons import StatusReason
from opportunities.models.write_guard import Guarded, GuardedQuerySet
from stages.models import Stage


class Closing(Guarded):
    """One closing as won or lost. A closing that was undone by reopening is kept, and counts in no sum."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="closings")
    outcome = models.CharField(_("outcome"), max_length=4, choices=Opportunity.Status)
    status_reason = models.ForeignKey(StatusReason, models.PROTECT, related_name="+", verbose_name=_("reason"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("stage when closed"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    closed_on = models.DateField(_("close date"))
    actual_revenue = money(_("actual revenue"))
    competitor = models.ForeignKey(
        Competitor, models.PROTECT, null=True, related_name="+", verbose_name=_("competitor lost to")
    )
    description = models.TextField(_("description"), max_length=4000, blank=True)
    reopened_at = models.DateTimeField(_("reopened"), null=True)
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reopen_reason = models.TextField(_("reason for reopening"), max_length=1000, blank=True)

    objects = GuardedQuerySet["Closing"].as_manager()

    if TYPE_CHECKING:
        stage_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("closing")
        verbose_name_plural = _("closings")
        ordering = ["pk"]
        indexes = [
            # What was closed since a moment, and what was reopened since.
            models.Index(fields=["at", "outcome", "opportunity", "reopened_at"], name="closing_by_moment"),
            models.Index(
                fields=["reopened_at", "at", "opportunity"],
                condition=Q(reopened_at__isnull=False),
                name="closing_by_reopening",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=is_amount("actual_revenue") & Q(actual_revenue__isnull=False, outcome="won")
                | Q(outcome="lost", actual_revenue__isnull=True)
                | is_amount("actual_revenue") & Q(actual_revenue__isnull=False, outcome="lost"),
                name="closing_has_outcome_and_revenue",
            ),
            models.UniqueConstraint(
                fields=["opportunity"], condition=Q(reopened_at__isnull=True), name="one_closing_in_force"
            ),
            models.CheckConstraint(
                condition=Q(reopened_at__isnull=True, reopened_by__isnull=True)
                | Q(reopened_at__isnull=False, reopened_by__isnull=False),
                name="closing_was_reopened_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.closed_on:%Y-%m-%d}"


class CloseRequest(Guarded):
    """A rep's request to a manager to close an opportunity as lost although steps are missing, with the rep's answers.

    It ends when a manager closes the opportunity or declines, or when the rep takes it back. A request from before
    version 0005 has no answers besides its description: `status_reason` and `closed_on` are empty.
    The competitor is linked to the opportunity only when the opportunity is closed.
    """

    class Outcome(models.TextChoices):
        CLOSED = "closed", _("Closed")
        DECLINED = "declined", _("Declined")
        TAKEN_BACK = "withdrawn", _("Taken back")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="close_requests")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    status_reason = models.ForeignKey(
        StatusReason, models.PROTECT, null=True, related_name="+", verbose_name=_("reason")
    )
    competitor = models.ForeignKey(
        Competitor, models.PROTECT, null=True, related_name="+", verbose_name=_("competitor lost to")
    )
    closed_on = models.DateField(_("close date"), null=True)
    actual_revenue = money(_("actual revenue"))
    description = models.TextField(_("description"), max_length=4000, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, blank=True)

    objects = GuardedQuerySet["CloseRequest"].as_manager()

    if TYPE_CHECKING:
        by_id: int
        status_reason_id: int | None
        competitor_id: int | None

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("request to close")
        verbose_name_plural = _("requests to close")
        ordering = ["pk"]
        indexes = [
            # The requests without an answer, the oldest first, for My day of managers.
            models.Index(fields=["at", "id"], condition=Q(answered_at__isnull=True), name="close_request_unanswered"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity"],
                condition=Q(answered_at__isnull=True),
                name="one_open_close_request_per_opportunity",
                violation_error_message=_("A manager has been asked already."),
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, outcome="")
                | Q(
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                    outcome__in=["closed", "declined", "withdrawn"],
                ),
                name="close_request_was_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status_reason__isnull=True, closed_on__isnull=True)
                | Q(status_reason__isnull=False, closed_on__isnull=False),
                name="close_request_has_answers",
            ),
            models.CheckConstraint(
                condition=Q(actual_revenue__isnull=True) | is_amount("actual_revenue"),
                name="close_request_revenue_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status_reason or self.description}"

    @property
    def is_waiting(self) -> bool:
        return self.answered_at is None

    @property
    def has_answers(self) -> bool:
        return self.closed_on is not None
