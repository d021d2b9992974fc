"""Accounts and contacts are imported by themselves: found by the check for duplicates, filled in, or created."""

import pytest

from opportunities.customers import changing
from opportunities.customers.models import Account, Contact
from tests.support import imports
from tests.support.factories import NOW, QUALIFY, AccountFactory, ContactFactory
from tests.support.imports import done, table

pytestmark = pytest.mark.django_db

ACCOUNTS = {"Name": "name", "Number": "organisation_number", "City": "city", "Country": "country", "Parent": "parent"}
CONTACTS = {"Name": "name", "Mail": "email", "Account": "account", "Phone": "phone"}


def accounts_of(*rows, by, at=NOW):
    return done(by, table(*rows, headings=tuple(ACCOUNTS)), noun="accounts", columns=ACCOUNTS, at=at)


def test_accounts_are_created_filled_in_or_left_as_people_wrote_them(rep):
    AccountFactory(name="Fjord Data AS", city="")
    AccountFactory(name="Salt AS", city="Bergen")
    run = accounts_of(
        ["FJORD DATA", "923 609 016", "Oslo", "Norge", "Konsernet"],
        ["Salt AS", "", "Oslo", "", ""],
        ["New one", "123", "Oslo", "NO", ""],
        ["Gravel", "", "Oslo", "", ""],
        by=rep,
    )

    assert imports.outcomes(run) == ["updated", "skipped", "refused", "created"]
    assert list(Account.objects.values_list("name", "city", "parent__name")) == [
        ("Fjord Data AS", "Oslo", "Konsernet"),
        ("Gravel", "Oslo", None),
        ("Konsernet", "", None),
        ("Salt AS", "Bergen", None),
    ]


def test_an_account_of_an_import_follows_its_file_until_a_person_changes_it(rep):
    accounts_of(["Gravel", "", "Oslo", "", ""], by=rep)
    again = accounts_of(["Gravel", "", "Bergen", "", ""], by=rep)
    same = accounts_of(["Gravel", "", "Bergen", "", ""], by=rep)
    gravel = Account.objects.get()
    changing.change(Account, gravel.pk, {"city": "Oslo"}, version=gravel.version, by=rep, at=NOW)
    after = accounts_of(["Gravel", "", "Hamar", "", ""], by=rep)

    assert [imports.outcomes(run) for run in (again, same, after)] == [["updated"], ["same"], ["skipped"]]
    assert Account.objects.get().city == "Oslo"


def test_contacts_are_known_by_their_address_and_belong_to_their_account(rep):
    text = table(
        ["Kari Nordmann", "kari@fjord.example", "Fjord AS", "+47 22 22 22 22"],
        ["Nordmann, Kari", "KARI@fjord.example", "Fjord AS", ""],
        ["Kari Nordmann", "kari@salt.example", "Salt AS", ""],
        headings=tuple(CONTACTS),
    )
    run = done(rep, text, noun="contacts", columns=CONTACTS)

    assert imports.outcomes(run) == ["created", "same", "created"]
    assert list(Contact.objects.order_by("pk").values_list("email", "account__name", "phone")) == [
        ("kari@fjord.example", "Fjord AS", "+4722222222"),
        ("kari@salt.example", "Salt AS", ""),
    ]


@pytest.fixture
def namesakes():
    """Two people of one name, with different accounts and addresses."""
    return [
        ContactFactory(name="Per Olsen", email=f"per@{name.lower()}.example", account=AccountFactory(name=name))
        for name in ("Alfa", "Beta")
    ]


def deal_with(*contact, by):
    headings = ("Name", "Stage", "Contact", "E-mail", "Account")
    return done(by, table(["Road salt", QUALIFY, *contact], headings=headings))


@pytest.mark.parametrize("is_known", [True, False])
def test_a_name_of_several_with_another_address_and_another_account_is_a_new_person(rep, namesakes, is_known):
    if is_known:
        AccountFactory(name="Gamma")
    run = deal_with("Per Olsen", "per@gamma.example", "Gamma", by=rep)

    assert imports.outcomes(run) == ["created"]
    contact = run.rows.get().contact
    assert (contact.email, contact.account.name) == ("per@gamma.example", "Gamma")
    assert contact not in namesakes


def test_a_name_of_several_without_accounts_with_another_address_and_an_account_is_a_new_person(rep):
    for _number in range(2):
        ContactFactory(name="Per Olsen", account=None)
    run = deal_with("Per Olsen", "per@gamma.example", "Gamma", by=rep)

    assert imports.outcomes(run) == ["created"]
    assert run.rows.get().contact.email == "per@gamma.example"


def test_a_name_of_several_is_the_one_with_the_address_whatever_the_account(rep, namesakes):
    run = deal_with("Per Olsen", "PER@beta.example", "Gamma", by=rep)

    assert imports.outcomes(run) == ["created"]
    assert run.rows.get().opportunity.contact == namesakes[1]


def test_a_name_of_several_is_the_one_with_the_account_if_the_row_has_no_address(rep, namesakes):
    ContactFactory(name="Per Olsen", account=None)
    run = deal_with("Per Olsen", "", "Beta", by=rep)

    assert imports.outcomes(run) == ["created"]
    assert run.rows.get().opportunity.contact == namesakes[1]


def test_a_name_of_several_alone_is_refused_without_the_advice_to_merge_people(rep, namesakes):
    run = deal_with("Per Olsen", "", "", by=rep)

    assert imports.outcomes(run) == ["refused"]
    [sentence] = imports.sentences(run)
    assert sentence.startswith("Several people are called “Per Olsen”, or nearly so. Say which one")


def test_an_imported_contact_of_a_common_name_is_new_with_another_address_and_another_account(rep, namesakes):
    rows = table(["Per Olsen", "per@gamma.example", "Gamma", ""], headings=tuple(CONTACTS))
    run = done(rep, rows, noun="contacts", columns=CONTACTS)

    assert imports.outcomes(run) == ["created"]


def test_an_imported_contact_of_a_new_account_is_not_the_one_of_this_name_elsewhere(rep):
    ContactFactory(name="Per Olsen", email="per@alfa.example", account=AccountFactory(name="Alfa"))
    rows = table(["Per Olsen", "per@gamma.example", "Gamma", ""], headings=tuple(CONTACTS))
    run = done(rep, rows, noun="contacts", columns=CONTACTS)

    assert imports.outcomes(run) == ["created"]
