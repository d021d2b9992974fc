"""Accounts, contacts, competitors and status reasons in the admin."""

import re

import pytest

from opportunities.customers.models import Account, Contact
from opportunities.editing import uses
from opportunities.editing.uses import InUse
from opportunities.models import StatusReason
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import (
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    OpportunityFactory,
    lose,
    ready_opportunity,
    reason,
    won_opportunity,
)
from tests.support.meanwhile import meanwhile
from tests.support.pages import post_drawn

pytestmark = pytest.mark.django_db

REASONS = "/admin/opportunities/statusreason/"
NEW = {"status": "lost", "name_en": "No money", "name_nb": "Ingen midler", "order": "3"}


def change(row):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def delete(row):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/delete/"


# Status reasons


def test_an_opportunity_can_be_closed_with_a_reason_added_by_a_manager(admin, rep):
    admin.post(f"{REASONS}add/", NEW)

    added = StatusReason.objects.get(name_en="No money")
    lose(ready_opportunity("Close", owner=rep), reason=added)
    assert added.key is None


def test_a_second_reason_with_the_same_name_is_saved_with_a_warning(admin):
    admin.post(f"{REASONS}add/", NEW)

    twice = admin.post(f"{REASONS}add/", NEW | {"name_nb": ""}, follow=True).content.decode()
    elsewhere = admin.post(f"{REASONS}add/", NEW | {"status": "won"}, follow=True).content.decode()

    assert "“No money” has no Norwegian name. Norwegian readers see the English one." in twice
    assert "Several status reasons are called “No money”. Readers cannot tell them apart." in twice
    assert StatusReason.objects.filter(name_en="No money").count() == 3
    assert "called “No money”" not in elsewhere


def test_only_an_unused_reason_can_be_deleted(admin, root, rep):
    admin.post(f"{REASONS}add/", NEW)
    admin.post(f"{REASONS}add/", NEW | {"name_en": "Unused"})
    used = StatusReason.objects.get(name_en="No money")
    lose(ready_opportunity("Close", owner=rep), reason=used)

    for client in (admin, root):
        with unchanged():
            assert post_drawn(client, delete(used), {"post": "yes"}).status_code == 403
            assert post_drawn(client, delete(reason("canceled")), {"post": "yes"}).status_code == 403
    post_drawn(admin, delete(StatusReason.objects.get(name_en="Unused")), {"post": "yes"})

    assert not StatusReason.objects.filter(name_en="Unused").exists()


def test_the_status_and_key_of_a_reason_cannot_be_changed(admin):
    shipped = reason("canceled")

    post_drawn(
        admin, change(shipped), {"status": "won", "key": "mine", "name_en": "Called off", "name_nb": "", "order": "1"}
    )

    shipped = StatusReason.objects.get(pk=shipped.pk)
    assert (shipped.status, shipped.key, shipped.name_en) == ("lost", "canceled", "Called off")


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("in_progress", "set by moves"),
        ("on_hold", "set by moves"),
        ("won", "set by moves"),
        ("canceled", "Each status"),
    ],
)
def test_a_required_reason_cannot_be_archived(admin, key, sentence):
    StatusReason.objects.filter(status="lost").exclude(key=key).update(is_archived=True)
    shipped = reason(key)
    entries = {"name_en": shipped.name_en, "order": "1", "is_archived": "on"}

    with unchanged():
        assert sentence in post_drawn(admin, change(shipped), entries).content.decode()


def test_only_a_reason_for_lost_can_ask_for_the_competitor(admin):
    with unchanged():
        response = admin.post(f"{REASONS}add/", NEW | {"status": "won", "asks_competitor": "on"})

    assert "Only a reason for Lost" in response.content.decode()


# Accounts, contacts, competitors


def test_the_history_of_an_account_shows_its_changes(admin, manager):
    admin.post("/admin/customers/account/add/", {"name": "Fjord AS", "city": "Bergen"})
    account = Account.objects.get()
    post_drawn(admin, change(account), {"name": "Fjord ASA", "city": "Bergen"})

    account = Account.objects.get()
    assert (account.name, account.search_text) == ("Fjord ASA", "fjord asa")
    history = admin.get(change(account).replace("change", "history")).content.decode()
    assert "Fjord AS → Fjord ASA" in history
    assert str(manager) in history


def test_a_history_entry_cannot_be_restored(admin, root):
    for row in (AccountFactory(), ContactFactory(), CompetitorFactory(), reason("canceled")):
        row.save()
        version = f"{change(row).replace('change', 'history')}{row.history.first().pk}/"
        for client in (admin, root):
            with unchanged():
                assert client.post(version, {"name": "Reverted", "name_en": "Reverted"}).status_code == 403


@pytest.mark.parametrize("name", ["", " ", "\u200b", "a\0b", "\u202eevil", "a" * 201])
def test_an_empty_invisible_misleading_or_too_long_name_is_refused(admin, name):
    for noun in ("account", "contact", "competitor"):
        with unchanged():
            assert admin.post(f"/admin/customers/{noun}/add/", {"name": name}).status_code == 200


@pytest.mark.parametrize("account", ["abc", str(2**63), "9" * 40, "0", "1\0"])
def test_a_contact_with_an_invalid_account_id_is_refused(admin, account):
    with unchanged():
        answer = admin.post("/admin/customers/contact/add/", {"name": "Berit", "account": account})
        assert answer.status_code == 200


def test_only_superusers_delete_customers_and_only_unused_ones(admin, root, rep):
    contact = ContactFactory()
    opportunity = OpportunityFactory(owner=rep, contact=contact, account=contact.account)
    competitor, unused = CompetitorFactory(), AccountFactory()

    with unchanged():
        for row in (contact, contact.account, competitor, unused):
            assert post_drawn(admin, delete(row), {"post": "yes"}).status_code == 403
        for row in (contact, contact.account):
            assert "Cannot delete" in root.get(delete(row)).content.decode()
            assert root.post(delete(row), {"post": "yes"}).status_code == 400
    post_drawn(root, delete(unused), {"post": "yes"})

    assert not Account.objects.filter(pk=unused.pk).exists()
    assert opportunity.contact == Contact.objects.get()


NOUNS = {
    "en": {"account": "Account", "contact": "Contact", "opportunity": "Opportunity", "no": "Cannot delete"},
    "nb": {"account": "Forretningsforbindelse", "contact": "Kontakt", "opportunity": "Salgsmulighet", "no": "Kan ikke"},
}


@pytest.mark.parametrize("language", NOUNS)
def test_the_refusal_to_delete_a_customer_in_use_names_what_uses_it(root, rep, language):
    nouns = NOUNS[language]
    for row, used_by in used_customers(rep).items():
        with unchanged():
            page = root.get(delete(row), headers={"accept-language": language}).content.decode()

        listed = re.findall("<li>(.*?)</li>", page.partition('<ul id="deleted-objects">')[2].partition("</ul>")[0])
        said = {re.sub("<[^>]+>", "", line) for line in listed}
        assert said == {f"{nouns[noun]}: {name}" for noun, name in used_by}, row
        assert all(line.count("<a href") == 1 for line in listed)
        assert nouns["no"] in page
        with refused(InUse):
            uses.delete(row)


def test_a_customer_that_is_used_after_the_delete_page_was_opened_is_not_deleted(root, rep):
    contact = ContactFactory()
    state = re.search(r'name="page_state" value="([^"]+)"', root.get(delete(contact)).content.decode())[1]
    factories.present(OpportunityFactory(owner=rep, name="Presented"), attendees=[contact])

    with unchanged():
        answer = root.post(delete(contact), {"post": "yes", "page_state": state})

    assert "Presented" in answer.content.decode()


def test_a_customer_that_two_users_delete_at_the_same_time_is_deleted_once(root):
    contact = ContactFactory()
    state = re.search(r'name="page_state" value="([^"]+)"', root.get(delete(contact)).content.decode())[1]

    with meanwhile(lambda: uses.delete(Contact.objects.get())):
        answer = root.post(delete(contact), {"post": "yes", "page_state": state})

    assert answer.status_code < 500
    with unchanged():
        uses.delete(contact)
    assert not Contact.objects.exists()


def used_customers(rep):
    """An account, contacts and a competitor that are used in every way, each with the nouns and names of what uses it.

    One contact is only named by a presentation, which has no foreign key.
    """
    account, rival, attends = AccountFactory(), CompetitorFactory(), ContactFactory(account=None)
    contact = ContactFactory(name="Berit", account=account)
    AccountFactory(name="Below", parent=account)
    OpportunityFactory(owner=rep, name="With both", account=account, contact=contact)
    factories.add_stakeholder(OpportunityFactory(owner=rep, name="With the person"), contact=contact)
    factories.present(OpportunityFactory(owner=rep, name="Presented"), attendees=[contact, attends])
    mailed = OpportunityFactory(owner=rep, name="With a mail")
    removed = factories.add_stakeholder(mailed, contact=contact)
    factories.write_mail(mailed, contact=contact)
    factories.remove(removed)
    factories.add_competitor(OpportunityFactory(owner=rep, name="With the rival"), competitor=rival)
    factories.file_debrief(OpportunityFactory(owner=rep, name="Debriefed"), competitor=rival)
    factories.ask(OpportunityFactory(owner=rep, name="Asked"), by=rep, reason=reason("out_sold"), competitor=rival)
    lost = ready_opportunity("Close", owner=rep, name="Lost")
    lose(lost, reason=reason("out_sold"), competitor=rival)
    return {
        account: {("account", "Below"), ("contact", "Berit"), ("opportunity", "With both")},
        contact: {("opportunity", name) for name in ("With both", "With the person", "Presented", "With a mail")},
        attends: {("opportunity", "Presented")},
        rival: {("opportunity", name) for name in ("With the rival", "Debriefed", "Asked", "Lost")},
    }


def test_the_admin_has_no_action_that_deletes_several_rows(admin, root):
    chosen = [AccountFactory().pk, AccountFactory().pk]
    asked = {"action": "delete_selected", "_selected_action": chosen, "post": "yes", "index": "0"}

    for client in (admin, root):
        with unchanged():
            client.post("/admin/customers/account/", asked)


def test_reps_and_users_without_a_role_are_refused(client_of, rep, stranger):
    rows = (AccountFactory(), ContactFactory(), CompetitorFactory(), reason("canceled"))

    for user in (rep, stranger):
        client = client_of(user)
        with unchanged():
            for row in rows:
                for page in (change(row), delete(row), f"/admin/{row._meta.app_label}/{row._meta.model_name}/add/"):
                    assert client.post(page, {"name": "X", "post": "yes"}, follow=True).status_code == 403
            find = "/admin/autocomplete/?app_label=opportunities&model_name=opportunity&field_name=account&term=a"
            assert client.get(find, follow=True).status_code == 403


def test_autocomplete_finds_accounts_and_colleagues(admin, rep):
    AccountFactory(name="Ærlig Sjømat")
    find = "/admin/autocomplete/?app_label=opportunities&model_name=opportunity&field_name="

    assert [row["text"] for row in admin.get(f"{find}account&term=sjomat").json()["results"]] == ["Ærlig Sjømat"]
    assert [row["text"] for row in admin.get(f"{find}owner&term=nordmann").json()["results"]] == ["Kari Nordmann"]


def test_tables_written_by_moves_have_no_admin_page(root, rep):
    won_opportunity(owner=rep)

    for noun in ("event", "stagevisit", "processinstance", "closing", "hold", "waiver", "stakeholder", "teammember"):
        assert root.get(f"/admin/opportunities/{noun}/").status_code == 404


@pytest.mark.sweep
def test_each_list_runs_at_most_12_queries(admin, django_assert_max_num_queries):
    for _ in range(20):
        ContactFactory()
        CompetitorFactory()

    for place in ("customers/account", "customers/contact", "customers/competitor", "opportunities/statusreason"):
        with django_assert_max_num_queries(12):
            admin.get(f"/admin/{place}/")


def test_the_pages_contain_no_inline_style_or_script(admin):
    for row in (AccountFactory(), ContactFactory(), CompetitorFactory(), reason("canceled")):
        row.save()
        for page in (
            change(row),
            change(row).replace("change", "history"),
            f"/admin/{row._meta.app_label}/{row._meta.model_name}/",
        ):
            html = admin.get(page).content.decode()
            assert "style=" not in html and "<script>" not in html and "onclick" not in html
