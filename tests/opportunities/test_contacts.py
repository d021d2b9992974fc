"""The pages of contacts: the list, the page with the person's opportunities, a new one, editing."""

import re

import pytest
from django.urls import reverse

from opportunities.customers.models import Account, Contact
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    AccountFactory,
    ContactFactory,
    OpportunityFactory,
    add_stakeholder,
    reread,
)
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

LIST, NEW = "/contacts/", "/contacts/new/"


def page_url(contact):
    return reverse("contact_page", args=[contact.pk])


def edit_url(contact):
    return reverse("contact_page_edit", args=[contact.pk])


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def rows(response):
    """The rows of the table in the page: the texts of the cells."""
    body = html(response).partition("<tbody")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_the_list_finds_sorts_and_counts_only_what_the_reader_sees(rep_client, rep, colleague, subtests):
    assert "No contacts yet" in text(rep_client.get(LIST))
    fjord, nord = AccountFactory(name="Fjord AS"), AccountFactory(name="Nord AS")
    berit = ContactFactory(name="Berit", account=nord, email="Berit@nord.example", phone="+4722334455")
    anne = ContactFactory(name="Anne", account=fjord, job_title="CFO")
    ContactFactory(name="Gone", account=None, is_archived=True)
    for opportunity in (OpportunityFactory(owner=rep), OpportunityFactory(owner=rep)):
        add_stakeholder(opportunity, contact=berit)
    add_stakeholder(OpportunityFactory(owner=colleague), contact=anne)
    for query, found in [
        ("", ["Anne", "Berit"]),
        ("?sort=-name", ["Berit", "Anne"]),
        ("?sort=-account", ["Berit", "Anne"]),
        ("?sort=-deals", ["Berit", "Anne"]),
        ("?sort=deals", ["Anne", "Berit"]),
        ("?q=nord", ["Berit"]),
        ("?q=anne+fjord", ["Anne"]),
        ("?q=berit@NORD", ["Berit"]),
        (f"?account={fjord.pk}", ["Anne"]),
        ("?archived=only", ["Gone"]),
        ("?q=nobody", []),
    ]:
        with subtests.test(query=query):
            assert [row[0].split()[0] for row in rows(rep_client.get(f"{LIST}{query}"))] == found

    assert rows(rep_client.get(LIST)) == [
        ["Anne CFO", "Fjord AS", "0"],
        ["Berit Berit@nord.example, +47 22 33 44 55", "Nord AS", "2"],
    ]


def test_the_page_lists_the_opportunities_with_the_roles_of_the_person(rep_client, rep, colleague):
    berit = ContactFactory(
        name="Berit",
        account=AccountFactory(name="Fjord AS"),
        email="berit@fjord.example",
        data_source="The fair",
        legal_basis="consent",
        language="nb",
        do_not_contact=True,
    )
    assert "None yet. Add the person to an opportunity" in text(rep_client.get(page_url(berit)))
    add_stakeholder(OpportunityFactory(owner=rep, name="Mine"), contact=berit, roles=("champion", "end_user"))
    OpportunityFactory(owner=rep, name="As contact", contact=berit)
    add_stakeholder(OpportunityFactory(owner=colleague, name="Theirs"), contact=berit)

    page = rep_client.get(page_url(berit))

    assert {(row[0], row[1]) for row in rows(page)} == {
        ("Mine", "Champion, End user"),
        ("As contact Fjord AS", "Stakeholder, Contact"),
    }
    assert 'href="mailto:berit@fjord.example"' in html(page)
    assert f'href="{reverse("account_page", args=[berit.account_id])}">Fjord AS<' in html(page)
    for each in ("Do not contact", "Norsk bokmål", "The fair", "Consent"):
        assert each in text(page)


@pytest.mark.sweep
def test_the_pages_make_the_same_queries_for_any_number_of_rows(rep_client, rep, django_assert_max_num_queries):
    def used(where):
        with django_assert_max_num_queries(15) as captured:
            assert rep_client.get(where).status_code == 200
        return len(captured)

    berit = ContactFactory()
    wheres = (LIST, f"{LIST}?sort=-deals", page_url(berit))
    add_stakeholder(OpportunityFactory(owner=rep, account=AccountFactory()), contact=berit)
    few = [used(where) for where in wheres]
    for _ in range(8):
        opportunity = OpportunityFactory(owner=rep, account=AccountFactory())
        add_stakeholder(opportunity, contact=berit)
        add_stakeholder(reread(opportunity), contact=ContactFactory())

    assert [used(where) for where in wheres] == few


def test_a_new_contact_is_created_with_a_new_account_and_may_share_a_name(rep_client):
    ContactFactory(name="Berit Solberg", account=None)
    form = Form(rep_client.get(NEW), NEW)

    asked = form.press(
        rep_client,
        "Create",
        **{"name": "Berit Solberg", "account": "new", "account-find": "Fjord AS", "do_not_contact": "on"},
        email="berit@fjord.example",
        phone="+46 8 123 456 00",
        legal_basis="consent",
    )
    answer = Form(asked, NEW).press(rep_client, "Save all the same")

    made = Contact.objects.latest("pk")
    assert "Open Berit Solberg" in text(asked)
    assert (answer.status_code, answer["Location"]) == (303, page_url(made))
    assert (made.account.name, made.phone, made.do_not_contact) == ("Fjord AS", "+46812345600", True)
    assert Account.objects.count() == 1


def test_the_account_from_whose_page_the_form_is_opened_is_filled_in(rep_client):
    account, archived = AccountFactory(), AccountFactory(is_archived=True)

    assert Form(rep_client.get(NEW, {"account": account.pk}), NEW).fields["account"] == str(account.pk)
    for other in (archived.pk, "x", 2**63):
        assert Form(rep_client.get(NEW, {"account": other}), NEW).fields.get("account", "") == ""


def test_an_entry_that_cannot_be_read_is_refused_and_kept(rep_client, subtests):
    for entries, said in [
        ({"name": ""}, "Name: Give the contact a name."),
        ({"email": "berit"}, "E-mail: Write a mail address, such as kari@example.com."),
        ({"language": "xx"}, "Select a valid choice"),
        ({"legal_basis": "xx"}, "Select a valid choice"),
        ({"account": "1"}, "This choice is not available."),
        ({"data_source": "x" * 201}, "The text has 201 characters."),
    ]:
        with subtests.test(**entries), unchanged():
            answer = rep_client.post(NEW, {"name": "Berit", "description": "typed before"} | entries)

            assert answer.status_code == 422
            assert said in text(answer) and "typed before" in html(answer)


def test_what_only_one_person_changed_is_merged_and_what_both_changed_is_compared(client_of, rep, colleague):
    berit = ContactFactory(email="old@fjord.example")
    mine = Form(client_of(rep).get(edit_url(berit)), edit_url(berit))
    theirs = Form(client_of(colleague).get(edit_url(berit)), edit_url(berit))
    client = client_of(rep)
    theirs.press(client_of(colleague), "Save", do_not_contact="on", email="theirs@fjord.example")

    with unchanged():
        answer = mine.press(client, "Save", email="mine@fjord.example")

    assert answer.status_code == 409
    again = Form(answer, edit_url(berit))
    assert again.fields["do_not_contact"] == "on"
    again.press(client, "Save", job_title="CFO")
    berit.refresh_from_db()
    assert (berit.email, berit.do_not_contact, berit.job_title) == ("mine@fjord.example", True, "CFO")
