from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.customers.models import Competitor
from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet


class OpportunityCompetitor(Guarded):
    """A competitor on one opportunity."""

    class Threat(models.TextChoices):
        LOW = "low", pgettext_lazy("threat level", "Low")
        MEDIUM = "medium", pgettext_lazy("threat level", "Medium")
        HIGH = "high", pgettext_lazy("threat level", "High")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="competitor_links")
    competitor = models.ForeignKey(
        Competitor, models.PROTECT, related_name="opportunity_links", verbose_name=_("competitor")
    )
    threat = models.CharField(_("threat level"), max_length=6, choices=Threat, blank=True)
    note = models.CharField(_("strengths and weaknesses"), max_length=500, blank=True)

    objects = GuardedQuerySet["OpportunityCompetitor"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        competitor_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "competitor"],
                name="a_competitor_once_per_opportunity",
                violation_error_message=_("This competitor is already on the opportunity."),
            )
        ]

    def __str__(self) -> str:
        return str(self.competitor)
