"""Who may see and do what: one predicate each, used by querysets, the door, views, admin and templates.

A role is one of two groups, Salesperson and Sales manager (`User.is_salesperson`, `User.is_manager`).
"""

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity
    from salesflow.users.models import User


def visible(user: "User") -> Q:
    """The condition under which an opportunity may be seen, edited, moved and closed by this person."""
    if user.is_manager:
        return Q()
    if not user.is_salesperson:
        return Q(pk__in=[])
    on_the_team = user.team_memberships.values("opportunity_id")
    return Q(owner_id=user.pk) | Q(pk__in=on_the_team)


def may_edit(user: "User", opportunity: "Opportunity") -> bool:
    """Owner, team members and managers."""
    if may_lead(user, opportunity):
        return True
    return user.is_salesperson and opportunity.team_members.filter(user_id=user.pk).exists()


def may_lead(user: "User", opportunity: "Opportunity") -> bool:
    """Change team and owner, and reopen: owner and managers."""
    return user.is_manager or (user.is_salesperson and opportunity.owner_id == user.pk)


def may_start(user: "User") -> bool:
    return user.has_role


def may_own(user: "User") -> bool:
    """Own an opportunity or be on its team."""
    return user.is_active and user.has_role


def may_waive(user: "User") -> bool:
    return user.is_manager


def may_delete(user: "User") -> bool:
    return user.is_active and user.is_superuser
