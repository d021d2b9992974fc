"""Who may see and do what: one function for each question, used by querysets, editing, views, admin and templates.

A role is one of two groups, Salesperson and Sales manager (`User.is_salesperson`, `User.is_manager`).
"""

import enum
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity, OpportunityQuerySet
    from salesflow.users.models import User


class Relation(enum.Enum):
    """What a person is to an opportunity; a manager is one to every opportunity. Help pages name these."""

    OWNER = _("the owner")
    TEAM = _("members of the sales team")
    MANAGER = _("sales managers")


EDIT = (Relation.OWNER, Relation.TEAM, Relation.MANAGER)
LEAD = (Relation.OWNER, Relation.MANAGER)
WAIVE = (Relation.MANAGER,)


def visible(opportunities: "OpportunityQuerySet", user: "User") -> "OpportunityQuerySet":
    """The opportunities that this user may see, edit, move and close.

    A union of two queries, each with its own index: those that the user owns, and those of the team. The cost
    depends only on what the user sees. Both keep the filters of the queryset.
    """
    if user.is_manager:
        return opportunities
    if not user.is_salesperson:
        return opportunities.none()
    own = opportunities.filter(owner_id=user.pk)
    of_the_team = opportunities.filter(team_members__user_id=user.pk)
    either = own.order_by().values("pk").union(of_the_team.order_by().values("pk"))
    return opportunities.filter(pk__in=either)


def may_edit(user: "User", opportunity: "Opportunity") -> bool:
    """See, edit, move and close an opportunity."""
    return _is_one_of(EDIT, user, opportunity)


def may_lead(user: "User", opportunity: "Opportunity") -> bool:
    """Change team and owner, and reopen."""
    return _is_one_of(LEAD, user, opportunity)


def _is_one_of(relations: Collection[Relation], user: "User", opportunity: "Opportunity | None" = None) -> bool:
    """At most one query, and only where membership of the sales team decides."""
    if Relation.MANAGER in relations and user.is_manager:
        return True
    if opportunity is None or not user.is_salesperson:
        return False
    if Relation.OWNER in relations and opportunity.owner_id == user.pk:
        return True
    return Relation.TEAM in relations and opportunity.team_members.filter(user_id=user.pk).exists()


def may_start(user: "User") -> bool:
    return user.has_role


def may_own(user: "User") -> bool:
    """May own an opportunity or be on its team."""
    return user.is_active and user.has_role


def may_waive(user: "User") -> bool:
    return _is_one_of(WAIVE, user)


def may_delete(user: "User") -> bool:
    return user.is_active and user.is_superuser


def may_export_person(user: "User") -> bool:
    """See and export what is held about a person."""
    return user.is_manager


def may_erase_person(user: "User") -> bool:
    return user.is_manager
