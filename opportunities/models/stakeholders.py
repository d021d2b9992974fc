from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from opportunities.customers.models import Contact
from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet


class Stakeholder(Guarded):
    """A contact who has a say in the customer's decision."""

    class Role(models.TextChoices):
        STAKEHOLDER = "stakeholder", _("Stakeholder")
        DECISION_MAKER = "decision_maker", _("Decision maker")
        CHAMPION = "champion", _("Champion")
        ECONOMIC_BUYER = "economic_buyer", _("Economic buyer")
        TECHNICAL_BUYER = "technical_buyer", _("Technical buyer")
        END_USER = "end_user", _("End user")
        INFLUENCER = "influencer", _("Influencer")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="stakeholders")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="stakes", verbose_name=_("contact"))
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.STAKEHOLDER)
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = GuardedQuerySet["Stakeholder"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        contact_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("stakeholder")
        verbose_name_plural = _("stakeholders")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "contact"],
                name="a_contact_is_a_stakeholder_once",
                violation_error_message=_("This contact is already a stakeholder of the opportunity."),
            )
        ]

    def __str__(self) -> str:
        return str(self.contact)
