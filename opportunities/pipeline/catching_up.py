"""How many open opportunities were imported and still lack a step that the import waived, for My day."""

from dataclasses import dataclass

from django.db.models import Count, Q

from opportunities.models import Opportunity
from opportunities.pipeline.conditions import to_catch_up
from salesflow.users.models import User


@dataclass(frozen=True)
class CatchUp:
    """The reader's own, and for managers all that they see."""

    own: int
    every: int


def of(user: User) -> CatchUp:
    """One query. It reads an index with only these opportunities."""
    counts = {"own": Count("pk", filter=Q(owner=user)), "every": Count("pk")}
    found = Opportunity.objects.matching(to_catch_up()).visible_to(user).order_by().aggregate(**counts)
    return CatchUp(found["own"], found["every"] if user.is_manager else 0)
