"""The page for a new opportunity: five fields, customers created in the pickers, and forms sent twice."""

import datetime
import re
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from opportunities.customers.models import Account, Contact
from opportunities.models import Opportunity
from stages.models import Process
from tests.support.db_assertions import unchanged
from tests.support.factories import AccountFactory, ContactFactory, OpportunityFactory, UserFactory

pytestmark = pytest.mark.django_db

NEW = "/opportunities/new/"


def created():
    return Opportunity.objects.get()


def token_of(page):
    return re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]


# Permissions


def test_a_visitor_is_sent_to_the_sign_in_page(client):
    assert client.get(NEW).status_code == 302


def test_a_user_without_a_role_cannot_create_an_opportunity(client_of, stranger):
    client = client_of(stranger)

    with unchanged():
        page = client.post(NEW, {"name": "Sensors"})

    assert page.status_code == 403


def test_opening_the_page_writes_nothing(client_of, rep):
    client = client_of(rep)

    with unchanged():
        page = client.get(NEW)

    assert page.status_code == 200
    assert "Only the name is needed" in page.content.decode()


# Opened from the page of an account or a contact


def filled_in(page):
    initial = page.context["form"].initial
    return {name: initial[name] for name in ("account", "contact") if name in initial}


def test_the_page_of_a_customer_opens_the_form_with_its_name_filled_in(client_of, rep):
    contact = ContactFactory(name="Eva Lind", account=AccountFactory(name="Fjord AS"))
    client = client_of(rep)
    for where, expected in (
        (contact.account.get_absolute_url(), {"account": contact.account}),
        (contact.get_absolute_url(), {"account": contact.account, "contact": contact}),
    ):
        [address] = re.findall(rf'href="({NEW}\?[^"]+)"', client.get(where).content.decode())
        page = client.get(address)
        assert filled_in(page) == expected
        assert f'href="{where}">Cancel' in page.content.decode()
    shown = page.content.decode()
    assert "Fjord AS" in shown
    assert "Eva Lind" in shown

    client.post(address, {"name": "Sensors", "account": contact.account.pk, "contact": contact.pk})

    assert (created().account, created().contact) == (contact.account, contact)


def test_what_a_picker_does_not_offer_is_not_filled_in(client_of, rep):
    archived = AccountFactory(name="Gone AS", is_archived=True)
    leaver = ContactFactory(name="Eva Lind", account=archived)
    client = client_of(rep)

    for asked in (f"account={archived.pk}", "account=7777", "account=x", "account=%00", "contact=9223372036854775808"):
        page = client.get(f"{NEW}?{asked}")
        assert (page.status_code, filled_in(page)) == (200, {}), asked
    assert filled_in(client.get(f"{NEW}?contact={leaver.pk}")) == {"contact": leaver}


def test_who_may_only_read_and_an_archived_account_are_offered_no_new_opportunity(client_of, rep):
    reader = UserFactory(role="Colleague (read only)")
    account, archived = AccountFactory(), AccountFactory(is_archived=True)

    assert f"{NEW}?" not in client_of(reader).get(account.get_absolute_url()).content.decode()
    assert f"{NEW}?" not in client_of(rep).get(archived.get_absolute_url()).content.decode()


# Creating


def test_an_opportunity_can_be_created_with_a_name_only(client_of, rep):
    page = client_of(rep).post(NEW, {"name": "  Sensors "}, follow=True)

    opportunity = created()
    assert (opportunity.name, opportunity.owner, opportunity.created_by, opportunity.active_stage.name_en) == (
        "Sensors",
        rep,
        rep,
        "Qualify",
    )
    assert page.redirect_chain == [(f"/opportunities/{opportunity.pk}/", 303)]
    assert "Opportunity created." in page.content.decode()


def test_all_five_fields_are_stored(client_of, rep):
    contact = ContactFactory()

    client_of(rep).post(
        NEW,
        {
            "name": "Sensors",
            "account": contact.account_id,
            "contact": contact.pk,
            "estimated_revenue": "1 500,50 kr",
            "estimated_close_date": "12.01.2027",
        },
    )

    opportunity = created()
    assert (opportunity.account, opportunity.contact) == (contact.account, contact)
    assert opportunity.estimated_revenue == Decimal("1500.50")
    assert opportunity.estimated_close_date == datetime.date(2027, 1, 12)
    assert [row.contact for row in opportunity.stakeholders.all()] == [contact]


def test_the_account_of_a_chosen_contact_is_filled_in(client_of, rep):
    contact = ContactFactory()

    client_of(rep).post(NEW, {"name": "Sensors", "contact": contact.pk})

    assert created().account == contact.account


def test_a_new_account_and_contact_are_created_with_the_opportunity(client_of, rep):
    client_of(rep).post(
        NEW,
        {
            "name": "Sensors",
            "account": "new",
            "account-find": "Havbris AS",
            "contact": "new",
            "contact-find": "Eva Lind",
        },
    )

    opportunity = created()
    assert opportunity.account.name == "Havbris AS"
    assert opportunity.contact.name == "Eva Lind"
    assert opportunity.contact.account == opportunity.account


def test_a_new_contact_belongs_to_the_chosen_account(client_of, rep):
    account = AccountFactory()

    client_of(rep).post(NEW, {"name": "Sensors", "account": account.pk, "contact": "new", "contact-find": "Eva Lind"})

    assert created().contact.account == account


def test_a_new_contact_may_have_no_account(client_of, rep):
    client_of(rep).post(NEW, {"name": "Sensors", "contact": "new", "contact-find": "Eva Lind"})

    assert created().contact.account is None


# Refused


def test_a_form_without_a_name_creates_nothing_and_keeps_the_entries(client_of, rep):
    client = client_of(rep)

    with unchanged():
        page = client.post(NEW, {"name": " ", "account": "new", "account-find": "Havbris AS", "estimated_revenue": "5"})

    text = page.content.decode()
    assert page.status_code == 422
    assert "Error:" in text
    assert '<a href="#id_name">Name: Give the opportunity a name.</a>' in text
    assert 'value="Havbris AS"' in text
    assert 'name="estimated_revenue" value="5"' in text
    assert re.search(r'value="new"\s+checked', text)


def test_a_refused_start_creates_no_account_or_contact(client_of, rep):
    Process.objects.update(is_default=False)
    client = client_of(rep)

    with unchanged():
        page = client.post(
            NEW,
            {
                "name": "Sensors",
                "account": "new",
                "account-find": "Havbris AS",
                "contact": "new",
                "contact-find": "Eva",
            },
        )

    assert page.status_code == 422
    assert "There is no process for new opportunities." in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Sensors\x00"),
        ("name", "x" * 201),
        ("name", "\u202eevil"),
        ("account", str(2**63)),
        ("account", "9999"),
        ("account", "x"),
        ("contact", "-1"),
        ("account-find", "typed and not chosen"),
        ("estimated_revenue", "1e400"),
        ("estimated_revenue", "NaN"),
        ("estimated_revenue", "-5"),
        ("estimated_revenue", "9" * 50),
        ("estimated_close_date", "0000-01-01"),
        ("estimated_close_date", "31.02.2027"),
        ("estimated_close_date", "soon\x00"),
    ],
)
def test_an_invalid_entry_is_an_error_on_its_field(client_of, rep, field, value):
    client = client_of(rep)

    with unchanged():
        page = client.post(NEW, {"name": "Sensors", field: value})

    assert page.status_code == 422
    assert f'href="#id_{field.removesuffix("-find")}"' in page.content.decode()


def test_an_empty_post_is_refused(client_of, rep):
    client = client_of(rep)

    with unchanged():
        assert client.post(NEW).status_code == 422


def test_posted_values_without_a_form_field_are_ignored(client_of, rep, colleague):
    client_of(rep).post(NEW, {"name": "Sensors", "owner": colleague.pk, "status": "won", "version": "7"})

    opportunity = created()
    assert (opportunity.owner, opportunity.status, opportunity.version) == (rep, "open", 1)


# Find


def test_find_shows_answers_and_keeps_the_entries(client_of, rep):
    AccountFactory(name="Nordlys Shipping")
    client = client_of(rep)

    with unchanged():
        page = client.post(NEW, {"name": "Sensors", "account-find": "nordl", "find": "account"})

    text = page.content.decode()
    assert page.status_code == 200
    assert "Nordlys Shipping" in text
    assert "Create “nordl”" in text
    assert 'value="Sensors"' in text
    assert "Error:" not in text


# Sent twice


def test_the_same_form_sent_twice_creates_one_opportunity(client_of, rep):
    client = client_of(rep)
    posted = {"name": "Sensors", "account": "new", "account-find": "Havbris AS", "token": token_of(client.get(NEW))}
    client.post(NEW, posted)

    with unchanged():
        second = client.post(NEW, posted)

    assert second.headers["Location"] == created().get_absolute_url()
    assert Account.objects.count() == 1


def test_a_new_form_with_the_same_entries_creates_another_opportunity(client_of, rep):
    client = client_of(rep)

    for _ in range(2):
        client.post(NEW, {"name": "Sensors", "token": token_of(client.get(NEW))})

    assert Opportunity.objects.count() == 2


def test_a_form_sent_again_with_another_name_creates_another_opportunity(client_of, rep):
    client = client_of(rep)
    token = token_of(client.get(NEW))

    client.post(NEW, {"name": "Sensors", "token": token})
    client.post(NEW, {"name": "Sensors for boats", "token": token})

    assert Opportunity.objects.count() == 2


def test_a_refused_form_can_be_sent_again_unchanged(client_of, rep):
    client = client_of(rep)
    posted = {"name": "Sensors", "token": token_of(client.get(NEW))}
    Process.objects.update(is_default=False)
    client.post(NEW, posted)
    Process.objects.filter(key="opportunity-sales-process").update(is_default=True)

    assert client.post(NEW, posted).status_code == 303
    assert created().name == "Sensors"


def test_the_same_token_of_two_users_creates_two_opportunities(client_of, rep, colleague):
    posted = {"name": "Sensors", "token": "the-same-token-of-both"}
    client_of(rep).post(NEW, posted)

    client_of(colleague).post(NEW, posted)

    assert {opportunity.owner for opportunity in Opportunity.objects.all()} == {rep, colleague}


def test_an_invalid_token_is_refused(client_of, rep):
    assert client_of(rep).post(NEW, {"name": "Sensors", "token": "\x00" * 500}).status_code == 400


def test_an_existing_contact_keeps_its_account(client_of, rep):
    OpportunityFactory(owner=rep)
    contact = ContactFactory()

    client_of(rep).post(NEW, {"name": "Sensors", "contact": contact.pk, "account": AccountFactory().pk})

    assert Contact.objects.get().account == contact.account


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_creates_one_opportunity(client_of, rep):
    clients = [client_of(rep), client_of(rep)]
    posted = {"name": "Sensors", "account": "new", "account-find": "Havbris AS", "token": "one-click-too-many"}
    start, answers = threading.Barrier(2), []

    def send(client):
        start.wait()
        answers.append(client.post(NEW, posted).status_code)
        connection.close()

    threads = [threading.Thread(target=send, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [303, 303]
    assert (Opportunity.objects.count(), Account.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("stakeholder_add", "contact"),
        ("competitor_add", "competitor"),
        ("team_member_add", "user"),
        ("task_add", "text"),
    ],
)
def test_a_page_that_adds_something_starts_in_its_first_field(client_of, rep, name, first):
    opportunity = OpportunityFactory(owner=rep)

    page = client_of(rep).get(reverse(name, args=[opportunity.pk])).content.decode()

    assert re.findall(r"<(?:input|select|textarea)[^>]* autofocus[^>]*>", page) == [
        found for found in re.findall(r"<(?:input|select|textarea)[^>]*>", page) if f'id="id_add-{first}"' in found
    ]
