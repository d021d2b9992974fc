from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from opportunities.models.accounts import Contact
from opportunities.models.door import BehindTheDoor, GuardedQuerySet
from opportunities.models.opportunity import Opportunity


class Stakeholder(BehindTheDoor):
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
    is_edited = True

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


class TeamMember(BehindTheDoor):
    """A colleague who works on the opportunity and may therefore see and edit it."""

    class Role(models.TextChoices):
        ACCOUNT_MANAGER = "account_manager", _("Account manager")
        DELIVERY = "delivery", _("Delivery professional")
        INDUSTRY_EXPERT = "industry_expert", _("Industry expert")
        SERVICE = "service", _("Service professional")
        TECHNICAL_SALES = "technical_sales", _("Technical sales professional")
        TERRITORY_MANAGER = "territory_manager", _("Territory manager")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="team_members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="team_memberships", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.ACCOUNT_MANAGER)

    objects = GuardedQuerySet["TeamMember"].as_manager()
    is_edited = True

    if TYPE_CHECKING:
        opportunity_id: int
        user_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "user"],
                name="a_person_is_on_the_team_once",
                violation_error_message=_("This person is already on the sales team."),
            )
        ]

    def __str__(self) -> str:
        return str(self.user)
