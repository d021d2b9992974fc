"""The column by which lists find an opportunity follows the names of itself, its account and its contact."""

import pytest
from django.urls import reverse

from opportunities import merging
from opportunities.customers import changing
from opportunities.customers.models import Account, Contact
from opportunities.editing import found_by
from opportunities.models import Opportunity
from tests.support.factories import (
    NOW,
    AccountFactory,
    ContactFactory,
    OpportunityFactory,
    UserFactory,
    edit,
    reread,
    won_opportunity,
)
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    account = AccountFactory(name="Ørland Skip")
    return OpportunityFactory(owner=rep, name="Fleet", account=account, contact=ContactFactory(name="Åse Berg"))


def is_right():
    return not Opportunity.objects.exclude(found_by=found_by.right_value()).exists()


def test_a_new_opportunity_is_found_by_the_three_names(opportunity):
    assert reread(opportunity).found_by == "fleet orland skip ase berg"
    assert is_right()


def test_it_follows_a_new_name_account_or_contact(opportunity):
    edit(opportunity, name="Harbour", account=AccountFactory(name="Kyst"), contact=None)

    assert reread(opportunity).found_by.split() == ["harbour", "kyst"]
    assert is_right()


def test_it_follows_a_renamed_account_on_closed_opportunities_too(opportunity, manager):
    won = won_opportunity(owner=manager, name="Won", account=opportunity.account)
    version = reread(won).version

    changing.change(Account, opportunity.account_id, {"name": "Havn AS"}, version=0, by=manager, at=NOW)

    assert reread(opportunity).found_by == "fleet havn as ase berg"
    assert "havn as" in reread(won).found_by
    assert reread(won).version == version
    assert is_right()


def test_it_follows_a_renamed_contact(opportunity, manager):
    changing.change(Contact, opportunity.contact_id, {"name": "Åse Lie"}, version=0, by=manager, at=NOW)

    assert reread(opportunity).found_by == "fleet orland skip ase lie"


def test_it_follows_a_merge_of_accounts(opportunity, manager):
    survivor = AccountFactory(name="Havn AS")

    merging.merge(Account, survivor=survivor.pk, gone=opportunity.account_id, by=manager, at=NOW)

    assert reread(opportunity).found_by == "fleet havn as ase berg"
    assert is_right()


def test_it_follows_a_merge_that_takes_the_name_of_the_account_that_goes(opportunity, manager):
    survivor = AccountFactory(name="Havn AS")
    other = OpportunityFactory(owner=manager, name="Quay", account=survivor)

    done = merging.merge(Account, survivor=survivor.pk, gone=opportunity.account_id, by=manager, at=NOW, take=["name"])
    assert "orland skip" in reread(other).found_by
    assert is_right()

    merging.undo(done.pk, by=manager, at=NOW)
    assert "havn as" in reread(other).found_by
    assert is_right()


def test_it_follows_a_name_that_is_changed_in_the_admin(opportunity, client_of):
    root = UserFactory(username="root", is_superuser=True, is_staff=True)
    client, url = client_of(root), reverse("admin:customers_account_change", args=[opportunity.account_id])
    form = Form(client.get(url), None)
    form.fields["name"] = "Havn AS"

    answer = client.post(url, form.fields)

    assert answer.status_code == 302
    assert reread(opportunity).found_by == "fleet havn as ase berg"
    assert is_right()
