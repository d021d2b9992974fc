"""A number that is typed in several ways is stored in one, on whichever way it comes in."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from opportunities.customers import changing, duplicates
from opportunities.customers.duplicates import LikelyDuplicate, LikelyReason
from opportunities.customers.models import Account, Contact
from tests.support.db_assertions import unchanged
from tests.support.factories import AccountFactory
from tests.support.pages import Form, post_drawn

pytestmark = pytest.mark.django_db

WAYS = ("923609016", "923 609 016", "NO 923 609 016 MVA")
PHONES = ("22334455", "22 33 44 55", "+47 22-33-44-55")
NO_NUMBER = "This is no organisation number of that country. Check each digit, and the country."
NO_PHONE = "Write a phone number, such as 22 33 44 55. One from abroad begins with + and the country code."


def create(by, **entries):
    return changing.create(Account, {"name": "Fjord AS", "country": "NO", **entries}, by=by, at=timezone.now())


@pytest.mark.parametrize(("number", "phone"), list(zip(WAYS, PHONES, strict=True)))
def test_the_domain_the_form_and_the_admin_store_one_value(rep, manager, client_of, number, phone):
    create(rep, organisation_number=number, phone=phone)
    new = reverse("account_new")
    entries = {"name": "Other AS", "country": "NO", "organisation_number": number, "phone": phone}
    form = Form(client_of(rep).get(new), new)
    shown = form.press(client_of(rep), "Create", **entries)

    assert "Same organisation number" in shown.content.decode()  # the one duplicate
    again = Form(shown, new)
    assert again.press(client_of(rep), "Save all the same").status_code == 303
    added = post_drawn(client_of(manager), "/admin/customers/account/add/", {**entries, "name": "Third AS"})

    assert added.status_code == 302
    stored = set(Account.objects.values_list("organisation_number", "phone"))
    assert (Account.objects.count(), stored) == (3, {("923609016", "+4722334455")})


@pytest.mark.parametrize("number", WAYS)
def test_a_number_finds_its_account_as_a_duplicate_and_in_a_picker(rep, client_of, number):
    account = AccountFactory(name="Fjord AS", organisation_number="923609016", country="NO")
    AccountFactory(name="Number 923 609 017")

    with unchanged(), pytest.raises(LikelyDuplicate) as likely:
        create(rep, name="Another name", organisation_number=number)
    assert [(each.row, each.why) for each in likely.value.found] == [(account, (LikelyReason.NUMBER,))]
    assert [each.row for each in duplicates.like(Account, {"organisation_number": number})] == [account]
    asked = {"name": "account", "account-find": number}
    answers = client_of(rep).get(reverse("picker", args=["account"]), asked).content.decode()
    assert "Fjord AS" in answers
    assert "923 609 017" not in answers


def test_what_is_no_number_is_refused_with_one_sentence_everywhere(rep, manager, client_of):
    new = reverse("account_new")
    wrong = {"name": "Fjord AS", "country": "NO", "organisation_number": "923609017", "phone": "12"}
    client, root = client_of(rep), client_of(manager)

    with unchanged():
        with pytest.raises(ValidationError) as refusal:
            create(rep, organisation_number="923609017", phone="12")
        page = Form(client.get(new), new).press(client, "Create", **wrong)
        admin = post_drawn(root, "/admin/customers/account/add/", wrong)

    said = {"organisation_number": [NO_NUMBER], "phone": [NO_PHONE]}
    assert refusal.value.message_dict == said
    assert page.context["form"].errors == said
    assert admin.context["adminform"].form.errors == said


def test_a_changed_number_is_stored_as_it_is_read_and_one_typed_otherwise_is_no_change(rep):
    account = create(rep, organisation_number="923609016", phone="22334455")

    changing.change(
        Account,
        account.pk,
        {"organisation_number": "NO 923 609 016 MVA", "phone": "22 33 44 55"},
        version=account.version,
        by=rep,
        at=timezone.now(),
    )
    account.refresh_from_db()
    assert account.version == 0
    changing.change(Account, account.pk, {"phone": "22 33 44 66"}, version=0, by=rep, at=timezone.now())

    account.refresh_from_db()
    assert (account.phone, account.version) == ("+4722334466", 1)


def test_a_number_is_read_anew_when_the_country_becomes_known(rep):
    account = AccountFactory(organisation_number="923 609 016")

    changing.change(Account, account.pk, {"country": "NO"}, version=0, by=rep, at=timezone.now())

    account.refresh_from_db()
    assert (account.country, account.organisation_number) == ("NO", "923609016")


def test_the_phone_of_a_contact_is_read_too(rep):
    contact = changing.create(Contact, {"name": "Eva Lind", "phone": "22 33 44 55"}, by=rep, at=timezone.now())

    assert contact.phone == "+4722334455"
