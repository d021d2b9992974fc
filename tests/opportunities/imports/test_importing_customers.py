"""Accounts and contacts are imported by themselves: found by the check for duplicates, filled in, or created."""

import pytest

from opportunities.customers import changing
from opportunities.customers.models import Account, Contact
from tests.support import imports
from tests.support.factories import NOW, AccountFactory
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
