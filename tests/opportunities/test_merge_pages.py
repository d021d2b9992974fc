"""The pages that merge two competitors, undo it, and list likely duplicates."""

import re

import pytest
from django.urls import reverse

from opportunities.customers.models import Account, Competitor, Merge
from opportunities.verify import run
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, AccountFactory, CompetitorFactory
from tests.support.meanwhile import meanwhile
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of, manager):
    return client_of(manager)


@pytest.fixture
def stays():
    return CompetitorFactory(name="Fjord Data", website="https://stays.example", strengths="Cheap")


@pytest.fixture
def goes():
    return CompetitorFactory(name="Fjord-Data AS", website="https://goes.example", threats="Fast")


def merge_url(row, other=None):
    url = reverse("competitor_merge", args=[row.pk])
    return f"{url}?with={other.pk}" if other else url


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def compare(client, stays, goes):
    return Form(client.get(merge_url(stays, goes)), merge_url(stays))


def test_each_column_is_chosen_and_the_filled_value_is_the_first_choice(client, stays, goes, rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_competitor(opportunity, competitor=goes)
    page = client.get(merge_url(stays, goes))
    assert "Competitors 0 1" in text(page)

    answer = Form(page, merge_url(stays)).press(client, "Merge", of_website="gone")

    merge = Merge.objects.get()
    assert answer["Location"] == reverse("merge_page", args=[merge.pk])
    assert "Fjord-Data AS is part of Fjord Data now." in text(client.get(answer["Location"]))
    stays.refresh_from_db()
    assert (stays.name, stays.website) == ("Fjord Data", "https://goes.example")
    assert (stays.strengths, stays.threats) == ("Cheap", "Fast")
    assert opportunity.competitor_links.get().competitor == stays


def test_the_old_address_leads_to_the_one_that_stayed_until_the_merge_is_undone(client, client_of, stays, goes, rep):
    old, now = (reverse("competitor_page", args=[row.pk]) for row in (goes, stays))
    edit = reverse("competitor_page_edit", args=[goes.pk])
    opened = Form(client.get(edit), edit)
    compare(client, stays, goes).press(client, "Merge")
    merge = Merge.objects.get()

    answer = client_of(rep).get(f"{old}?status=won")
    assert (answer.status_code, answer["Location"]) == (302, f"{now}?status=won")
    assert (answer := opened.press(client, "Save", name="Other"))["Location"] == now
    assert "Nothing was saved" in text(client.get(now))
    undo = reverse("merge_undo", args=[merge.pk])
    form = Form(client.get(reverse("merge_page", args=[merge.pk])), undo)
    first, again = (form.press(client, "Undo the merge") for _ in range(2))

    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert client.get(old).status_code == 200
    assert client.post(undo).status_code == 409
    assert client.post(undo, {"token": None}).status_code == 400


def test_a_form_that_is_sent_twice_merges_once(client, stays, goes):
    form = compare(client, stays, goes)

    first, again = (form.press(client, "Merge") for _ in range(2))

    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert Merge.objects.count() == 1


def test_a_page_that_is_out_of_date_is_refused_and_keeps_the_choices(client, stays, goes):
    form = compare(client, stays, goes)
    Competitor.objects.filter(pk=goes.pk).update(version=1, website="https://newer.example")

    with unchanged():
        answer = form.press(client, "Merge", of_website="gone")

    assert answer.status_code == 409
    assert "One of the two was changed since this page was opened." in text(answer)
    assert "https://newer.example" in text(answer)
    assert Form(answer, merge_url(stays)).fields["of_website"] == "gone"
    with unchanged():
        assert form.press(client, "Merge", version=None).status_code == 400


def test_a_change_at_the_same_moment_is_a_conflict_and_no_error(client, stays, goes, manager):
    form = compare(client, stays, goes)

    def change():
        Competitor.objects.filter(pk=stays.pk).update(version=7)

    with meanwhile(change):
        assert form.press(client, "Merge").status_code == 409


def test_the_other_one_is_chosen_by_name_or_among_the_likely_duplicates(client, stays, goes):
    page = client.get(merge_url(stays))
    assert f'href="{merge_url(stays, goes)}"' in page.content.decode()

    answer = client.post(merge_url(stays), {"other": goes.pk})

    assert answer["Location"] == merge_url(stays, goes)
    for unusable in (stays.pk, "", "new"):
        with unchanged():
            assert client.post(merge_url(stays), {"other": unusable}).status_code == 422
    assert client.get(f"{merge_url(stays)}?with={stays.pk}")["Location"] == reverse("competitor_page", args=[stays.pk])


@pytest.mark.sweep
def test_likely_duplicates_are_listed_in_pages_with_the_same_number_of_queries(
    client, stays, goes, django_assert_max_num_queries
):
    for number in range(60):
        CompetitorFactory(name=f"Rival {number // 2}")

    with django_assert_max_num_queries(15):
        page = client.get("/duplicates/?of=competitor")
    last = client.get("/duplicates/?of=competitor&page=2")

    assert "1–20 of 31" in text(page)
    assert f'href="{merge_url(stays, goes)}"' in page.content.decode()
    assert "21–31 of 31" in text(last)
    assert client.get("/duplicates/?of=opportunity").status_code == 404
    assert client.get("/duplicates/?of=competitor&by=email").status_code == 404


def test_a_picker_takes_the_one_that_stayed(client, stays, goes, rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    compare(client, stays, goes).press(client, "Merge")

    client.post(reverse("competitor_add", args=[opportunity.pk]), {"add-competitor": goes.pk})

    assert opportunity.competitor_links.get().competitor == stays


def test_the_timeline_says_what_was_merged(client, stays, goes, rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_competitor(opportunity, competitor=goes)
    compare(client, stays, goes).press(client, "Merge")

    page = text(client.get(opportunity.get_absolute_url()))

    assert "merged the competitor Fjord-Data AS into Fjord Data" in page
    assert "Removed the competitor" not in page


def test_a_contact_of_several_opportunities_is_merged_and_parted_by_pages(client, rep):
    stays, goes = (
        factories.ContactFactory(name="Eva Lind"),
        factories.ContactFactory(name="Lind, Eva", email="eva@example.com"),
    )
    opportunities = [factories.opportunity_in(DEVELOP, owner=rep, contact=goes) for _ in range(3)]
    for opportunity in opportunities:
        factories.add_stakeholder(opportunity, contact=stays, roles=("champion",))
        factories.present(opportunity, attendees=[goes])
        factories.write_mail(opportunity, contact=goes)
    here = reverse("contact_merge", args=[stays.pk])
    page = client.get(f"{here}?with={goes.pk}")
    assert "Opportunities 0 3" in text(page)

    merged = Form(page, here).press(client, "Merge")
    undo = reverse("merge_undo", args=[Merge.objects.get().pk])
    assert {factories.reread(each).contact for each in opportunities} == {stays}
    parted = Form(client.get(merged["Location"]), undo).press(client, "Undo the merge")

    assert (merged.status_code, parted.status_code) == (303, 303)
    assert {factories.reread(each).contact for each in opportunities} == {goes}
    assert [fault.what for fault in run.faults()] == []


def test_an_account_with_children_and_contacts_is_merged_and_parted_by_pages(client, rep):
    stays, goes = AccountFactory(name="Fjord Data", country="NO"), AccountFactory(name="Fjord Data AS", owner=rep)
    children = [AccountFactory(parent=goes) for _ in range(3)]
    contacts = [factories.ContactFactory(account=goes) for _ in range(3)]
    opportunities = [factories.OpportunityFactory(owner=rep, account=goes) for _ in range(3)]
    here = reverse("account_merge", args=[stays.pk])
    form = Form(client.get(f"{here}?with={goes.pk}"), here)
    assert (form.fields["of_country"], form.fields["of_owner"]) == ("survivor", "gone")

    merged = form.press(client, "Merge")
    moved = [*Account.objects.filter(parent=stays), *stays.contacts.all(), *stays.opportunities.all()]
    assert (len(moved), Account.objects.get(pk=stays.pk).owner) == (9, rep)
    undo = reverse("merge_undo", args=[Merge.objects.get().pk])
    Form(client.get(merged["Location"]), undo).press(client, "Undo the merge")

    again = Account.objects.get(pk=goes.pk)
    assert set(again.children.all()) == set(children)
    assert set(again.contacts.all()) == set(contacts)
    assert set(again.opportunities.all()) == set(opportunities)
