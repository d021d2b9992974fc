"""Permissions: who may see, edit, lead, start, own and waive."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from opportunities import access
from opportunities.models import Event, Opportunity
from salesflow.users.models import COLLEAGUE, SALES_MANAGER, SALESPERSON, Absence, User
from tests.support import factories

pytestmark = pytest.mark.django_db

# The user's relation to the opportunity: may see, edit, lead, start, own, waive
TABLE = {
    "owner": (True, True, True, True, True, False),
    "team member": (True, True, False, True, True, False),
    "colleague": (False, False, False, True, True, False),
    "manager": (True, True, True, True, True, True),
    "superuser": (True, True, True, True, True, True),
    "lead above": (True, True, True, True, True, True),
    "lead beside": (False, False, False, True, True, False),
    "lead beside, team member": (True, True, True, True, True, True),
    "manager of no unit": (False, False, False, True, True, False),
    "disabled lead above": (False, False, False, False, False, False),
    "salesperson who leads": (False, False, False, True, True, False),
    "reader of the unit": (True, False, False, False, False, False),
    "reader of the unit above": (False, False, False, False, False, False),
    "reader, team member": (True, False, False, False, False, False),
    "reader who is the owner": (True, False, False, False, False, False),
    "stranger": (False, False, False, False, False, False),
    "owner without role": (False, False, False, False, False, False),
    "team member without role": (False, False, False, False, False, False),
    "disabled owner": (False, False, False, False, False, False),
    "disabled team member": (False, False, False, False, False, False),
    "disabled manager": (False, False, False, False, False, False),
    "disabled superuser": (False, False, False, False, False, False),
    "both roles": (True, True, True, True, True, True),
}

UNITS = ("lead", "no unit", "reader", "salesperson who leads")
"""What the name of a relation has that depends on units."""


def in_units(who, opportunity):
    """A user with a relation that depends on units; the owner is in one, which is a part of another."""
    above, beside = factories.UnitFactory(), factories.UnitFactory()
    unit = factories.UnitFactory(parent=above)
    owner = opportunity.owner
    owner.unit = unit
    owner.save()
    role = COLLEAGUE if "reader" in who else SALESPERSON if "salesperson" in who else SALES_MANAGER
    made = factories.UserFactory(role=role)
    if "who is the owner" in who:
        owner.groups.set(made.groups.all())
        return owner
    if "lead" in who:
        led = beside if "beside" in who else above
        led.lead = made
        led.save()
    if "reader of the unit" in who:
        made.unit = above if "above" in who else unit
        made.save()
    return made


def person(who, opportunity):
    """A user with this relation to the opportunity, read again from the database."""
    if any(word in who for word in UNITS):
        made = in_units(who, opportunity)
    elif "superuser" in who:
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

    opportunity = factories.reread(opportunity)
    is_seen = Opportunity.objects.visible_to(user).filter(pk=opportunity.pk).exists()
    assert access.may_read(user, opportunity) == is_seen
    assert (
        is_seen,
        access.may_edit(user, opportunity),
        access.may_lead(user, opportunity),
        access.may_start(user),
        access.may_own(user),
        access.may_waive(user, opportunity),
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


def test_a_user_may_edit_exactly_what_they_may_see_unless_their_role_only_reads():
    for who, (sees, edits, *_rest) in TABLE.items():
        assert edits == (sees and "reader" not in who), who


@pytest.mark.parametrize("who", TABLE)
def test_the_opportunities_that_a_user_leads_are_those_of_may_lead(who):
    opportunity = factories.OpportunityFactory()
    user = person(who, opportunity)

    led = access.leading(Opportunity.objects.all(), user)

    if user.is_active:
        assert led.filter(pk=opportunity.pk).exists() == access.may_lead(user, opportunity)


def test_nobody_without_a_role_sees_people_or_units(stranger):
    unit = factories.UnitFactory()
    User.objects.filter(pk=stranger.pk).update(unit=unit)
    stranger = User.objects.get(pk=stranger.pk)

    assert not access.owners(stranger).exists()
    assert not access.units(stranger).exists()


def test_only_managers_set_targets_and_only_who_sees_all_changes_definitions(rep, manager):
    factories.UnitFactory()
    User.objects.filter(pk=manager.pk).update(sees_all=True)
    manager = User.objects.get(pk=manager.pk)

    assert not access.people_whose_targets_may_be_set(rep).exists()
    assert not access.units_whose_targets_may_be_set(rep).exists()
    assert not access.may_define(rep)
    assert access.units_whose_targets_may_be_set(manager).count() == 1
    assert access.may_define(manager)


def test_a_superuser_sets_the_absence_of_everybody(rep, manager):
    superuser = factories.UserFactory(is_superuser=True)

    assert set(access.people_whose_absence_may_be_set(superuser)) == {rep, manager, superuser}


def test_a_deputy_is_seen_alone_as_one_who_acts_for_nobody(rep, colleague):
    today = timezone.localdate()
    Absence.objects.create(person=rep, deputy=colleague, set_by=rep, first_day=today, last_day=today)
    deputy = User.objects.get(pk=colleague.pk)

    assert [each.pk for each in access.away(deputy)] == [rep.pk]
    assert access.away(access.alone(deputy)) == []
