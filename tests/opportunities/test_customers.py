"""Accounts, contacts and competitors: their constraints, and creating one in the picker."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from opportunities.customers import duplicates, find_or_create
from opportunities.customers.models import Account, Competitor, Contact
from tests.support.db_assertions import refused
from tests.support.factories import AccountFactory, CompetitorFactory, ContactFactory

pytestmark = pytest.mark.django_db

FACTORIES = {Account: AccountFactory, Contact: ContactFactory, Competitor: CompetitorFactory}
INVALID = [
    (Account, "country_is_a_code_of_two_letters", {"country": "N"}),
    (Account, "country_is_a_code_of_two_letters", {"country": "no"}),
    (Account, "website_of_account_is_on_the_web", {"website": "javascript:alert(1)"}),
    (Account, "website_of_account_is_on_the_web", {"website": "ftp://example.com"}),
    (Competitor, "website_of_competitor_is_on_the_web", {"website": "data:text/html,x"}),
    (Contact, "legal_basis_is_one_of_the_list", {"legal_basis": "they would not mind"}),
]


@pytest.mark.parametrize(("model", "constraint", "columns"), INVALID)
def test_the_database_refuses_an_invalid_row(model, constraint, columns):
    row = FACTORIES[model]()

    with refused(IntegrityError, constraint), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**columns)


def test_an_account_cannot_be_its_own_parent():
    account = AccountFactory()

    with refused(IntegrityError, "an_account_is_not_its_own_parent"), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(parent=account)


@pytest.mark.parametrize(
    "columns",
    [{}, {"country": "NO"}, {"website": "HTTPS://example.com"}, {"website": "http://example.com"}, {"parent": None}],
)
def test_a_valid_account_is_saved(columns):
    account = Account(name="Fjord AS", **columns)

    account.full_clean()
    account.save()

    assert Account.objects.get().pk == account.pk


def test_an_invalid_value_is_refused_with_a_sentence():
    with pytest.raises(ValidationError) as refusal:
        Account(name="Fjord AS", country="no").full_clean()

    assert refusal.value.messages == ["Write the country as two capital letters, such as NO."]


def test_every_constraint_is_tested_in_this_file():
    tested = {constraint for _, constraint, _ in INVALID} | {"an_account_is_not_its_own_parent"}

    assert {constraint.name for model in FACTORIES for constraint in model._meta.constraints} == tested


def test_the_parent_and_owner_of_an_account_cannot_be_deleted(rep):
    parent = AccountFactory()
    AccountFactory(parent=parent, owner=rep)

    for used in (parent, rep):
        with refused(ProtectedError):
            used.delete()


# Creating in the picker


def test_only_a_new_contact_gets_the_account_of_the_form():
    account, chosen = AccountFactory(), ContactFactory()

    created = find_or_create.saved(find_or_create.named(Contact, "Kari Hansen"), account_id=account.pk)
    found = find_or_create.saved(chosen, account_id=account.pk)

    assert Contact.objects.get(name="Kari Hansen") == created
    assert created.account == account
    assert found.account != account


def test_no_choice_is_saved_as_none(db):
    assert find_or_create.saved(None) is None


def test_a_second_account_with_the_same_name_is_saved_only_on_request(db):
    first = AccountFactory(name="Fjord AS")

    for create in (
        lambda: find_or_create.named(Account, "fjörd as"),
        lambda: find_or_create.saved(Account(name="FJORD")),
    ):
        with refused(duplicates.LikelyDuplicate, "“Fjord AS” is already there."):
            create()
    second = find_or_create.saved(find_or_create.named(Account, "Fjord", despite=[first.pk]))
    assert Account.objects.get(name="Fjord") == second


def test_the_same_page_gets_the_row_that_it_created_before(db):
    first = find_or_create.saved(find_or_create.named(Account, "Fjord AS", page="p1"), page="p1")

    assert find_or_create.named(Account, "Fjord AS", page="p1") == first
    assert find_or_create.saved(Account(name="Fjord AS"), page="p1") == first
