"""Language and theme."""

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db


def language_cookie(response):
    return response.cookies[settings.LANGUAGE_COOKIE_NAME].value


def test_a_signed_out_visitor_can_change_the_language(client):
    response = client.post("/user/language/", {"language": "nb", "next": "/user/login/"})

    assert response.status_code == 302
    assert response["Location"] == "/user/login/"
    assert language_cookie(response) == "nb"
    assert client.get("/user/login/")["Content-Language"] == "nb"


def test_the_language_is_stored_on_the_user(rep, client):
    client.force_login(rep)
    client.post("/user/language/", {"language": "nb"})

    rep.refresh_from_db()
    assert rep.language == "nb"


def test_signing_in_switches_to_the_language_of_the_user(rep, sign_in):
    rep.language = "nb"
    rep.save()

    assert language_cookie(sign_in("rep")) == "nb"


def test_a_language_chosen_before_signing_in_is_stored_on_the_user(rep, client, sign_in):
    client.post("/user/language/", {"language": "nb", "next": "/user/login/"})

    assert language_cookie(sign_in("rep")) == "nb"
    rep.refresh_from_db()
    assert rep.language == "nb"


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_changing_the_language_never_redirects_to_another_site(client, elsewhere):
    assert client.post("/user/language/", {"language": "nb", "next": elsewhere})["Location"] == "/"


@pytest.mark.parametrize("language", ["", "xx", "en\x00", "nb" * 1000])
def test_an_unknown_language_is_refused(rep, client, language):
    client.force_login(rep)

    response = client.post("/user/language/", {"language": language})

    assert response.status_code == 400
    rep.refresh_from_db()
    assert rep.language == "en"


def test_the_theme_is_stored_on_the_user(rep, client):
    client.force_login(rep)

    response = client.post("/user/theme/", {"theme": "dark", "next": "/opportunities/"})

    assert response["Location"] == "/opportunities/"
    rep.refresh_from_db()
    assert rep.theme == "dark"


def test_an_unknown_theme_is_refused(rep, client):
    client.force_login(rep)

    assert client.post("/user/theme/", {"theme": "pink"}).status_code == 400
    rep.refresh_from_db()
    assert rep.theme == "system"


def test_changing_language_or_theme_needs_a_post(rep, client):
    client.force_login(rep)

    assert client.get("/user/language/").status_code == 405
    assert client.get("/user/theme/").status_code == 405
    client.logout()
    assert client.post("/user/theme/", {"theme": "dark"}).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("no", "nb"),
        ("nn", "nb"),
        ("nb", "nb"),
        ("NO", "nb"),
        ("no-NO", "nb"),
        ("nn-NO,nn;q=0.9,en;q=0.8", "nb"),
        ("sv,no;q=0.5", "nb"),
        ("en,no;q=0.5", "en"),
        ("non", "en"),
        ("xx-no", "en"),
        ("sv", "en"),
        ("", "en"),
    ],
)
def test_a_browser_that_prefers_any_form_of_norwegian_gets_norwegian(client, db, wanted, language):
    answer = client.get("/user/login/", headers={"accept-language": wanted})

    assert f'<html lang="{language}"' in answer.content.decode()
