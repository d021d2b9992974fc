from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opportunities.models.journey import Waiver
from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet
from stages.models import Step


class WaiverRequest(Guarded):
    """A request to a manager to waive one missing step of one opportunity.

    A manager approves it, with a waiver, or declines it; or it is taken back. It ends by itself as not needed when the
    step is no longer missing or the opportunity is closed: then `answered_by` is the person who did that.
    """

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        TAKEN_BACK = "taken_back", _("Taken back")
        NOT_NEEDED = "not_needed", _("No longer needed")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="waiver_requests")
    step = models.ForeignKey(Step, models.PROTECT, related_name="waiver_requests", verbose_name=_("step"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.TextField(_("reason"), max_length=1000)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    waiver = models.OneToOneField(Waiver, models.CASCADE, null=True, related_name="+", verbose_name=_("waiver"))

    objects = GuardedQuerySet["WaiverRequest"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        step_id: int
        by_id: int
        waiver_id: int | None
        answered_by_id: int | None

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("request for a waiver")
        verbose_name_plural = _("requests for waivers")
        ordering = ["pk"]
        indexes = [
            # The requests without an answer, the oldest first, for My day of managers.
            models.Index(fields=["at", "id"], condition=Q(answered_at__isnull=True), name="waiver_request_unanswered"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "step"],
                condition=Q(answered_at__isnull=True),
                name="one_open_waiver_request_per_step",
                violation_error_message=_("A manager has been asked to waive this step already."),
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, outcome="", answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False)
                & Q(outcome__in=["approved", "declined", "taken_back", "not_needed"]),
                name="waiver_request_has_answer_and_outcome",
                violation_error_message=_("An answered request says who answered it, when and how."),
            ),
            models.CheckConstraint(
                condition=Q(waiver__isnull=False, outcome="approved") | Q(waiver__isnull=True) & ~Q(outcome="approved"),
                name="approved_waiver_request_has_waiver",
                violation_error_message=_("An approved request, and no other, has a waiver."),
            ),
        ]

    def __str__(self) -> str:
        return self.reason
