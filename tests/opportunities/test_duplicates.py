"""Likely duplicates of accounts, contacts and competitors, and the forms that show them before saving."""

import re

import pytest
from django.db import connection
from django.urls import reverse

from opportunities.customers import duplicate_groups, duplicates, name_keys
from opportunities.customers.duplicates import LikelyReason
from opportunities.customers.models import Account, Contact
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import AccountFactory, ContactFactory
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


def why(model, **entries):
    """The reasons for each row that is probably the same, by its name."""
    return {each.row.name: each.why for each in duplicates.like(model, entries)}


def test_names_are_nearly_the_same_without_case_accents_spaces_double_letters_and_legal_form():
    same = ["Fjord Data AS", "FJØRD-DATA", "Fjord Datta A/S", "AS Fjord Data", "fjord data"]
    other = ["Fjord Data 2", "Nord Data", "AS", "!!!"]

    assert len({name_keys.of_company(name) for name in same}) == 1
    assert len({name_keys.of_company(name) for name in [same[0], *other]}) == 5
    assert name_keys.of_person("Solberg, Berit") == name_keys.of_person("berit SOLBERG")


def test_an_account_is_found_by_its_number_and_its_name():
    AccountFactory(name="Fjord Data AS", organisation_number="923609016")
    AccountFactory(name="Fjord Data 2")

    assert why(Account, name="Fjørd-data") == {"Fjord Data AS": (LikelyReason.NEARLY,)}
    assert why(Account, name="Other", organisation_number="923 609 016") == {"Fjord Data AS": (LikelyReason.NUMBER,)}
    assert why(Account, name="fjord data as", organisation_number="923609016") == {
        "Fjord Data AS": (LikelyReason.NUMBER, LikelyReason.NAME)
    }
    assert why(Account, name="Nord Data", organisation_number="", account_id=1) == {}


def test_a_contact_is_found_by_its_address_in_any_case():
    known = ContactFactory(name="Eva Lind", email="Eva@Example.com")

    assert why(Contact, name="E. L.", email="eva@example.COM") == {"Eva Lind": (LikelyReason.EMAIL,)}
    assert why(Contact, name="Lind, Eva", account_id=known.account_id) == {"Eva Lind": (LikelyReason.NEARLY,)}
    assert why(Contact, name="Eva Lind", account_id=AccountFactory().pk) == {}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no trigrams")
def test_a_typo_is_found_by_trigrams():
    AccountFactory(name="Nordlys Shipping AS")

    assert why(Account, name="Nordlis Shipping") == {"Nordlys Shipping AS": (LikelyReason.NEARLY,)}


def test_what_was_shown_is_saved_and_only_a_newer_one_asks_again():
    shown = [AccountFactory(name="Fjord Data").pk for _ in range(duplicates.MOST + 1)][1:]

    duplicates.refuse(Account, {"name": "Fjord Data"}, seen=shown)
    newer = AccountFactory(name="Fjord Data")

    with refused(duplicates.LikelyDuplicate):
        duplicates.refuse(Account, {"name": "Fjord Data"}, seen=shown)
    duplicates.refuse(Account, {"name": "Fjord Data"}, seen=[*shown, newer.pk])


def test_an_account_form_shows_likely_duplicates_when_what_they_share_is_new(client_of, rep):
    client, new = client_of(rep), reverse("account_new")
    first, second = AccountFactory(name="Fjord Data"), AccountFactory(name="Other")
    with unchanged():
        answer = Form(client.get(new), new).press(client, "Create", name="Fjord Data AS")
    said = " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())
    assert (answer.status_code, "Nearly the same name" in said) == (422, True)
    assert Form(answer, new).press(client, "Save all the same").status_code == 303

    edit = reverse("account_page_edit", args=[second.pk])
    assert Form(client.get(edit), edit).press(client, "Save", city="Oslo").status_code == 303
    with unchanged():
        answer = Form(client.get(edit), edit).press(client, "Save", name="Fjord Data")
    assert f'href="{first.get_absolute_url()}"' in answer.content.decode()
    assert Form(answer, edit).press(client, "Save all the same").status_code == 303
    assert Account.objects.get(pk=second.pk).name == "Fjord Data"


def test_groups_of_likely_duplicates_have_the_oldest_first_and_a_limited_number_of_rows():
    rows = [ContactFactory(email=address) for address in ["eva@example.com", "EVA@example.com", "", ""]]
    many = [AccountFactory(name="Fjord Data") for _ in range(duplicate_groups.MOST_ROWS + 2)]

    [group] = duplicate_groups.of(Contact, "email", duplicate_groups.keys(Contact, "email"))
    [names] = duplicate_groups.of(Account, "name", duplicate_groups.keys(Account, "name"))

    assert (group.rows, group.more) == (rows[:2], 0)
    assert (names.first, len(names.others), names.more) == (many[0], duplicate_groups.MOST_ROWS - 1, 2)
    assert duplicate_groups.of(Contact, "name", duplicate_groups.keys(Contact, "name")) == []
