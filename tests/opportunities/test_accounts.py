"""The pages of accounts: the list, the page with figures, a new one, editing, archiving."""

import re

import pytest
from django.urls import reverse

from opportunities.customers.models import Account
from salesflow import trees
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    AccountFactory,
    ContactFactory,
    OpportunityFactory,
    add_team_member,
    lost_opportunity,
    won_opportunity,
    write_note,
)
from tests.support.meanwhile import at_once
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db

LIST, NEW = "/accounts/", "/accounts/new/"


def page_url(account):
    return reverse("account_page", args=[account.pk])


def edit_url(account):
    return reverse("account_page_edit", args=[account.pk])


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def rows(response):
    """The rows of the table in the page: the texts of the cells."""
    body = html(response).partition("<tbody")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def names(response):
    """The first cells; without the accounts of the contacts that every opportunity past Qualify has."""
    return [row[0] for row in rows(response) if not row[0].startswith("Nordlys Shipping")]


# The list


def test_the_list_finds_sorts_and_hides_what_is_archived(rep_client, rep, colleague, subtests):
    assert "No accounts yet" in text(rep_client.get(LIST))
    sor = AccountFactory(name="Sør Fisk AS", city="Bodø", organisation_number="923609016", country="NO", owner=rep)
    AccountFactory(name="Alfa", city="Oslo", owner=colleague)
    AccountFactory(name="Zeta", is_archived=True)
    won_opportunity(owner=rep, account=sor)
    OpportunityFactory(owner=rep, account=sor)
    lost_opportunity(owner=colleague, account=sor)
    for query, found in [
        ("", ["Alfa", "Sør Fisk AS"]),
        ("?sort=-name", ["Sør Fisk AS", "Alfa"]),
        ("?sort=city", ["Sør Fisk AS", "Alfa"]),
        ("?sort=-open", ["Sør Fisk AS", "Alfa"]),
        ("?sort=open", ["Alfa", "Sør Fisk AS"]),
        ("?sort=-won", ["Sør Fisk AS", "Alfa"]),
        ("?sort=won", ["Alfa", "Sør Fisk AS"]),
        ("?sort=owner", ["Sør Fisk AS", "Alfa"]),
        ("?q=fisk+sor", ["Sør Fisk AS"]),
        ("?q=NO+923+609+016+MVA", ["Sør Fisk AS"]),
        ("?owner=me", ["Sør Fisk AS"]),
        ("?archived=too", ["Alfa", "Sør Fisk AS", "Zeta Archived"]),
        ("?archived=only", ["Zeta Archived"]),
        ("?owner=none&archived=too", ["Zeta Archived"]),
        ("?q=nothing", []),
        ("?parent=99", ["Alfa", "Sør Fisk AS"]),
    ]:
        with subtests.test(query=query):
            assert names(rep_client.get(f"{LIST}{query}")) == found

    assert rows(rep_client.get(LIST))[-1] == ["Sør Fisk AS", "Bodø", "Kari Nordmann", "1", "NOK 450,000"]
    assert "No account fits" in text(rep_client.get(f"{LIST}?q=nothing"))


@pytest.mark.sweep
def test_the_list_has_pages_and_makes_the_same_queries_for_any_number(rep_client, rep, django_assert_max_num_queries):
    def used(query):
        with django_assert_max_num_queries(15) as captured:
            rep_client.get(f"{LIST}{query}")
        return len(captured)

    OpportunityFactory(owner=rep, account=AccountFactory(name="First", owner=rep))
    few = [used(query) for query in ("", "?sort=-open", "?archived=too")]
    for number in range(51):
        AccountFactory(name=f"A{number:03}", owner=factories.UserFactory() if number < 5 else rep)
    for account in Account.objects.all()[:5]:
        won_opportunity(owner=rep, account=account)

    assert [used(query) for query in ("", "?sort=-open", "?archived=too")] == few
    assert names(rep_client.get(LIST, {"page": 2}))[:2] == ["A050", "First"]


# The page


def test_the_page_shows_what_is_known_and_counts_only_what_the_reader_sees(client_of, rep, colleague, manager):
    top = AccountFactory(name="Holding")
    middle = AccountFactory(name="Nordic", parent=top)
    account = AccountFactory(
        name="Fjord AS",
        organisation_number="923609016",
        country="NO",
        phone="+4722334455",
        parent=middle,
        owner=rep,
        description="See https://fjord.example",
    )
    AccountFactory(name="Fjord Nord", parent=account)
    ContactFactory(name="Berit", account=account, job_title="CFO", do_not_contact=True)
    ContactFactory(name="Left", account=account, is_archived=True)
    write_note(OpportunityFactory(name="Mine", owner=rep, account=account, estimated_revenue=1000), text="They call")
    won_opportunity(name="Home", owner=rep, account=account)
    lost_opportunity(name="Gone", owner=colleague, account=account)
    write_note(OpportunityFactory(name="Theirs", owner=colleague, account=account), text="A secret")
    shared = add_team_member(OpportunityFactory(name="Shared", owner=colleague, account=account), user=rep)

    mine, everything = client_of(rep).get(page_url(account)), client_of(manager).get(page_url(account))

    assert 'href="tel:+47-22-33-44-55">+47 22 33 44 55<' in html(mine)
    assert re.search("923 609 016 .*Norway .*Kari Nordmann .*https://fjord.example", text(mine))
    assert text(mine).index("Holding") < text(mine).index("Nordic") < text(mine).index("Fjord Nord")
    assert "Berit Do not contact CFO" in text(mine) and "Left" not in text(mine)
    assert "Open 2 Won 1 Lost 0" in text(mine) and "100 % (1 won, 0 lost)" in text(mine)
    assert "Won revenue NOK 450,000" in text(mine) and "Qualify 2, NOK 1,000" in text(mine)
    assert sorted(names(mine)) == ["Mine", "Shared"]
    assert "They call" in text(mine) and "A secret" not in text(mine)
    assert "Open 3 Won 1 Lost 1" in text(everything) and "50 % (1 won, 1 lost)" in text(everything)
    assert "A secret" in text(everything)
    assert names(client_of(rep).get(page_url(account), {"status": "won"})) == ["Home"]
    assert shared.opportunity.account == account


@pytest.mark.sweep
def test_the_page_makes_the_same_queries_for_any_number_of_rows(rep_client, rep, django_assert_max_num_queries):
    def used():
        with django_assert_max_num_queries(15) as captured:
            page = rep_client.get(page_url(account))
        assert len(page.content) < 100_000
        return len(captured)

    account = AccountFactory(parent=AccountFactory(parent=AccountFactory()))
    for more in (1, 11):
        for _ in range(more):
            write_note(OpportunityFactory(owner=rep, account=account))
            ContactFactory(account=account)
            AccountFactory(parent=account)
        won_opportunity(owner=rep, account=account)
        if more == 1:
            few = used()

    assert used() == few
    assert "All contacts of this account" in text(rep_client.get(page_url(account)))
    assert len(rows(rep_client.get(reverse("contact_list"), {"account": account.pk}))) == 12
    assert len(rows(rep_client.get(LIST, {"parent": account.pk}))) == 12


def test_the_name_of_an_account_and_a_contact_leads_to_its_page(rep_client, rep):
    account = AccountFactory()
    contact = ContactFactory(account=account)
    opportunity = OpportunityFactory(owner=rep, account=account, contact=contact)
    factories.plan(opportunity, text="Call")

    for where in (opportunity.get_absolute_url(), reverse("opportunity_list"), reverse("my_tasks")):
        assert f'href="{page_url(account)}"' in html(rep_client.get(where)), where
    for where in (opportunity.get_absolute_url(), f"{opportunity.get_absolute_url()}?tab=stakeholders"):
        assert f'href="{reverse("contact_page", args=[contact.pk])}"' in html(rep_client.get(where)), where


def test_an_account_that_does_not_exist_is_404_and_the_menu_leads_to_the_lists(rep_client):
    for where in ("/accounts/7/", "/accounts/7/edit/", "/accounts/7/archive/", "/accounts/9223372036854775808/"):
        assert rep_client.get(where).status_code == 404
        assert rep_client.post(where, {"version": 0, "name": "x"}).status_code in (404, 405)
    for where in ("/accounts/", "/contacts/", "/competitors/"):
        assert f'<a class="menu-item" href="{where}"' in html(rep_client.get("/help/"))


# A new one


def test_a_new_account_is_created_once_with_its_parent_and_read_as_people_type_it(rep_client, rep):
    form = Form(rep_client.get(NEW), NEW)
    entries = {
        "name": "Fjord AS",
        "organisation_number": "NO 923 609 016 MVA",
        "phone": "22 33 44 55",
        "website": "fjord.example",
        "parent": "new",
        "parent-find": "Fjord Holding",
    }

    first = form.press(rep_client, "Create", **entries)
    again = form.press(rep_client, "Create", **entries)

    made = Account.objects.get(name="Fjord AS")
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"]) == (303, page_url(made))
    assert (made.organisation_number, made.country, made.phone) == ("923609016", "NO", "+4722334455")
    assert (made.website, made.parent.name, made.owner) == ("https://fjord.example", "Fjord Holding", rep)
    assert [(each.version, each.history_user) for each in made.history.all()] == [(0, rep)]
    assert Account.objects.count() == 2


def test_what_cannot_be_read_is_refused_beside_its_field_and_kept(rep_client, subtests):
    AccountFactory(name="Nordlys")
    for entries, said in [
        ({"name": ""}, "Name: Give the account a name."),
        ({"name": "nordlys"}, "Name: This is probably there already."),
        ({"organisation_number": "923609017", "country": "NO"}, "This is no organisation number of that country."),
        ({"organisation_number": "1", "country": "SE"}, "This is no organisation number of that country."),
        ({"country": "QQ"}, "Select a valid choice"),
        ({"phone": "12"}, "Phone: Write a phone number, such as 22 33 44 55."),
        ({"phone": "22 33 44 55 ext. 7"}, "An extension cannot be stored here."),
        ({"phone": "\x00"}, "a character that cannot be used here"),
        ({"website": "ftp://x"}, "Website: Write the address of a website"),
        ({"postal_code": "x" * 21}, "The text has 21 characters."),
        ({"owner": "999"}, "This choice is not available."),
        ({"parent": "9223372036854775808"}, "This choice is not available."),
    ]:
        with subtests.test(**entries), unchanged():
            answer = rep_client.post(NEW, {"name": "Fjord", "description": "typed before"} | entries)

            assert (answer.status_code, said in text(answer)) == (422, True), text(answer)
            assert "typed before" in html(answer)


def test_a_number_of_a_country_without_one_register_is_taken_as_typed(rep_client):
    rep_client.post(NEW, {"name": "Rhein GmbH", "country": "DE", "organisation_number": "HRB 1234 B"})

    account = Account.objects.get()
    assert account.organisation_number == "HRB 1234 B"
    assert "HRB 1234 B" in text(rep_client.get(page_url(account)))


def test_find_shows_answers_and_writes_nothing(rep_client):
    AccountFactory(name="Nordlys Holding")
    AccountFactory(name="Nordlys Old", is_archived=True)

    with unchanged():
        answer = rep_client.post(NEW, {"name": "Fjord", "parent-find": "nordlys", "find": "parent"})

    assert answer.status_code == 200
    assert "Nordlys Holding" in html(answer) and "Nordlys Old" not in html(answer)


# Editing


def test_two_people_who_change_an_account_are_merged_or_compared(client_of, rep_client, colleague):
    first, second = AccountFactory(name="One"), AccountFactory(name="Two")
    account = AccountFactory(phone="+4722334455", city="Oslo")
    mine = Form(rep_client.get(edit_url(account)), edit_url(account))
    theirs = Form(client_of(colleague).get(edit_url(account)), edit_url(account))
    theirs.press(client_of(colleague), "Save", city="Bodø", phone="22 33 44 66", parent=str(first.pk))

    with unchanged():
        answer = mine.press(rep_client, "Save", phone="22334477", industry="Fish", parent=str(second.pk))

    assert answer.status_code == 409
    said = text(answer)
    for here, there in (("+47 22 33 44 77", "+47 22 33 44 66"), ("Two", "One")):
        assert re.search(rf"Yours typed just now {re.escape(here)} Ola Hansen’s saved [\d:]+ {re.escape(there)}", said)
    again = Form(answer, edit_url(account))
    assert (again.fields["phone"], again.fields["city"]) == ("22334477", "Bodø")
    assert again.press(rep_client, "Save").status_code == 303
    account.refresh_from_db()
    assert (account.phone, account.city, account.industry, account.parent) == ("+4722334477", "Bodø", "Fish", second)
    assert account.version == 2


def test_old_values_that_no_rule_would_take_stay_until_they_are_changed(rep_client):
    account = AccountFactory(phone="ask Kari", organisation_number="12-X", country="NO", website="http://x")
    form = Form(rep_client.get(edit_url(account)), edit_url(account))
    assert "ask Kari" in text(rep_client.get(page_url(account)))

    with unchanged():
        assert form.press(rep_client, "Save").status_code == 303
    assert form.press(rep_client, "Save", city="Oslo", country="SE").status_code == 303
    Account.objects.filter(pk=account.pk).update(country="ZZ")
    form = Form(rep_client.get(edit_url(account)), edit_url(account))
    with unchanged():
        assert form.press(rep_client, "Save", country="NO").status_code == 422

    account.refresh_from_db()
    assert (account.phone, account.organisation_number, account.city) == ("ask Kari", "12-X", "Oslo")


def test_a_parent_below_the_account_is_refused_on_the_page_and_in_the_admin(client_of, rep_client, manager):
    top = AccountFactory(name="Top")
    middle = AccountFactory(name="Middle", parent=top)
    low = AccountFactory(name="Low", parent=middle)
    form = Form(rep_client.get(edit_url(top)), edit_url(top))
    address = reverse("admin:customers_account_change", args=[top.pk])
    admin = client_of(manager)
    in_the_admin = Form(admin.get(address), None)
    in_the_admin.fields["parent"] = str(low.pk)

    with unchanged():
        answer = form.press(rep_client, "Save", parent=str(low.pk))
        of_the_admin = admin.post(address, in_the_admin.fields.urlencode(), content_type=FORM)

    for each in (answer, of_the_admin):
        assert "Low is below Top already. Choose another parent account." in text(each)
    assert answer.status_code == 422
    assert trees.above(Account, low.pk) == [middle.pk, top.pk]


def test_a_form_that_does_not_name_its_page_is_400(rep_client):
    account = AccountFactory()
    for where in (edit_url(account), f"{page_url(account)}archive/", f"{page_url(account)}restore/"):
        for version in (None, "x", "-1"):
            with unchanged():
                assert rep_client.post(where, {"name": "x", "token": None, "version": version}).status_code == 400
    with unchanged():
        assert rep_client.post(NEW, {"name": "x", "token": None}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_that_become_each_others_parent_at_once_one_is_refused(client_of, rep, colleague):
    clients = [client_of(rep), client_of(colleague)]
    for number in range(3):
        pair = AccountFactory(name=f"A{number}"), AccountFactory(name=f"B{number}")
        forms = [Form(client.get(edit_url(one)), edit_url(one)) for client, one in zip(clients, pair, strict=True)]

        answers = at_once(
            lambda f=forms[0], p=pair[1]: f.press(clients[0], "Save", parent=str(p.pk)),
            lambda f=forms[1], p=pair[0]: f.press(clients[1], "Save", parent=str(p.pk)),
        )

        assert sorted(answer.status_code for answer in answers) == [303, 422]


# Archiving


def test_an_archived_account_stays_where_it_is_used_is_not_offered_and_can_be_restored(client_of, rep, manager):
    account = AccountFactory(name="Fjord AS")
    opportunity = OpportunityFactory(owner=rep, account=account)
    client, archive = client_of(rep), f"{page_url(account)}archive/"
    form = Form(client.get(archive), archive)

    assert form.press(client, "Archive").status_code == 303
    with unchanged():
        assert form.press(client, "Archive").status_code == 303  # pressed twice

    page = client.get(page_url(account))
    assert "This is archived." in text(page)
    assert "Fjord AS" in text(client.get(opportunity.get_absolute_url()))
    assert "Fjord AS" not in html(client.get(reverse("picker", args=["account"]), {"name": "account", "q": "fjord"}))
    with unchanged():
        refused = client.post("/opportunities/new/", {"name": "x", "account": "new", "account-find": "fjord as"})
        taken = client.post("/opportunities/new/", {"name": "x", "account": str(account.pk)})
    assert "already there, and archived. Restore it, or create “fjord as” all the same." in text(refused)
    assert taken.status_code == 422
    edit = f"{opportunity.get_absolute_url()}edit/"
    assert Form(client.get(edit), edit).press(client, "Save", name="Y").status_code == 303

    restore = f"{page_url(account)}restore/"
    Form(client.get(restore), restore).press(client, "Restore")
    account.refresh_from_db()
    assert (account.is_archived, account.version) == (False, 2)


def test_an_account_that_changed_since_is_not_archived_before_it_is_looked_at(client_of, rep_client, colleague):
    account = AccountFactory()
    archive = f"{page_url(account)}archive/"
    mine = Form(rep_client.get(archive), archive)
    theirs = Form(client_of(colleague).get(edit_url(account)), edit_url(account))
    theirs.press(client_of(colleague), "Save", city="Oslo")

    with unchanged():
        answer = mine.press(rep_client, "Archive")

    assert answer.status_code == 409
    assert "Ola Hansen changed it after this page was opened." in text(answer)
    assert Form(answer, archive).press(rep_client, "Archive").status_code == 303
