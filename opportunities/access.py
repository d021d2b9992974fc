"""Who may see and do what: one function for each question, used by querysets, editing, views, admin and templates.

A role is one of three groups, Salesperson, Sales manager and Colleague (`User.is_salesperson`, `User.is_manager`,
`User.is_colleague`). What a manager and a colleague see follows the units of the owners. A colleague only reads.
"""

import enum
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from salesflow.users import models as users
from salesflow.users import units

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity, OpportunityQuerySet
    from salesflow.users.models import User


class Relation(enum.Enum):
    """What a person is to an opportunity. Help pages name these."""

    OWNER = _("the owner")
    TEAM = _("members of the sales team")
    MANAGER = _("sales managers who see it")
    COLLEAGUE = _("colleagues who may read it")


class Why(enum.StrEnum):
    """Why a person sees an opportunity. One person may have several reasons."""

    OWNER = "owner"
    TEAM = "team"
    LEAD = "lead"
    COLLEAGUE = "colleague"
    SEES_ALL = "sees_all"


EDIT = (Relation.OWNER, Relation.TEAM, Relation.MANAGER)
READ = (*EDIT, Relation.COLLEAGUE)
LEAD = (Relation.OWNER, Relation.MANAGER)
WAIVE = (Relation.MANAGER,)


def visible(opportunities: "OpportunityQuerySet", user: "User") -> "OpportunityQuerySet":
    """The opportunities that this user may see; a colleague only reads them.

    A union of queries, each with its own index: those that the user owns, those of the team, and those of the people
    whose opportunities the user sees. The cost depends only on what the user sees. Each keeps the filters of the
    queryset. For a lead of most units a condition costs less, because a list stops at its last row.
    """
    if user.sees_everything:
        return opportunities
    if not user.has_role:
        return opportunities.none()
    if user.is_manager and user.standing.leads_most:
        of_the_team = opportunities.model._default_manager.filter(team_members__user_id=user.pk)
        return opportunities.filter(Q(owner__in=owners(user).values("pk")) | Q(pk__in=of_the_team.values("pk")))
    found = opportunities.order_by()
    parts = [found.filter(owner_id=user.pk), found.filter(team_members__user_id=user.pk)]
    if seen := _units_seen(user):
        parts.append(found.filter(owner__unit__in=seen))
    first, *others = (part.values("pk") for part in parts)
    return opportunities.filter(pk__in=first.union(*others))


def owners(user: "User") -> QuerySet["User"]:
    """The people all of whose opportunities this user sees. No query."""
    people = users.User.objects.all()
    if user.sees_everything:
        return people
    if not user.has_role:
        return people.none()
    return people.filter(Q(pk=user.pk) | Q(unit__in=_units_seen(user)))


def sees_others(user: "User") -> bool:
    """Whether the user sees all opportunities of others, not only those on whose sales team they are."""
    return user.sees_everything or bool(_units_seen(user))


def _units_seen(user: "User") -> list[int]:
    """The units of whose people the user sees the opportunities. In order, so that the SQL is always the same."""
    if user.is_manager:
        return sorted(user.standing.led_units)
    return [user.unit_id] if user.is_colleague and user.unit_id is not None else []


def readers(opportunity: "Opportunity", above: Collection[int]) -> dict[Why, QuerySet["User"]]:
    """The people who see the opportunity, by reason; together those to whom it is `visible`. No query.

    `above` are the ids of the owner's unit and of the units above it.
    """
    people = users.User.objects.all()
    managers = users.with_role(people, (users.SALES_MANAGER,))
    only_reading = users.with_role(people, (users.COLLEAGUE,)).exclude(pk__in=users.able_to_own(people).values("pk"))
    unit = opportunity.owner.unit_id
    return {
        Why.OWNER: users.with_role(people).filter(pk=opportunity.owner_id),
        Why.TEAM: users.with_role(people).filter(team_memberships__opportunity=opportunity.pk),
        Why.LEAD: managers.filter(pk__in=users.Unit.objects.filter(pk__in=above).values("lead")),
        Why.COLLEAGUE: only_reading.filter(unit=unit) if unit is not None else people.none(),
        Why.SEES_ALL: units.seeing_all(people),
    }


def may_read(user: "User", opportunity: "Opportunity") -> bool:
    """See an opportunity, with its notes and files."""
    return _is_one_of(READ, user, opportunity)


def of_visible(rows: QuerySet[Any], user: "User") -> QuerySet[Any]:
    """Of rows that belong to opportunities, those of the opportunities that this user may see.

    For few rows: the cost depends on the rows, and not on what the user sees.
    """
    if user.sees_everything:
        return rows
    if not user.has_role:
        return rows.none()
    opportunities = rows.model._meta.get_field("opportunity").related_model._base_manager
    of_the_team = opportunities.filter(pk=OuterRef("opportunity"), team_members__user_id=user.pk)
    of_owners = Q(opportunity__owner_id=user.pk) | Q(opportunity__owner__unit__in=_units_seen(user))
    return rows.filter(of_owners | Exists(of_the_team))


def may_edit(user: "User", opportunity: "Opportunity") -> bool:
    """Edit, move and close an opportunity."""
    return _is_one_of(EDIT, user, opportunity)


def may_lead(user: "User", opportunity: "Opportunity") -> bool:
    """Change team and owner, and reopen."""
    return _is_one_of(LEAD, user, opportunity)


def may_waive(user: "User", opportunity: "Opportunity") -> bool:
    """Waive steps, and answer requests."""
    return _is_one_of(WAIVE, user, opportunity)


def _is_one_of(relations: Collection[Relation], user: "User", opportunity: "Opportunity") -> bool:
    """At most one query, only where membership of the team decides, and one for an owner who is not read yet."""
    role = _of_the_role(user)
    if role in relations and _sees_by_role(user, opportunity):
        return True
    if user.is_salesperson and Relation.OWNER in relations and opportunity.owner_id == user.pk:
        return True
    if role is not None:
        return role in relations and _is_known_on_team(user, opportunity)
    return user.is_salesperson and Relation.TEAM in relations and _is_on_team(user, opportunity)


def _is_on_team(user: "User", opportunity: "Opportunity") -> bool:
    return opportunity.team_members.filter(user_id=user.pk).exists()


def _is_known_on_team(user: "User", opportunity: "Opportunity") -> bool:
    """As `_is_on_team`, asked once for each copy of the opportunity: of managers, a page asks for several rights."""
    known: dict[int, bool] = vars(opportunity).setdefault("_known_on_team", {})
    if user.pk not in known:
        known[user.pk] = _is_on_team(user, opportunity)
    return known[user.pk]


def _of_the_role(user: "User") -> Relation | None:
    """What managers and colleagues are to each opportunity that they see."""
    if user.is_manager:
        return Relation.MANAGER
    return Relation.COLLEAGUE if user.is_colleague else None


def _sees_by_role(user: "User", opportunity: "Opportunity") -> bool:
    """Whether a manager or a colleague sees it without being on its team."""
    if user.sees_everything or opportunity.owner_id == user.pk:
        return True
    seen = _units_seen(user)
    return bool(seen) and opportunity.owner.unit_id in seen


def may_write(user: "User") -> bool:
    """Change what they see. A colleague may not."""
    return user.is_manager or user.is_salesperson


def may_start(user: "User") -> bool:
    return may_write(user)


def may_own(user: "User") -> bool:
    """May own an opportunity."""
    return user.is_active and may_write(user)


def may_join(user: "User") -> bool:
    """May be on the team of an opportunity."""
    return user.is_active and user.has_role


def may_answer_requests(user: "User") -> bool:
    """Answer the requests that come to managers, of the opportunities that they see."""
    return user.is_manager


def may_compare_owners(user: "User") -> bool:
    """See the figures of each owner whose opportunities they see."""
    return user.is_manager


def may_define(user: "User") -> bool:
    """Change processes, status reasons and mail templates, users, roles and units, in the admin."""
    return user.sees_everything


def may_read_customers(user: "User") -> bool:
    """Read the pages and lists of accounts, contacts and competitors, with their history."""
    return user.has_role


def may_edit_customers(user: "User") -> bool:
    """Create, change, archive and restore accounts, contacts and competitors."""
    return may_write(user)


def may_merge(user: "User") -> bool:
    """Merge two accounts, contacts or competitors, undo that, and see the likely duplicates.

    A merge writes every opportunity of both.
    """
    return user.sees_everything


def may_delete(user: "User") -> bool:
    return user.is_active and user.is_superuser
