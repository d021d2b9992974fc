"""Permissions: who may see, edit, lead, start, own and waive."""

import pytest
from django.contrib.auth.models import Group

from opportunities import access
from opportunities.models import Event, Opportunity
from salesflow.users.models import SALES_MANAGER, SALESPERSON, User
from tests.support import factories

pytestmark = pytest.mark.django_db

# The user's relation to the opportunity: may see, edit, lead, start, own, waive
TABLE = {
    "owner": (True, True, True, True, True, False),
    "team member": (True, True, False, True, True, False),
    "colleague": (False, False, False, True, True, False),
    "manager": (True, True, True, True, True, True),
    "superuser": (True, True, True, True, True, True),
    "stranger": (False, False, False, False, False, False),
    "owner without role": (False, False, False, False, False, False),
    "team member without role": (False, False, False, False, False, False),
    "disabled owner": (False, False, False, False, False, False),
    "disabled team member": (False, False, False, False, False, False),
    "disabled manager": (False, False, False, False, False, False),
    "disabled superuser": (False, False, False, False, False, False),
    "both roles": (True, True, True, True, True, True),
}


def person(who, opportunity):
    """A user with this relation to the opportunity, read again from the database."""
    if "superuser" in who:
        made = factories.UserFactory(role=None, is_superuser=True)
    elif "manager" in who:
        made = factories.UserFactory(role=SALES_MANAGER)
    elif who == "stranger":
        made = factories.UserFactory(role=None)
    elif "owner" in who:
        made = opportunity.owner
    else:
        made = factories.UserFactory()
    if "team member" in who:
        factories.add_team_member(opportunity, user=made)
    if who == "both roles":
        made.groups.add(Group.objects.get(name=SALES_MANAGER))
    if "without role" in who:
        made.groups.clear()
    if "disabled" in who:
        made.is_active = False
        made.save()
    return User.objects.get(pk=made.pk)


@pytest.mark.parametrize(("who", "allowed"), TABLE.items(), ids=TABLE)
def test_each_kind_of_user_has_exactly_these_permissions(who, allowed):
    opportunity = factories.OpportunityFactory()
    user = person(who, opportunity)

    assert (
        Opportunity.objects.visible_to(user).filter(pk=opportunity.pk).exists(),
        access.may_edit(user, opportunity),
        access.may_lead(user, opportunity),
        access.may_start(user),
        access.may_own(user),
        access.may_waive(user),
    ) == allowed
    assert access.of_visible(Event.objects.filter(opportunity=opportunity), user).exists() == allowed[0]


def test_a_user_sees_own_and_team_opportunities_and_a_manager_sees_all(rep, colleague, manager, stranger):
    own = factories.OpportunityFactory(owner=rep)
    shared = factories.OpportunityFactory(owner=colleague)
    factories.add_team_member(shared, user=rep)
    foreign = factories.OpportunityFactory(owner=colleague)

    def seen(user):
        return set(Opportunity.objects.visible_to(user))

    assert seen(rep) == {own, shared}
    assert seen(colleague) == {shared, foreign}
    assert seen(manager) == {own, shared, foreign}
    assert seen(stranger) == set()


def test_an_opportunity_with_several_team_members_is_listed_once(rep, colleague):
    opportunity = factories.OpportunityFactory(owner=rep)
    for user in (rep, colleague, factories.UserFactory()):
        factories.add_team_member(opportunity, user=user)

    assert list(Opportunity.objects.visible_to(rep)) == [opportunity]


def test_visible_to_can_be_combined_with_other_filters(rep):
    open_opportunity = factories.OpportunityFactory(owner=rep)
    factories.lost_opportunity(owner=rep)

    assert list(Opportunity.objects.visible_to(rep).open()) == [open_opportunity]


def test_a_user_whose_role_was_removed_may_not_edit(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    rep.groups.set(Group.objects.none())

    assert not access.may_edit(User.objects.get(pk=rep.pk), opportunity)


def test_a_user_may_edit_exactly_what_they_may_see():
    opportunity = factories.OpportunityFactory()
    for who, (sees, edits, *_rest) in TABLE.items():
        assert sees == edits, who
    assert SALESPERSON in opportunity.owner.roles
