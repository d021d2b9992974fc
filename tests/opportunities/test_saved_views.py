"""Saved views: who sees and changes them, what they show, and what a person chooses for them."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from opportunities.models.saved_views import SavedView, ViewChoice
from opportunities.pipeline.lists import columns
from opportunities.pipeline.saved_views import saving, shown
from salesflow.users.models import SALES_MANAGER, Absence, User
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    NOW,
    QUALIFY,
    OpportunityFactory,
    UnitFactory,
    UserFactory,
    change_stage,
    stage,
    won_opportunity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

LIST, VIEWS, NEW = "/opportunities/", "/opportunities/views/", "/opportunities/views/new/"


@pytest.fixture
def client(client_of, rep):
    return client_of(rep)


def a_view(owner, **entries):
    entries = {"name": "Hot", "query": "rating=hot"} | entries
    return SavedView.objects.create(owner=owner, **entries)


def html(response):
    return " ".join(response.content.decode().split())


def token(page):
    return re.search(r'name="token" value="([^"]+)"', page)[1]


def names(client, address):
    page = client.get(address, follow=True).content.decode()
    return set(re.findall(r'data-open id="[^"]+">([^<]+)', page))


# Making one


def test_the_present_filter_is_saved_as_a_view(client, rep):
    page = html(client.get(NEW, {"rating": "hot", "sort": "-revenue", "page": "3"}))
    posted = {"token": token(page), "query": "rating=hot&sort=-revenue", "name": "Hot ones", "sharing": "nobody"}

    answer = client.post(NEW, posted)

    view = SavedView.objects.get()
    assert answer.status_code == 303
    assert answer.url == f"{LIST}?rating=hot&sort=-revenue&view={view.pk}"
    assert (view.owner, view.name, view.query) == (rep, "Hot ones", "rating=hot&sort=-revenue")


def test_a_form_that_is_sent_twice_makes_one_view(client):
    posted = {"token": "a" * 22, "query": "rating=hot", "name": "Hot", "sharing": "nobody"}

    first, second = client.post(NEW, posted), client.post(NEW, posted)

    assert first.url == second.url
    assert SavedView.objects.count() == 1


def test_a_form_without_a_token_is_refused(client):
    assert client.post(NEW, {"token": None, "query": "", "name": "Hot", "sharing": "nobody"}).status_code == 400


@pytest.mark.parametrize(
    "entries", [{"name": ""}, {"name": "\u200b"}, {"name": "x" * 101}, {"sharing": "x"}, {"sharing": "unit"}]
)
def test_a_view_with_an_entry_missing_or_wrong_is_not_saved(client, entries):
    posted = {"token": "a" * 22, "query": "", "name": "Hot", "sharing": "nobody"} | entries

    answer = client.post(NEW, posted)

    assert answer.status_code == 422
    assert not SavedView.objects.exists()


def test_filters_that_are_too_long_for_a_view_are_refused(client, rep):
    view = a_view(rep)
    posted = {"version": 0, "token": "a" * 22, "query": f"q={'😀' * 200}", "name": "Long", "sharing": "nobody"}

    with unchanged():
        answers = [client.post(NEW, posted), client.post(reverse("saved_view_update", args=[view.pk]), posted)]

    for answer in answers:
        assert answer.status_code == 422
        assert "These filters are too long for a view." in html(answer)


@pytest.mark.parametrize("query", [None, ["rating=hot", "rating=cold"]])
def test_a_form_that_does_not_say_which_filters_is_refused(client, rep, query):
    view = a_view(rep)
    posted = {"version": 0, "token": "a" * 22, "name": "All", "sharing": "nobody"} | ({"query": query} if query else {})

    with unchanged():
        for address in (NEW, reverse("saved_view_update", args=[view.pk])):
            assert client.post(address, posted).status_code == 400


def test_a_query_that_cannot_be_used_is_left_out_of_the_view(client):
    posted = {"token": "a" * 22, "query": "rating=nonsense&owner=me", "name": "Mine", "sharing": "nobody"}

    client.post(NEW, posted)

    assert SavedView.objects.get().query == "owner=me"


# Opening one


def test_a_view_leads_to_its_filters_and_keeps_them_in_the_address(client, rep):
    OpportunityFactory(owner=rep, name="Hot", rating="hot")
    OpportunityFactory(owner=rep, name="Cold", rating="cold")
    view = a_view(rep)

    answer = client.get(LIST, {"view": view.pk})

    assert answer.url == f"{LIST}?rating=hot&view={view.pk}"
    assert names(client, answer.url) == {"Hot"}


def test_a_person_begins_with_my_open_deals(client_of, rep, colleague, manager):
    OpportunityFactory(owner=rep, name="Mine")
    won_opportunity(owner=rep, name="Won")
    OpportunityFactory(owner=colleague, name="Hers")

    assert client_of(rep).get(LIST, {"view": "first"}).url == f"{LIST}?owner=me&view=mine"
    assert names(client_of(rep), f"{LIST}?view=first") == {"Mine"}
    assert names(client_of(manager), f"{LIST}?view=first") == {"Mine", "Hers"}


def test_a_view_that_is_made_the_first_opens_from_the_menu(client, rep):
    view = a_view(rep)

    client.post(f"{VIEWS}choose/", {"view": view.pk, "is_default": "1"})

    assert client.get(LIST, {"view": "first"}).url == f"{LIST}?rating=hot&view={view.pk}"
    client.post(f"{VIEWS}choose/", {"view": "", "is_default": "1"})
    assert client.get(LIST, {"view": "first"}).url == LIST
    assert ViewChoice.objects.filter(is_default=True).count() == 1


def test_a_pinned_view_is_beside_the_list(client, rep):
    OpportunityFactory(owner=rep)
    view = a_view(rep, name="Autumn")
    assert "Autumn" not in html(client.get(LIST))

    client.post(f"{VIEWS}choose/", {"view": view.pk, "is_pinned": "1"})

    assert f'<a href="{LIST}?rating=hot&amp;view={view.pk}">Autumn</a>' in html(client.get(LIST))


def test_the_menu_has_the_pinned_views(client, rep):
    view = a_view(rep, name="Autumn")
    a_view(rep, name="Spring")
    client.post(f"{VIEWS}choose/", {"view": view.pk, "is_pinned": "1"})

    menu = html(client.get(f"{VIEWS}pinned/"))

    assert f'href="{LIST}?rating=hot&amp;view={view.pk}">Autumn</a>' in menu
    assert "Spring" not in menu


def test_only_a_few_views_can_be_pinned(client, rep):
    for number in range(shown.MOST_PINNED + 1):
        view = a_view(rep, name=f"View {number}")
        answer = client.post(f"{VIEWS}choose/", {"view": view.pk, "is_pinned": "1"})

    assert answer.status_code == 422
    assert "Unpin one of them first" in html(answer)
    assert ViewChoice.objects.filter(is_pinned=True).count() == shown.MOST_PINNED


@pytest.mark.parametrize("view", ["0", "x", str(2**63), "\x00", "-1", "999999"])
def test_an_unknown_view_shows_the_list_without_it(client, rep, view):
    OpportunityFactory(owner=rep, name="Only")

    assert names(client, f"{LIST}?view={view}".replace("\x00", "%00")) == {"Only"}


# What is gone


def test_a_view_of_an_archived_stage_says_so_and_shows_the_rest(client, rep):
    OpportunityFactory(owner=rep, name="Here")
    view = a_view(rep, query=f"stage={stage(QUALIFY).pk}")
    change_stage(QUALIFY, is_archived=True)

    page = html(client.get(LIST, {"view": view.pk}, follow=True))

    assert "This view names what is not used any more." in page
    assert "Stage: Qualify (archived)" in page
    assert "Here" in page


def test_a_view_of_a_disabled_owner_says_so(client_of, manager, colleague):
    OpportunityFactory(owner=colleague, name="Hers")
    view = a_view(manager, query=f"owner={colleague.pk}")
    User.objects.filter(pk=colleague.pk).update(is_active=False)

    page = html(client_of(manager).get(LIST, {"view": view.pk}, follow=True))

    assert f"Owner: {colleague} (disabled)" in page and "Hers" in page


def test_a_view_of_a_deleted_unit_says_so_and_shows_the_rest(client_of, manager):
    OpportunityFactory(owner=manager, name="Here", rating="hot")
    unit = UnitFactory(name="North")
    User.objects.filter(pk=manager.pk).update(sees_all=True)
    view = a_view(manager, query=f"unit={unit.pk}&rating=hot", sharing="unit", unit=unit)
    unit.delete()

    page = html(client_of(manager).get(LIST, {"view": view.pk}, follow=True))
    listed = html(client_of(manager).get(VIEWS))

    assert "Team: It does not exist any more, or you may not see it." in page and "Here" in page
    assert "Its team does not exist any more" in listed


# Who sees and changes one


def test_only_the_owner_sees_a_view_that_is_not_shared(client_of, rep, colleague):
    view = a_view(rep)

    assert view.name not in html(client_of(colleague).get(VIEWS))
    assert client_of(colleague).get(reverse("saved_view_edit", args=[view.pk])).status_code == 404


def test_a_view_of_a_unit_is_seen_in_that_unit_and_below(client_of, rep, colleague, manager):
    north = UnitFactory(name="North")
    User.objects.filter(pk=rep.pk).update(unit=UnitFactory(name="Harbours", parent=north))
    a_view(manager, name="Of the north", sharing="unit", unit=north)

    assert "Of the north" in html(client_of(rep).get(VIEWS))
    assert "Of the north" not in html(client_of(colleague).get(VIEWS))


def test_a_shared_view_shows_each_person_only_what_that_person_sees(client_of, rep, colleague, manager):
    OpportunityFactory(owner=manager, name="Theirs", rating="hot")
    OpportunityFactory(owner=rep, name="Mine", rating="hot")
    view = a_view(manager, sharing="all")

    assert names(client_of(rep), f"{LIST}?view={view.pk}") == {"Mine"}


def test_who_only_sees_a_shared_view_does_not_change_it(client_of, rep, colleague):
    view = a_view(rep, sharing="all")
    client = client_of(colleague)

    with unchanged():
        answers = [
            client.post(reverse("saved_view_edit", args=[view.pk]), {"version": 0, "name": "X", "sharing": "all"}),
            client.post(reverse("saved_view_update", args=[view.pk]), {"version": 0, "query": "owner=me"}),
            client.post(reverse("saved_view_delete", args=[view.pk]), {"version": 0}),
        ]

    assert {answer.status_code for answer in answers} == {404}


def test_a_pinned_view_that_is_not_shared_any_more_is_gone(client_of, rep, colleague):
    view, client = a_view(rep, sharing="all"), client_of(colleague)
    client.post(f"{VIEWS}choose/", {"view": view.pk, "is_pinned": "1"})

    saving.change(view.pk, version=0, by=rep, name="Before the merger", sharing="nobody", query="q=merger")

    for address in (LIST, f"{LIST}?view={view.pk}", f"{VIEWS}pinned/", VIEWS):
        assert "merger" not in html(client.get(address)), address


def test_views_that_are_not_shared_any_more_leave_room_for_others(client_of, rep, colleague):
    client = client_of(colleague)
    for _number in range(shown.MOST_PINNED):
        view = a_view(rep, sharing="all")
        client.post(f"{VIEWS}choose/", {"view": view.pk, "is_pinned": "1"})
        saving.change(view.pk, version=0, by=rep, sharing="nobody")

    answer = client.post(f"{VIEWS}choose/", {"view": a_view(colleague, name="Own").pk, "is_pinned": "1"})

    assert answer.status_code == 303
    assert "Own" in html(client.get(f"{VIEWS}pinned/"))


def test_a_deputy_does_not_change_views_as_the_person_who_is_away(client_of, rep, manager):
    UnitFactory(name="North")
    lead, today = UserFactory(role=SALES_MANAGER), timezone.localdate()
    Absence.objects.create(person=manager, deputy=lead, set_by=manager, first_day=today, last_day=today)
    view = a_view(rep, sharing="all")

    assert client_of(lead).get(reverse("saved_view_edit", args=[view.pk])).status_code == 404


def test_a_manager_who_sees_all_changes_a_shared_view_and_no_other(client_of, rep, manager):
    own, shared = a_view(rep), a_view(rep, sharing="all")
    client = client_of(manager)

    client.post(reverse("saved_view_edit", args=[shared.pk]), {"version": 0, "name": "Warm", "sharing": "all"})

    assert SavedView.objects.get(pk=shared.pk).name == "Warm"
    assert client.get(reverse("saved_view_edit", args=[own.pk])).status_code == 404


# Changing one


def test_a_view_gets_the_filters_of_the_list(client, rep):
    OpportunityFactory(owner=rep)
    view = a_view(rep)
    page = html(client.get(LIST, {"rating": "cold", "view": view.pk}))
    assert "Update the view" in page

    client.post(reverse("saved_view_update", args=[view.pk]), {"version": 0, "query": "rating=cold"})

    assert SavedView.objects.get().query == "rating=cold"
    assert "Update the view" not in html(client.get(LIST, {"rating": "cold", "view": view.pk}))


@pytest.mark.parametrize("act", ["update", "delete", "edit"])
def test_a_page_that_is_out_of_date_changes_nothing(client, rep, act):
    view = a_view(rep)
    saving.change(view.pk, version=0, by=rep, name="Newer")
    posted = {"version": 0, "query": "owner=me", "name": "Older", "sharing": "nobody"}

    with unchanged():
        answer = client.post(reverse(f"saved_view_{act}", args=[view.pk]), posted)

    assert answer.status_code == 409
    assert "was changed since you opened this page" in html(answer)


@pytest.mark.parametrize("act", ["update", "delete", "edit"])
def test_a_change_without_a_version_is_refused(client, rep, act):
    view = a_view(rep)

    with unchanged():
        assert client.post(reverse(f"saved_view_{act}", args=[view.pk]), {"name": "X"}).status_code == 400


def test_a_deleted_view_comes_back_by_its_toast(client, rep):
    view = a_view(rep)

    page = html(client.post(reverse("saved_view_delete", args=[view.pk]), {"version": 0}, follow=True))
    assert f'action="{reverse("saved_view_restore", args=[view.pk])}"' in page
    assert names(client, f"{LIST}?view={view.pk}") == set()

    client.post(reverse("saved_view_restore", args=[view.pk]), {"version": 1})

    assert SavedView.objects.get().deleted_at is None


def test_nobody_else_restores_a_view(client_of, rep, colleague):
    view = a_view(rep, deleted_at=NOW)

    assert client_of(colleague).post(reverse("saved_view_restore", args=[view.pk]), {"version": 0}).status_code == 404


# Columns


def heads(page):
    return re.findall(r'<th scope="col"[^>]*class="list-(\w+)', page)


def test_a_person_chooses_columns_and_their_order(client, client_of, rep, manager):
    OpportunityFactory(owner=rep)
    posted = {"column": ["rating", "account", "revenue"], "place-rating": 3, "place-account": 1, "place-revenue": 2}

    client.post(f"{VIEWS}columns/", posted | {"rows_a_page": 25})

    assert heads(html(client.get(LIST))) == ["name", "account", "revenue", "rating"]
    assert heads(html(client_of(manager).get(LIST)))[:3] == ["name", "stage", "revenue"]


def test_each_view_has_its_own_columns(client, rep):
    OpportunityFactory(owner=rep, rating="hot")
    view = a_view(rep)

    client.post(f"{VIEWS}columns/?rating=hot&view={view.pk}", {"column": ["rating"], "rows_a_page": 50})

    assert heads(html(client.get(LIST, {"rating": "hot", "view": view.pk}))) == ["name", "rating"]
    assert len(heads(html(client.get(LIST)))) == 7


def test_a_page_has_as_many_rows_as_the_person_chose(client, rep):
    for number in range(27):
        OpportunityFactory(owner=rep, name=f"Deal {number}")

    client.post(f"{VIEWS}columns/", {"rows_a_page": 25})

    assert "1–25 of 27" in html(client.get(LIST))


def test_the_columns_as_at_first_come_back(client, rep):
    OpportunityFactory(owner=rep)
    client.post(f"{VIEWS}columns/", {"column": ["rating"], "rows_a_page": 50})

    client.post(f"{VIEWS}columns/", {"reset": "1", "rows_a_page": 50})

    assert len(heads(html(client.get(LIST)))) == 7


@pytest.mark.parametrize("posted", [{"column": "password", "rows_a_page": 50}, {"column": "rating"}])
def test_what_the_page_of_columns_never_sends_is_refused(client, posted):
    assert client.post(f"{VIEWS}columns/", posted).status_code == 400
    assert not ViewChoice.objects.exists()


@pytest.mark.parametrize(
    ("chosen", "foot"),
    [
        (["rating"], ["1 of 1 shown, NOK 900, weighted NOK 180"]),
        (["revenue"], ["1 of 1 shown, weighted NOK 180", "NOK 900"]),
        (["rating", "revenue", "owner", "account"], ["1 of 1 shown", "NOK 900", "weighted NOK 180"]),
    ],
)
def test_the_totals_fit_the_columns_that_are_shown(client, rep, chosen, foot):
    OpportunityFactory(owner=rep, estimated_revenue=900)
    places = {f"place-{name}": number for number, name in enumerate(chosen, start=1)}
    client.post(f"{VIEWS}columns/", {"column": chosen, "rows_a_page": 50, **places})

    last = html(client.get(LIST)).partition("<tfoot")[2].partition("</tfoot>")[0]

    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", last, re.DOTALL)
    assert [" ".join(cell.split()) for cell in cells] == foot
    spans = [int(span) for span in re.findall(r'colspan="(\d+)"', last)]
    assert sum(spans) + last.count('class="num"') == len(chosen) + 2  # the name, and the boxes


def test_every_column_can_be_shown_at_once(client, rep):
    OpportunityFactory(owner=rep)
    won_opportunity(owner=rep)

    client.post(f"{VIEWS}columns/", {"column": list(columns.ALL), "rows_a_page": 50})

    page = html(client.get(LIST, {"status": "all"}))
    assert page.count("<td data-label") == 2 * (len(columns.ALL) - 1)
