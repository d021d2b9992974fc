"""The people of an opportunity, as the card beside the panel shows them."""

from dataclasses import dataclass

from django.db.models import Value
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from opportunities.customers.models import Competitor
from opportunities.models import Opportunity, OpportunityCompetitor, Stakeholder
from opportunities.views import people_map
from opportunities.views.people_map import PeopleMap
from stages.models import Stage

PEOPLE_SHOWN = 5
COMPETITOR, MEMBER = "competitor", "member"


@dataclass(frozen=True)
class Named:
    """A competitor or a member of the sales team. `threat` is the threat level of a competitor, if it is known."""

    pk: int
    name: str
    threat: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def competitor_address(self) -> str:
        """The page of this competitor."""
        return Competitor.address_of(self.pk)

    @property
    def threat_label(self) -> str:
        return str(OpportunityCompetitor.Threat(self.threat).label) if self.threat else ""


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
        return self._drawn[:PEOPLE_SHOWN]

    @cached_property
    def _drawn(self) -> list[Stakeholder]:
        if self.listed is not None:
            return sorted(self.listed, key=lambda row: people_map.place(row, self.opportunity))
        return list(people_map.first_people(self.opportunity)) if self.opportunity.stakeholder_count else []

    @cached_property
    def map(self) -> PeopleMap:
        return PeopleMap(self.opportunity, self._drawn)

    @property
    def more(self) -> bool:
        return self.opportunity.stakeholder_count > PEOPLE_SHOWN

    @property
    def competitors(self) -> list[Named]:
        return self._named[COMPETITOR]

    @property
    def no_competitors(self) -> str:
        return str(_("None known") if self.opportunity.no_known_competitors else self.none)

    @property
    def team(self) -> list[Named]:
        return self._named[MEMBER]

    @cached_property
    def _named(self) -> dict[str, list[Named]]:
        """The competitors and the sales team, in one query."""
        named: dict[str, list[Named]] = {COMPETITOR: [], MEMBER: []}
        if not (self.opportunity.competitor_count or self.opportunity.team_count):
            return named
        competitors = self.opportunity.competitor_links.values_list(
            Value(COMPETITOR), "competitor", "threat", "competitor__name", Value(""), Value("")
        )
        members = self.opportunity.team_members.values_list(
            Value(MEMBER), "user", Value(""), "user__first_name", "user__last_name", "user__username"
        )
        for kind, pk, threat, first, last, username in competitors.order_by().union(members.order_by(), all=True):
            named[kind].append(Named(pk, f"{first} {last}".strip() or username, threat))
        return named

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
