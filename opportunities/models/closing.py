from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from opportunities.models.columns import is_amount, money
from opportunities.models.competition import Competitor
from opportunities.models.door import BehindTheDoor, GuardedQuerySet
from opportunities.models.opportunity import Opportunity
from stages.models import LARGEST, NAME, Stage
from stages.texts import Bilingual
from stages.versions import Versioned

SET_BY_MOVES = {"in_progress", "on_hold", "won"}
"""The keys of the reasons that moves set by themselves."""


class StatusReason(Versioned, Bilingual):
    """Why an opportunity has the status it has. The rows with a key ship with the product and are set by moves."""

    status = models.CharField(_("status"), max_length=4, choices=Opportunity.Status)
    name_en = models.CharField(_("name (English)"), max_length=100, validators=NAME)
    name_nb = models.CharField(_("name (Norwegian)"), max_length=100, blank=True, validators=NAME)
    key = models.SlugField(_("key"), max_length=20, unique=True, null=True, blank=True, editable=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0, validators=[MaxValueValidator(LARGEST)])
    asks_competitor = models.BooleanField(_("asks for the competitor lost to"), default=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("status reason")
        verbose_name_plural = _("status reasons")
        ordering = ["status", "order", "pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.asks_competitor and self.status and self.status != Opportunity.Status.LOST:
            raise ValidationError({"asks_competitor": _("Only a reason for Lost can ask for the competitor.")})
        if self.is_archived and self.key in SET_BY_MOVES:
            raise ValidationError({"is_archived": _("This reason is set by moves and cannot be archived.")})
        others = StatusReason.objects.filter(status=self.status, is_archived=False).exclude(pk=self.pk)
        if self.is_archived and not others.exists():
            raise ValidationError({"is_archived": _("Each status needs a reason that is not archived.")})

    @property
    def name(self) -> str:
        return self.in_readers_language("name")


class Closing(BehindTheDoor):
    """One closing as won or lost. One that was undone by reopening stays, and counts in no sum."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="closings")
    outcome = models.CharField(_("outcome"), max_length=4, choices=Opportunity.Status)
    status_reason = models.ForeignKey(StatusReason, models.PROTECT, related_name="+", verbose_name=_("reason"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("stage it stood in"))
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


class CloseRequest(BehindTheDoor):
    """A rep asks a manager to let an opportunity be closed as lost though steps are missing.

    Answered by closing the opportunity, or by declining.
    """

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="close_requests")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.TextField(_("reason"), max_length=1000)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(_("answer"), max_length=1000, blank=True)

    objects = GuardedQuerySet["CloseRequest"].as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("request to close")
        verbose_name_plural = _("requests to close")
        ordering = ["pk"]
        indexes = [
            # Those that wait for an answer, the oldest first: what a manager's My day reads.
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
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="close_request_was_answered_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.reason
