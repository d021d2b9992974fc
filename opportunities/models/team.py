from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet


class TeamMember(Guarded):
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
