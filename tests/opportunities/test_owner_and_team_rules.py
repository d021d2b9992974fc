"""The rules of every write for the owner and the sales team."""

import pytest

from opportunities import transitions
from opportunities.editing import editing
from salesflow.users.models import User
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import CLOSE, NOW, PROPOSE
from tests.support.moves import missing

pytestmark = pytest.mark.django_db


def test_a_former_owner_joins_the_team(rep, colleague):
    opportunity = factories.OpportunityFactory(owner=rep)

    opportunity = factories.edit(opportunity, by=rep, owner=colleague)

    assert opportunity.owner == colleague
    assert [member.user for member in opportunity.team_members.all()] == [rep]


def test_a_former_owner_who_is_disabled_does_not_join_the_team(rep, colleague, manager):
    opportunity = factories.OpportunityFactory(owner=rep)
    User.objects.filter(pk=rep.pk).update(is_active=False)

    opportunity = factories.edit(factories.reread(opportunity), by=manager, owner=colleague)

    assert opportunity.owner == colleague
    assert not opportunity.team_members.exists()


def give_away(opportunity, to):
    with editing(opportunity, by=opportunity.owner, at=NOW, owner_leaves=True) as record:
        record.owner = to


def test_a_former_owner_may_leave_the_opportunity(rep, colleague):
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_team_member(opportunity, user=rep)

    give_away(opportunity, to=colleague)

    assert not opportunity.team_members.exists()


def test_a_former_owner_who_is_the_last_team_member_cannot_leave(rep, colleague):
    opportunity = factories.opportunity_in(CLOSE, owner=rep)

    with refused(transitions.PassedGate) as caught:
        give_away(opportunity, to=colleague)

    assert missing(caught) == [(PROPOSE, "sales_team_identified")]


def test_a_team_member_cannot_change_the_owner_or_the_team(rep, colleague):
    opportunity = factories.OpportunityFactory(owner=rep)
    member = factories.add_team_member(opportunity, user=colleague)
    other = factories.UserFactory()

    with refused(transitions.NotAllowed, "Only the owner and managers"):
        factories.edit(opportunity, by=colleague, owner=colleague)
    with refused(transitions.NotAllowed):
        factories.add_team_member(opportunity, by=colleague, user=other)
    with refused(transitions.NotAllowed):
        factories.remove(member, by=colleague)
    assert factories.edit(opportunity, by=colleague, description="Ships").description == "Ships"


def test_a_manager_can_change_the_owner_and_the_team(rep, colleague, manager):
    opportunity = factories.OpportunityFactory(owner=rep)

    factories.add_team_member(opportunity, by=manager, user=colleague)
    factories.edit(opportunity, by=manager, owner=colleague)

    assert factories.reread(opportunity).owner == colleague


@pytest.mark.parametrize("flaw", ["no role", "left"])
def test_a_user_without_a_role_or_disabled_cannot_own_or_join(rep, stranger, flaw):
    opportunity = factories.OpportunityFactory(owner=rep)
    person = stranger if flaw == "no role" else factories.UserFactory(is_active=False)

    with refused(transitions.NotAllowed, "has no role here"):
        factories.add_team_member(opportunity, user=person)
    with refused(transitions.NotAllowed, "has no role here"):
        factories.edit(opportunity, owner=person)


def test_a_team_member_without_a_role_does_not_block_other_edits(rep, colleague):
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    colleague.groups.clear()

    assert factories.edit(opportunity, description="Ships").description == "Ships"
