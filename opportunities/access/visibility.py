"""Which opportunities a person sees: their own, those of the team, of units, and of people for whom they act."""

import copy
import dataclasses
import datetime
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from opportunities.access.relations import AccessReason
from salesflow.users import models as users
from salesflow.users import units as unit_trees

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity, OpportunityQuerySet
    from salesflow.users.models import User


def may_write(user: "User") -> bool:
    """Change what they see. A colleague may not."""
    return user.is_manager or user.is_salesperson


def away(user: "User", on: datetime.date | None = None) -> list["User"]:
    """The people for whom the user acts on that day. A user who may only read acts for nobody. No more query."""
    return user.away(on) if may_write(user) else []


def alone(user: "User") -> "User":
    """The same user as one who acts for nobody: sees what the user sees without being a deputy. No query of its own."""
    found = copy.copy(user)
    found.standing = dataclasses.replace(user.standing, away=())
    return found


def persons_of(user: "User", on: datetime.date | None = None) -> list["User"]:
    """The user, and the people for whom the user acts."""
    return [user, *away(user, on)]


def persons_with_role(user: "User", on: datetime.date | None = None) -> list["User"]:
    """Those of `persons_of` who have a role."""
    return [person for person in persons_of(user, on) if person.has_role]


def sees_everything(user: "User", on: datetime.date | None = None) -> bool:
    """Whether the user sees all opportunities, also as a deputy."""
    return any(person.sees_everything for person in persons_of(user, on))


def visible(
    opportunities: "OpportunityQuerySet", user: "User", on: datetime.date | None = None
) -> "OpportunityQuerySet":
    """The opportunities that this user may see on that day; a colleague only reads them.

    A union of queries, each with its own index: those that the user owns, those of the team, and those of the people
    whose opportunities the user sees; each also for the people for whom the user acts. The cost depends only on what
    the user sees. Each keeps the filters of the queryset. For a lead of most units a condition costs less, because a
    list stops at its last row.
    """
    if not user.has_role:
        return opportunities.none()
    if sees_everything(user, on):
        return opportunities
    persons = persons_with_role(user, on)
    ids = [person.pk for person in persons]
    if any(person.is_manager and person.standing.leads_most for person in persons):
        of_the_team = opportunities.model._default_manager.filter(team_members__user_id__in=ids)
        return opportunities.filter(Q(owner__in=owners(user, on).values("pk")) | Q(pk__in=of_the_team.values("pk")))
    found = opportunities.order_by()
    parts = [found.filter(owner_id__in=ids), found.filter(team_members__user_id__in=ids)]
    if seen := _units_seen(user, on):
        parts.append(found.filter(owner__unit__in=seen))
    first, *others = (part.values("pk") for part in parts)
    return opportunities.filter(pk__in=first.union(*others))


def owners(user: "User", on: datetime.date | None = None, *, as_deputy: bool = True) -> QuerySet["User"]:
    """The people all of whose opportunities this user sees on that day, by default also as a deputy. No query."""
    if not user.has_role:
        return users.User.objects.none()
    return owners_seen_by(persons_with_role(user, on) if as_deputy else [user])


def owners_seen_by(persons: "Collection[User]") -> QuerySet["User"]:
    """The people all of whose opportunities one of these persons sees, who have a role. No query."""
    people = users.User.objects.all()
    if any(person.sees_everything for person in persons):
        return people
    seen = sorted({unit for person in persons for unit in units_of_role(person)})
    return people.filter(Q(pk__in=[person.pk for person in persons]) | Q(unit__in=seen))


def sees_others(user: "User") -> bool:
    """Whether the user sees all opportunities of others, not only those on whose sales team they are."""
    return sees_everything(user) or bool(away(user)) or bool(_units_seen(user))


def units(user: "User") -> QuerySet[users.Unit]:
    """The units whose people's opportunities the user sees. No query."""
    if not user.has_role:
        return users.Unit.objects.none()
    return users.Unit.objects.all() if sees_everything(user) else users.Unit.objects.filter(pk__in=_units_seen(user))


def _units_seen(user: "User", on: datetime.date | None = None) -> list[int]:
    """The units of whose people the user sees the opportunities. In order, so that the SQL is always the same."""
    return sorted({unit for person in persons_of(user, on) for unit in units_of_role(person)})


def units_of_role(person: "User") -> frozenset[int]:
    """The units that the person leads, with those below; of a colleague, the own one."""
    if person.is_manager:
        return person.standing.led_units
    return frozenset([person.unit_id] if person.is_colleague and person.unit_id is not None else [])


def readers(
    opportunity: "Opportunity", above: Collection[int], *, on: datetime.date
) -> dict[AccessReason, QuerySet["User"]]:
    """The people who see the opportunity on that day, by reason; together those to whom it is `visible`. No query.

    `above` are the ids of the owner's unit and of the units above it.
    """
    people = users.User.objects.all()
    managers = users.with_role(people, (users.SALES_MANAGER,))
    only_reading = users.with_role(people, (users.COLLEAGUE,)).exclude(pk__in=users.able_to_own(people).values("pk"))
    unit = opportunity.owner.unit_id
    found = {
        AccessReason.OWNER: users.with_role(people).filter(pk=opportunity.owner_id),
        AccessReason.TEAM: users.with_role(people).filter(team_memberships__opportunity=opportunity.pk),
        AccessReason.LEAD: managers.filter(pk__in=users.Unit.objects.filter(pk__in=above).values("lead")),
        AccessReason.COLLEAGUE: only_reading.filter(unit=unit) if unit is not None else people.none(),
        AccessReason.SEES_ALL: unit_trees.seeing_all(people),
    }
    deputies = absences_from(found.values(), on=on).values("deputy")
    return {**found, AccessReason.DEPUTY: users.able_to_own(people).filter(pk__in=deputies)}


def absences_from(readers: Iterable[QuerySet["User"]], *, on: datetime.date) -> QuerySet[users.Absence]:
    """The absences on that day of these people. No query."""
    is_one = Q(pk__in=[])
    for people in readers:
        is_one |= Q(person__in=people.order_by().values("pk"))
    return users.Absence.objects.on(on).filter(is_one)


def of_visible(rows: QuerySet[Any], user: "User") -> QuerySet[Any]:
    """Of rows that belong to opportunities, those of the opportunities that this user may see.

    For few rows: the cost depends on the rows, and not on what the user sees.
    """
    if not user.has_role:
        return rows.none()
    if sees_everything(user):
        return rows
    ids = [person.pk for person in persons_with_role(user)]
    opportunities = rows.model._meta.get_field("opportunity").related_model._base_manager
    of_the_team = opportunities.filter(pk=OuterRef("opportunity"), team_members__user_id__in=ids)
    of_owners = Q(opportunity__owner_id__in=ids) | Q(opportunity__owner__unit__in=_units_seen(user))
    return rows.filter(of_owners | Exists(of_the_team))
