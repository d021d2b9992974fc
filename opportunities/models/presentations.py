from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.models.attachments import Attachment
from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet


class Presentation(Guarded):
    """A proposal or a final proposal that was presented to the customer: when, and to whom."""

    class Kind(models.TextChoices):
        PROPOSAL = "proposal", pgettext_lazy("presentation", "Proposal")
        FINAL_PROPOSAL = "final_proposal", pgettext_lazy("presentation", "Final proposal")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="presentations")
    kind = models.CharField(_("what was presented"), max_length=14, choices=Kind, default=Kind.PROPOSAL)
    held_on = models.DateField(_("date"))
    held_at = models.TimeField(_("time"), null=True, blank=True)
    # The ids and the names of the contacts, as the log has them: they stay when a stakeholder leaves.
    attendees = models.JSONField(_("presented to"), default=list, blank=True, editable=False)
    file = models.ForeignKey(
        Attachment, models.RESTRICT, null=True, blank=True, related_name="presentations", verbose_name=_("file")
    )
    created_at = models.DateTimeField(_("entered"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by"), editable=False
    )

    objects = GuardedQuerySet["Presentation"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        created_by_id: int
        file_id: int | None

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("presentation")
        verbose_name_plural = _("presentations")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["proposal", "final_proposal"]),
                name="presentation_kind_is_known",
                violation_error_message=_("Choose one of the kinds listed."),
            ),
        ]

    def __str__(self) -> str:
        return self.held_on.isoformat()
