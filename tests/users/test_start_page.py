"""The page that signing in and the logo lead to, which each person chooses."""

import re

import pytest

from opportunities import pages
from salesflow.users.start_pages import StartPage

pytestmark = pytest.mark.django_db


def logo(page):
    return re.search(r'<a class="brand" href="([^"]*)"', page.content.decode()).group(1)


def choose(client, page, **more):
    return client.post("/user/start-page/", {"start_page": page, **more})


def test_people_start_with_my_day_until_they_choose_another_page(rep, client_of):
    client = client_of(rep)

    assert client.get("/start/")["Location"] == "/"
    assert logo(client.get("/opportunities/")) == "/"


@pytest.mark.parametrize(
    ("chosen", "address"),
    [
        (StartPage.MY_DAY, "/"),
        (StartPage.OPPORTUNITIES, "/opportunities/?view=first"),
        (StartPage.BOARD, "/opportunities/board/"),
        (StartPage.FUNNEL, "/funnel/"),
        (StartPage.REPORTS, "/reports/"),
    ],
)
def test_the_chosen_page_is_where_signing_in_and_the_logo_lead(rep, client, sign_in, chosen, address):
    client.force_login(rep)
    choose(client, chosen)

    assert logo(client.get("/news/")) == address
    client.logout()
    signed_in = sign_in("rep")
    assert client.get(signed_in["Location"])["Location"] == address


def test_my_day_keeps_its_address(rep, client_of):
    client = client_of(rep)
    choose(client, StartPage.FUNNEL)

    assert "My day" in client.get("/").content.decode()


def test_a_visitor_who_opens_the_site_starts_with_the_chosen_page(rep, client):
    asked = client.get("/")

    assert asked["Location"] == "/user/login/"


def test_a_visitor_who_opens_another_page_comes_back_to_it(rep, client):
    assert client.get("/?all=late")["Location"] == "/user/login/?next=/%3Fall%3Dlate"
    assert client.get("/funnel/")["Location"] == "/user/login/?next=/funnel/"


def test_the_user_menu_offers_the_pages_and_marks_the_present_one(rep, client_of):
    client = client_of(rep)
    choose(client, StartPage.BOARD)

    text = client.get("/news/").content.decode()

    buttons = dict(re.findall(r'name="start_page" value="(\w+)"\s*(aria-current="true")?>', text))
    assert list(buttons) == [page.name for page in pages.START]
    assert [name for name, mark in buttons.items() if mark] == [StartPage.BOARD]


def test_every_start_page_has_a_link():
    assert {page.name for page in pages.START} == set(StartPage.values)


def test_a_page_that_is_not_offered_any_more_gives_way_to_my_day(rep, client_of):
    rep.start_page = "gone"
    rep.save()

    assert client_of(rep).get("/start/")["Location"] == "/"


def test_choosing_keeps_one_on_the_page_and_never_leads_to_another_site(rep, client_of):
    client = client_of(rep)

    assert choose(client, StartPage.BOARD, next="/opportunities/?q=fleet")["Location"] == "/opportunities/?q=fleet"
    assert choose(client, StartPage.BOARD, next="https://elsewhere.example/")["Location"] == "/"


@pytest.mark.parametrize("unknown", ["", "x", "board\x00", "account_logout"])
def test_an_unknown_page_is_refused(rep, client_of, unknown):
    assert choose(client_of(rep), unknown).status_code == 400

    rep.refresh_from_db()
    assert rep.start_page == StartPage.MY_DAY


def test_a_user_without_a_role_chooses_no_page(stranger, client_of):
    page = client_of(stranger).get("/")

    assert page.status_code == 403
    assert b"start_page" not in page.content
    assert client_of(stranger).get("/start/").status_code == 302
