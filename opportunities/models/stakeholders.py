from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.customers.models import Contact
from opportunities.models.columns import ChoicesField, joined
from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet


class StakeholderRole(models.TextChoices):
    """What the contact is to the decision. `STAKEHOLDER` is the role of one who has no other."""

    STAKEHOLDER = "stakeholder", _("Stakeholder")
    DECISION_MAKER = "decision_maker", _("Decision maker")
    CHAMPION = "champion", _("Champion")
    ECONOMIC_BUYER = "economic_buyer", _("Economic buyer")
    TECHNICAL_BUYER = "technical_buyer", _("Technical buyer")
    END_USER = "end_user", _("End user")
    INFLUENCER = "influencer", _("Influencer")


class Attitude(models.TextChoices):
    """How the contact meets what is offered."""

    SUPPORTER = "supporter", pgettext_lazy("attitude", "Supporter")
    NEUTRAL = "neutral", pgettext_lazy("attitude", "Neutral")
    OPPONENT = "opponent", pgettext_lazy("attitude", "Opponent")
    UNKNOWN = "unknown", pgettext_lazy("attitude", "Unknown")


class Influence(models.TextChoices):
    """How much weight the contact has in the decision."""

    HIGH = "high", pgettext_lazy("influence", "High")
    MEDIUM = "medium", pgettext_lazy("influence", "Medium")
    LOW = "low", pgettext_lazy("influence", "Low")
    UNKNOWN = "unknown", pgettext_lazy("influence", "Unknown")


class Stakeholder(Guarded):
    """A contact who has a say in the customer's decision."""

    Role = StakeholderRole

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="stakeholders")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="stakes", verbose_name=_("contact"))
    roles: Any = ChoicesField(
        _("roles"), max_length=100, choices=StakeholderRole, default=(StakeholderRole.STAKEHOLDER.value,)
    )
    attitude = models.CharField(_("attitude"), max_length=10, choices=Attitude, default=Attitude.UNKNOWN)
    influence = models.CharField(_("influence"), max_length=10, choices=Influence, default=Influence.UNKNOWN)
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
            ),
            models.CheckConstraint(
                condition=Q(roles__in=joined(StakeholderRole.values)),
                name="the_roles_of_a_stakeholder_are_known",
                violation_error_message=_("Choose one of the roles listed."),
            ),
            models.CheckConstraint(
                condition=Q(attitude__in=Attitude.values),
                name="the_attitude_of_a_stakeholder_is_known",
                violation_error_message=_("Choose one of the attitudes listed."),
            ),
            models.CheckConstraint(
                condition=Q(influence__in=Influence.values),
                name="the_influence_of_a_stakeholder_is_known",
                violation_error_message=_("Choose one of the levels listed."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.contact)

    @property
    def logged_name(self) -> str:
        return self.contact.logged_name

    @property
    def decides(self) -> bool:
        return StakeholderRole.DECISION_MAKER in self.roles

    @property
    def has_no_role(self) -> bool:
        """Whether the contact is only listed as a stakeholder."""
        return bool(self.roles == (StakeholderRole.STAKEHOLDER,))

    @property
    def has_stance(self) -> bool:
        """Whether the attitude or the influence is known."""
        return (self.attitude, self.influence) != (Attitude.UNKNOWN, Influence.UNKNOWN)

    @property
    def role_labels(self) -> list[str]:
        """The names of the roles in the reader's language."""
        return [str(StakeholderRole(role).label) for role in self.roles if role in StakeholderRole.values]
