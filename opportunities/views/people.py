"""The people of an opportunity, as the card beside the panel shows them."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from opportunities.models import Opportunity, Stakeholder
from stages.models import Stage

PEOPLE_SHOWN = 5


@dataclass(frozen=True)
class People:
    """Who has a part in the opportunity. Reads a table only where the stored counts say that it has rows."""

    opportunity: Opportunity
    viewed: Stage

    @cached_property
    def stakeholders(self) -> list[Stakeholder]:
        """Decision makers first, then the contact; the first five."""
        if not self.opportunity.stakeholder_count:
            return []
        is_decision_maker = models.Q(role=Stakeholder.Role.DECISION_MAKER)
        is_contact = models.Q(contact=self.opportunity.contact_id)
        rows = self.opportunity.stakeholders.select_related("contact")
        return list(rows.order_by(_first(is_decision_maker), _first(is_contact), "pk")[:PEOPLE_SHOWN])

    @property
    def more(self) -> bool:
        return self.opportunity.stakeholder_count > PEOPLE_SHOWN

    @property
    def competitors(self) -> list[str]:
        if not self.opportunity.competitor_count:
            return []
        return [str(row) for row in self.opportunity.competitor_links.select_related("competitor")[:PEOPLE_SHOWN]]

    @property
    def no_competitors(self) -> str:
        return str(_("None known") if self.opportunity.no_known_competitors else _("None yet"))

    @property
    def team(self) -> list[str]:
        if not self.opportunity.team_count:
            return []
        return [str(row) for row in self.opportunity.team_members.select_related("user")[:PEOPLE_SHOWN]]

    none = _("None yet")

    def _url(self, tab: str) -> str:
        return f"{self.opportunity.get_absolute_url()}?stage={self.viewed.pk}&tab={tab}"

    @property
    def stakeholders_url(self) -> str:
        return self._url("stakeholders")

    @property
    def competitors_url(self) -> str:
        return self._url("competitors")

    @property
    def team_url(self) -> str:
        return self._url("team")


def _first(condition: models.Q) -> models.Case:
    """Sorts the rows that meet the condition ahead of the others."""
    return models.Case(models.When(condition, then=0), default=1)
