"""Who may see and do what: one function for each question, used by querysets, editing, views, admin and templates.

A role is one of two groups, Salesperson and Sales manager (`User.is_salesperson`, `User.is_manager`).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity, OpportunityQuerySet
    from salesflow.users.models import User


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
    """The owner, team members and managers may."""
    if may_lead(user, opportunity):
        return True
    return user.is_salesperson and opportunity.team_members.filter(user_id=user.pk).exists()


def may_lead(user: "User", opportunity: "Opportunity") -> bool:
    """May change team and owner, and reopen: the owner and managers."""
    return user.is_manager or (user.is_salesperson and opportunity.owner_id == user.pk)


def may_start(user: "User") -> bool:
    return user.has_role


def may_own(user: "User") -> bool:
    """May own an opportunity or be on its team."""
    return user.is_active and user.has_role


def may_waive(user: "User") -> bool:
    return user.is_manager


def may_delete(user: "User") -> bool:
    return user.is_active and user.is_superuser
