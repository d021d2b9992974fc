"""What a person may do."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from opportunities.access.relations import EDIT, IMPORT, IMPORT_CLOSED, LEAD, READ, REOPEN, WAIVE, Relation
from opportunities.access.visibility import may_write, owners, owners_seen_by, persons_of, units_of_role
from salesflow.users import models as users

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity, OpportunityQuerySet
    from salesflow.users.models import User


def may_read(user: "User", opportunity: "Opportunity") -> bool:
    """See an opportunity, with its notes and files."""
    return _is_one_of(READ, user, opportunity)


def may_edit(user: "User", opportunity: "Opportunity") -> bool:
    """Edit, move and close an opportunity."""
    return _is_one_of(EDIT, user, opportunity)


def may_lead(user: "User", opportunity: "Opportunity") -> bool:
    """Change team and owner. A deputy may not give away what is another person's."""
    return _is_one_of(LEAD, user, opportunity)


def leading(opportunities: "OpportunityQuerySet", user: "User") -> "OpportunityQuerySet":
    """Those of which the user may change team and owner, as `may_lead`. No query."""
    if user.is_manager:
        of_the_team = opportunities.model._default_manager.filter(team_members__user=user)
        seen = owners(user, as_deputy=False)
        return opportunities.filter(Q(owner__in=seen.values("pk")) | Q(pk__in=of_the_team.values("pk")))
    return opportunities.filter(owner=user) if user.is_salesperson else opportunities.none()


def may_reopen(user: "User", opportunity: "Opportunity") -> bool:
    return _is_one_of(REOPEN, user, opportunity)


def may_import_files(user: "User") -> bool:
    """Import a file of opportunities, accounts or contacts. `may_import` decides about each opportunity of it."""
    return may_write(user)


def may_keep_stages(user: "User") -> bool:
    """Import open opportunities in the stage of the file, which waives what is missing there."""
    return any(person.is_manager for person in persons_of(user))


def may_export_everything(user: "User") -> bool:
    """Download all accounts and contacts, and what the user sees of the opportunities. Not for a deputy."""
    return user.is_manager


def may_import(user: "User", opportunity: "Opportunity") -> bool:
    """Import an open opportunity with this owner. Whether a missing step is waived is another right: `may_waive`."""
    return _is_one_of(IMPORT, user, opportunity)


def may_import_closed(user: "User", opportunity: "Opportunity") -> bool:
    return _is_one_of(IMPORT_CLOSED, user, opportunity)


def may_waive(user: "User", opportunity: "Opportunity") -> bool:
    """Waive steps, and answer requests."""
    return _is_one_of(WAIVE, user, opportunity)


def _is_one_of(relations: Collection[Relation], user: "User", opportunity: "Opportunity") -> bool:
    """At most one query, only where membership of the team decides, and one for an owner who is not read yet."""
    persons = persons_of(user) if Relation.DEPUTY in relations else [user]
    if any(_is_without_team(relations, person, opportunity) for person in persons):
        return True
    counted = [person.pk for person in persons if _on_the_team(person) in relations]
    return _is_on_team(counted, opportunity)


def _is_without_team(relations: Collection[Relation], person: "User", opportunity: "Opportunity") -> bool:
    """Whether the person's role, or owning the opportunity, is one of the relations."""
    if _of_the_role(person) in relations and _sees_by_role(person, opportunity):
        return True
    return person.is_salesperson and Relation.OWNER in relations and opportunity.owner_id == person.pk


def _on_the_team(person: "User") -> Relation | None:
    """What the person is to an opportunity on whose team they are."""
    return _of_the_role(person) or (Relation.TEAM if person.is_salesperson else None)


def _is_on_team(people: list[int], opportunity: "Opportunity") -> bool:
    """No query, if the opportunity was read with its `team_ids`."""
    team: Collection[int] | None = getattr(opportunity, "team_ids", None)
    if team is not None:
        return not set(people).isdisjoint(team)
    return bool(people) and opportunity.team_members.filter(user_id__in=people).exists()


def _of_the_role(user: "User") -> Relation | None:
    """What managers and colleagues are to each opportunity that they see."""
    if user.is_manager:
        return Relation.MANAGER
    return Relation.COLLEAGUE if user.is_colleague else None


def _sees_by_role(user: "User", opportunity: "Opportunity") -> bool:
    """Whether a manager or a colleague sees it without being on its team."""
    if user.sees_everything or opportunity.owner_id == user.pk:
        return True
    seen = units_of_role(user)
    return bool(seen) and opportunity.owner.unit_id in seen


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
    return any(person.is_manager for person in persons_of(user))


def people_whose_requests_may_be_answered(user: "User") -> QuerySet["User"]:
    """Those whose requests about several opportunities the user answers: a manager sees all that they own. No query.

    That manager is the user, or a person for whom the user acts. What the user sees otherwise does not count.
    """
    return owners_seen_by([person for person in persons_of(user) if person.is_manager])


def may_hand_over(user: "User") -> bool:
    """Give the work of the people whose opportunities they see to another person."""
    return user.is_manager


def people_whose_work_may_be_handed_over(user: "User") -> QuerySet["User"]:
    """Those whose opportunities the user sees without acting for another: a deputy gives nothing away."""
    return owners(user, as_deputy=False) if may_hand_over(user) else users.User.objects.none()


def may_hand_over_work_of(user: "User", giver: "User") -> bool:
    """As `people_whose_work_may_be_handed_over`. One query."""
    return people_whose_work_may_be_handed_over(user).filter(pk=giver.pk).exists()


def people_whose_absence_may_be_set(user: "User") -> QuerySet["User"]:
    """Those for whom the user may name a deputy: oneself, and as a manager the people of the units they lead.

    A deputy gets the rights of the person. So nobody names one for a person who may have more rights: a lead not for
    other managers, and only superusers for superusers.
    """
    people, own = users.User.objects.all(), Q(pk=user.pk)
    if user.is_superuser:
        return people
    if user.sees_everything:
        return people.filter(own | Q(is_superuser=False))
    if not user.is_manager:
        return people.filter(own)
    managers = users.with_role(people, (users.SALES_MANAGER,))
    return people.filter(own | Q(unit__in=sorted(units_of_role(user))) & ~Q(pk__in=managers.values("pk")))


def may_set_absence(user: "User", person: "User") -> bool:
    """Name the deputy of this person, or end the absence; as `people_whose_absence_may_be_set`. One query."""
    return may_write(user) and people_whose_absence_may_be_set(user).filter(pk=person.pk).exists()


def may_compare_owners(user: "User") -> bool:
    """See the figures of each owner whose opportunities they see."""
    return user.is_manager


def may_set_targets(user: "User") -> bool:
    """Set what people and units are to sell."""
    return user.is_manager


def people_whose_targets_may_be_set(user: "User") -> QuerySet["User"]:
    """Those whose opportunities the user sees without acting for another. No query."""
    return owners(user, as_deputy=False) if may_set_targets(user) else users.User.objects.none()


def units_whose_targets_may_be_set(user: "User") -> QuerySet[users.Unit]:
    """Those that the user leads, with the units below; all for who sees all. No query."""
    if not may_set_targets(user):
        return users.Unit.objects.none()
    every = users.Unit.objects.all()
    return every if user.sees_everything else every.filter(pk__in=sorted(units_of_role(user)))


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
