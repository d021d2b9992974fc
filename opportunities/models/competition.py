from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from opportunities.models.accounts import Searchable
from opportunities.models.door import BehindTheDoor, GuardedQuerySet
from opportunities.models.opportunity import Opportunity


class Competitor(Searchable):
    """Another seller that we meet."""

    name = models.CharField(_("name"), max_length=200)
    website = models.URLField(_("website"), blank=True)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["search_text", "sort_text"])

    class Meta:
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        ordering = ["sort_text", "pk"]
        indexes = [models.Index(fields=["sort_text", "id"], name="competitor_by_name")]

    def __str__(self) -> str:
        return self.name


class OpportunityCompetitor(BehindTheDoor):
    """A competitor met in one opportunity."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="competitor_links")
    competitor = models.ForeignKey(
        Competitor, models.PROTECT, related_name="opportunity_links", verbose_name=_("competitor")
    )
    note = models.CharField(_("strengths and weaknesses"), max_length=500, blank=True)

    objects = GuardedQuerySet["OpportunityCompetitor"].as_manager()
    is_edited = True

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
