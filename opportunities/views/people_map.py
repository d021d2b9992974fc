"""The map of the people of an opportunity: who decides, who supports, and who is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Case, Q, QuerySet, When
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from opportunities.forms.stakeholders import MAP
from opportunities.models import Attitude, Influence, Opportunity, Stakeholder, StakeholderRole

MOST = 100
"""How many people are read for the map. Those with a role come first."""

WANTED = {
    StakeholderRole.DECISION_MAKER: _("Who says yes in the end?"),
    StakeholderRole.CHAMPION: _("Who wants this and speaks for it when you are not there?"),
    StakeholderRole.ECONOMIC_BUYER: _("Who pays?"),
    StakeholderRole.TECHNICAL_BUYER: _("Who checks that it does what it should?"),
    StakeholderRole.END_USER: _("Who will work with it?"),
}
"""The roles that are missing while nobody has them, each with a question. A purchase may have no other influencer."""

IN_SIGHT = (StakeholderRole.DECISION_MAKER, StakeholderRole.CHAMPION, StakeholderRole.ECONOMIC_BUYER)
"""Those of `WANTED` that the card beside the panel names."""


def first_people(opportunity: Opportunity) -> QuerySet[Stakeholder]:
    """The people who are drawn: decision makers first, then the contact, then those with another role."""
    decides = Q(roles__contains=StakeholderRole.DECISION_MAKER)
    rows = opportunity.stakeholders.select_related("contact")
    is_contact = Q(contact=opportunity.contact_id)
    has_no_role = Q(roles=StakeholderRole.STAKEHOLDER.value)
    return rows.order_by(_first(decides), _first(is_contact), _first(~has_no_role), "pk")[:MOST]


def place(row: Stakeholder, opportunity: Opportunity) -> tuple[bool, bool, bool, int]:
    """Sorts rows that were read already in the order of `first_people`."""
    return not row.decides, row.contact_id != opportunity.contact_id, row.has_no_role, row.pk


def _first(condition: Q) -> Case:
    """Sorts the rows that meet the condition ahead of the others."""
    return Case(When(condition, then=0), default=1)


@dataclass(frozen=True)
class Cell:
    """The people of one attitude and one influence."""

    attitude: Attitude
    people: list[Stakeholder]


@dataclass(frozen=True)
class InfluenceLine:
    """The people of one influence, by attitude."""

    influence: Influence
    cells: list[Cell]

    @property
    def people(self) -> list[Stakeholder]:
        return [row for cell in self.cells for row in cell.people]


@dataclass(frozen=True)
class Missing:
    """A role that nobody has, and the page that adds a person with it."""

    role: StakeholderRole
    url: str

    @property
    def label(self) -> str:
        return str(self.role.label)

    @property
    def question(self) -> str:
        return str(WANTED[self.role])


@dataclass
class PeopleMap:
    """Sorts people who were read. No query."""

    opportunity: Opportunity
    people: Iterable[Stakeholder]

    @cached_property
    def lines(self) -> list[InfluenceLine]:
        """A line for each influence, with a cell for each attitude. The line of those of unknown influence, if any."""
        lines = [
            InfluenceLine(influence, [self._cell(influence, attitude) for attitude in Attitude])
            for influence in Influence
        ]
        return [line for line in lines if line.influence != Influence.UNKNOWN or line.people]

    def _cell(self, influence: Influence, attitude: Attitude) -> Cell:
        here = [row for row in self.people if (row.influence, row.attitude) == (influence, attitude)]
        return Cell(attitude, here)

    @property
    def attitudes(self) -> list[tuple[Attitude, int]]:
        """The number of people with each attitude. Leaves out the attitudes that no person has."""
        counts = [(attitude, sum(row.attitude == attitude for row in self.people)) for attitude in Attitude]
        return [(attitude, count) for attitude, count in counts if count]

    @property
    def decide(self) -> list[Stakeholder]:
        return [row for row in self.people if row.decides]

    @property
    def support(self) -> list[Stakeholder]:
        return [row for row in self.people if row.attitude == Attitude.SUPPORTER]

    @property
    def oppose(self) -> list[Stakeholder]:
        return [row for row in self.people if row.attitude == Attitude.OPPONENT]

    @property
    def unknown(self) -> list[Stakeholder]:
        """Those of whom nobody has said what they think."""
        return [row for row in self.people if row.attitude == Attitude.UNKNOWN]

    @cached_property
    def missing(self) -> list[Missing]:
        """The roles that nobody has."""
        found = {role for row in self.people for role in row.roles}
        add = reverse("stakeholder_add", args=[self.opportunity.pk])
        return [
            Missing(role, f"{add}?{urlencode({'roles': role.value, 'came_from': MAP})}")
            for role in WANTED
            if role not in found
        ]

    @property
    def missing_in_sight(self) -> list[Missing]:
        return [each for each in self.missing if each.role in IN_SIGHT]

    @property
    def is_cut(self) -> bool:
        return self.opportunity.stakeholder_count > MOST
