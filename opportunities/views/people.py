"""The people of an opportunity, as the card beside the panel shows them."""

from dataclasses import dataclass

from django.db.models import Case, Q, Value, When
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from opportunities.models import Opportunity, Stakeholder
from stages.models import Stage

PEOPLE_SHOWN = 5
COMPETITOR, MEMBER = "competitor", "member"


@dataclass
class People:
    """Who has a part in the opportunity. Two queries, of tables that the stored counts say have rows."""

    opportunity: Opportunity
    viewed: Stage
    listed: list[Stakeholder] | None = None
    """All stakeholders, where the page has read them for a list."""

    none = _("None yet")

    @cached_property
    def stakeholders(self) -> list[Stakeholder]:
        """Decision makers first, then the contact; the first five."""
        if self.listed is not None:
            return sorted(self.listed, key=self._place)[:PEOPLE_SHOWN]
        if not self.opportunity.stakeholder_count:
            return []
        is_decision_maker = Q(role=Stakeholder.Role.DECISION_MAKER)
        is_contact = Q(contact=self.opportunity.contact_id)
        rows = self.opportunity.stakeholders.select_related("contact")
        return list(rows.order_by(_first(is_decision_maker), _first(is_contact), "pk")[:PEOPLE_SHOWN])

    def _place(self, row: Stakeholder) -> tuple[bool, bool, int]:
        is_decision_maker = row.role == Stakeholder.Role.DECISION_MAKER
        return not is_decision_maker, row.contact_id != self.opportunity.contact_id, row.pk

    @property
    def more(self) -> bool:
        return self.opportunity.stakeholder_count > PEOPLE_SHOWN

    @property
    def competitors(self) -> list[str]:
        return self._names[COMPETITOR]

    @property
    def no_competitors(self) -> str:
        return str(_("None known") if self.opportunity.no_known_competitors else self.none)

    @property
    def team(self) -> list[str]:
        return self._names[MEMBER]

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The names of competitors and of the sales team, in one query."""
        names: dict[str, list[str]] = {COMPETITOR: [], MEMBER: []}
        if not (self.opportunity.competitor_count or self.opportunity.team_count):
            return names
        competitors = self.opportunity.competitor_links.values_list(
            Value(COMPETITOR), "competitor__name", Value(""), Value("")
        )
        members = self.opportunity.team_members.values_list(
            Value(MEMBER), "user__first_name", "user__last_name", "user__username"
        )
        for kind, first, last, username in competitors.order_by().union(members.order_by(), all=True):
            names[kind].append(f"{first} {last}".strip() or username)
        return names

    @property
    def stakeholders_url(self) -> str:
        return self._url("stakeholders")

    @property
    def competitors_url(self) -> str:
        return self._url("competitors")

    @property
    def team_url(self) -> str:
        return self._url("team")

    def _url(self, tab: str) -> str:
        return f"{self.opportunity.get_absolute_url()}?stage={self.viewed.pk}&tab={tab}"


def _first(condition: Q) -> Case:
    """Sorts the rows that meet the condition ahead of the others."""
    return Case(When(condition, then=0), default=1)
