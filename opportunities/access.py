"""Who may see and do what: one function for each question, used by querysets, editing, views, admin and templates.

A role is one of three groups, Salesperson, Sales manager and Colleague (`User.is_salesperson`, `User.is_manager`,
`User.is_colleague`). What a manager and a colleague see follows the units of the owners. A colleague only reads.
A deputy acts as the person who is away, on the days of the absence; a deputy's deputy does not. Without `on`, a
question is about today, the organisation's date.
"""

import datetime
import enum
from collections.abc import Collection, Iterable
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
    DEPUTY = _("the deputies of these while they are away")


class Why(enum.StrEnum):
    """Why a person sees an opportunity. One person may have several reasons."""

    OWNER = "owner"
    TEAM = "team"
    LEAD = "lead"
    COLLEAGUE = "colleague"
    SEES_ALL = "sees_all"
    DEPUTY = "deputy"


LEAD = (Relation.OWNER, Relation.MANAGER)
EDIT = (Relation.OWNER, Relation.TEAM, Relation.MANAGER, Relation.DEPUTY)
READ = (Relation.OWNER, Relation.TEAM, Relation.MANAGER, Relation.COLLEAGUE, Relation.DEPUTY)
REOPEN = (*LEAD, Relation.DEPUTY)
WAIVE = (Relation.MANAGER, Relation.DEPUTY)


def away(user: "User", on: datetime.date | None = None) -> list["User"]:
    """The people for whom the user acts on that day. A user who may only read acts for nobody. No more query."""
    return user.away(on) if may_write(user) else []


def _persons(user: "User", on: datetime.date | None = None) -> list["User"]:
    """The user, and the people for whom the user acts."""
    return [user, *away(user, on)]


def sees_everything(user: "User", on: datetime.date | None = None) -> bool:
    """Whether the user sees all opportunities, also as a deputy."""
    return any(person.sees_everything for person in _persons(user, on))


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
    persons = [person for person in _persons(user, on) if person.has_role]
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


def owners(user: "User", on: datetime.date | None = None) -> QuerySet["User"]:
    """The people all of whose opportunities this user sees on that day. No query."""
    people = users.User.objects.all()
    if not user.has_role:
        return people.none()
    if sees_everything(user, on):
        return people
    persons = [person.pk for person in _persons(user, on) if person.has_role]
    return people.filter(Q(pk__in=persons) | Q(unit__in=_units_seen(user, on)))


def sees_others(user: "User") -> bool:
    """Whether the user sees all opportunities of others, not only those on whose sales team they are."""
    return sees_everything(user) or bool(away(user)) or bool(_units_seen(user))


def _units_seen(user: "User", on: datetime.date | None = None) -> list[int]:
    """The units of whose people the user sees the opportunities. In order, so that the SQL is always the same."""
    return sorted({unit for person in _persons(user, on) for unit in _units_of_role(person)})


def _units_of_role(person: "User") -> frozenset[int]:
    if person.is_manager:
        return person.standing.led_units
    return frozenset([person.unit_id] if person.is_colleague and person.unit_id is not None else [])


def readers(opportunity: "Opportunity", above: Collection[int], *, on: datetime.date) -> dict[Why, QuerySet["User"]]:
    """The people who see the opportunity on that day, by reason; together those to whom it is `visible`. No query.

    `above` are the ids of the owner's unit and of the units above it.
    """
    people = users.User.objects.all()
    managers = users.with_role(people, (users.SALES_MANAGER,))
    only_reading = users.with_role(people, (users.COLLEAGUE,)).exclude(pk__in=users.able_to_own(people).values("pk"))
    unit = opportunity.owner.unit_id
    found = {
        Why.OWNER: users.with_role(people).filter(pk=opportunity.owner_id),
        Why.TEAM: users.with_role(people).filter(team_memberships__opportunity=opportunity.pk),
        Why.LEAD: managers.filter(pk__in=users.Unit.objects.filter(pk__in=above).values("lead")),
        Why.COLLEAGUE: only_reading.filter(unit=unit) if unit is not None else people.none(),
        Why.SEES_ALL: units.seeing_all(people),
    }
    deputies = absences_from(found.values(), on=on).values("deputy")
    return {**found, Why.DEPUTY: users.able_to_own(people).filter(pk__in=deputies)}


def absences_from(readers: Iterable[QuerySet["User"]], *, on: datetime.date) -> QuerySet[users.Absence]:
    """The absences on that day of these people. No query."""
    is_one = Q(pk__in=[])
    for people in readers:
        is_one |= Q(person__in=people.order_by().values("pk"))
    return users.Absence.objects.on(on).filter(is_one)


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
    """Change team and owner. A deputy may not give away what is another person's."""
    return _is_one_of(LEAD, user, opportunity)


def may_reopen(user: "User", opportunity: "Opportunity") -> bool:
    return _is_one_of(REOPEN, user, opportunity)


def may_waive(user: "User", opportunity: "Opportunity") -> bool:
    """Waive steps, and answer requests."""
    return _is_one_of(WAIVE, user, opportunity)


def _is_one_of(relations: Collection[Relation], user: "User", opportunity: "Opportunity") -> bool:
    """At most one query, only where membership of the team decides, and one for an owner who is not read yet."""
    persons = _persons(user) if Relation.DEPUTY in relations else [user]
    if any(_is_without_team(relations, person, opportunity) for person in persons):
        return True
    counted = [person.pk for person in persons if _on_the_team(person) in relations]
    is_on_team = _is_on_team if _of_the_role(user) is None else _is_known_on_team
    return is_on_team(counted, opportunity)


def _is_without_team(relations: Collection[Relation], person: "User", opportunity: "Opportunity") -> bool:
    """Whether the person's role, or owning the opportunity, is one of the relations."""
    if _of_the_role(person) in relations and _sees_by_role(person, opportunity):
        return True
    return person.is_salesperson and Relation.OWNER in relations and opportunity.owner_id == person.pk


def _on_the_team(person: "User") -> Relation | None:
    """What the person is to an opportunity on whose team they are."""
    return _of_the_role(person) or (Relation.TEAM if person.is_salesperson else None)


def _is_on_team(people: list[int], opportunity: "Opportunity") -> bool:
    return bool(people) and opportunity.team_members.filter(user_id__in=people).exists()


def _is_known_on_team(people: list[int], opportunity: "Opportunity") -> bool:
    """As `_is_on_team`, asked once for each copy of the opportunity: of managers, a page asks for several rights."""
    known: dict[tuple[int, ...], bool] = vars(opportunity).setdefault("_known_on_team", {})
    if tuple(people) not in known:
        known[tuple(people)] = _is_on_team(people, opportunity)
    return known[tuple(people)]


def _of_the_role(user: "User") -> Relation | None:
    """What managers and colleagues are to each opportunity that they see."""
    if user.is_manager:
        return Relation.MANAGER
    return Relation.COLLEAGUE if user.is_colleague else None


def _sees_by_role(user: "User", opportunity: "Opportunity") -> bool:
    """Whether a manager or a colleague sees it without being on its team."""
    if user.sees_everything or opportunity.owner_id == user.pk:
        return True
    seen = _units_of_role(user)
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
    return any(person.is_manager for person in _persons(user))


def may_hand_over(user: "User") -> bool:
    """Give the work of the people whose opportunities they see to another person."""
    return user.is_manager


def people_whose_absence_may_be_set(user: "User") -> QuerySet["User"]:
    """Those for whom the user may name a deputy: oneself, and as a manager the people of the units they lead."""
    people = users.User.objects.all()
    if user.is_manager and user.sees_everything:
        return people
    return people.filter(Q(pk=user.pk) | Q(unit__in=sorted(_units_of_role(user)) if user.is_manager else []))


def may_set_absence(user: "User", person: "User") -> bool:
    """Name the deputy of this person, or end the absence; as `people_whose_absence_may_be_set`. No query."""
    if person.pk == user.pk:
        return may_write(user)
    return user.is_manager and (user.sees_everything or person.unit_id in _units_of_role(user))


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


def may_export_person(user: "User") -> bool:
    """See and export what is held about a person."""
    return user.sees_everything


def may_erase_person(user: "User") -> bool:
    """Erase a person, and review what mentions them, in opportunities of every owner."""
    return user.sees_everything
