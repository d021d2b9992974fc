"""Accounts, contacts and competitors: what the database refuses to hold about one of them."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from opportunities.customers import find_or_create
from opportunities.customers.models import Account, Competitor, Contact
from tests.support.db_assertions import refused
from tests.support.factories import AccountFactory, CompetitorFactory, ContactFactory

pytestmark = pytest.mark.django_db

FACTORIES = {Account: AccountFactory, Contact: ContactFactory, Competitor: CompetitorFactory}
FLAWS = [
    (Account, "country_is_a_code_of_two_letters", {"country": "N"}),
    (Account, "country_is_a_code_of_two_letters", {"country": "no"}),
    (Account, "website_of_account_is_on_the_web", {"website": "javascript:alert(1)"}),
    (Account, "website_of_account_is_on_the_web", {"website": "ftp://example.com"}),
    (Competitor, "website_of_competitor_is_on_the_web", {"website": "data:text/html,x"}),
    (Contact, "legal_basis_is_one_of_the_list", {"legal_basis": "they would not mind"}),
]


@pytest.mark.parametrize(("model", "constraint", "columns"), FLAWS)
def test_the_database_refuses_a_flawed_row(model, constraint, columns):
    row = FACTORIES[model]()

    with refused(IntegrityError, constraint), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**columns)


def test_an_account_is_not_its_own_parent():
    account = AccountFactory()

    with refused(IntegrityError, "an_account_is_not_its_own_parent"), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(parent=account)


@pytest.mark.parametrize(
    "columns",
    [{}, {"country": "NO"}, {"website": "HTTPS://example.com"}, {"website": "http://example.com"}, {"parent": None}],
)
def test_an_account_without_a_flaw_is_saved(columns):
    account = Account(name="Fjord AS", **columns)

    account.full_clean()
    account.save()

    assert Account.objects.get().pk == account.pk


def test_a_flaw_is_described_in_a_sentence():
    with pytest.raises(ValidationError) as refusal:
        Account(name="Fjord AS", country="no").full_clean()

    assert refusal.value.messages == ["Write the country as two capital letters, such as NO."]


def test_every_constraint_has_a_test_here():
    tested = {constraint for _, constraint, _ in FLAWS} | {"an_account_is_not_its_own_parent"}

    assert {constraint.name for model in FACTORIES for constraint in model._meta.constraints} == tested


def test_what_an_account_uses_is_not_deleted(rep):
    parent = AccountFactory()
    AccountFactory(parent=parent, owner=rep)

    for used in (parent, rep):
        with refused(ProtectedError):
            used.delete()


# Creating on the spot


def test_a_new_contact_is_saved_at_the_account_and_a_chosen_one_stays_where_it_is():
    account, chosen = AccountFactory(), ContactFactory()

    created = find_or_create.saved(find_or_create.named(Contact, "Kari Hansen"), account_id=account.pk)
    found = find_or_create.saved(chosen, account_id=account.pk)

    assert Contact.objects.get(name="Kari Hansen") == created
    assert created.account == account
    assert found.account != account


def test_nothing_chosen_stays_nothing(db):
    assert find_or_create.saved(None) is None


def test_a_second_account_of_one_name_is_refused(db):
    AccountFactory(name="Fjord AS")

    for create in (
        lambda: find_or_create.named(Account, "fjörd as"),
        lambda: find_or_create.saved(Account(name="FJORD AS")),
    ):
        with refused(find_or_create.DuplicateName, "is already there. Choose it among the answers."):
            create()


def test_the_same_name_from_the_same_page_gives_the_row_created_before(db):
    first = find_or_create.saved(find_or_create.named(Account, "Fjord AS", page="p1"), page="p1")

    assert find_or_create.named(Account, "Fjord AS", page="p1") == first
    assert find_or_create.saved(Account(name="Fjord AS"), page="p1") == first
