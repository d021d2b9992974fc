"""The pages for failed requests. They are in the language of the reader and say what to do next."""

import pytest
from django.test import Client

from tests.support import failing_urls
from tests.support.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.support.failing_urls")]

NUL = r'"abcdefgh\000xyz"'  # Python reads octal digits in cookies


@pytest.fixture
def reader():
    """A client that returns error pages instead of raising, in English by default."""
    return Client(raise_request_exception=False)


def reset(reader):
    return reader.post("/user/password/reset/", {"email": "kari@example.org"})


# By status: a request that gets the page, and its heading and advice in both languages.
PAGES = {
    400: (
        lambda reader: reader.post("/user/language/", {"language": "xx"}),
        ("That request cannot be read", "Go back, open the page again"),
        ("Forespørselen kan ikke leses", "Gå tilbake, åpne siden på nytt"),
    ),
    403: (
        lambda reader: reader.get("/admin/login/"),
        ("You may not do that", "Ask a sales manager"),
        ("Du har ikke tilgang til dette", "Spør en salgsleder"),
    ),
    404: (
        lambda reader: reader.get("/nowhere/"),
        ("Page not found", "Check the address"),
        ("Fant ikke siden", "Sjekk adressen"),
    ),
    429: (
        lambda reader: [reset(reader) for _ in range(6)][-1],
        ("Too many attempts", "Wait a minute"),
        ("For mange forsøk", "Vent et minutt"),
    ),
    500: (
        lambda reader: reader.get("/raising/bug/"),
        ("Something went wrong", "tell your sales manager"),
        ("Noe gikk galt", "fortell salgslederen din"),
    ),
    503: (
        lambda reader: reader.get("/raising/deadlock/"),
        ("The system is busy right now", "reload the page"),
        ("Systemet er opptatt akkurat nå", "last siden på nytt"),
    ),
}


@pytest.mark.parametrize("status", PAGES)
def test_an_error_page_explains_the_error_in_the_language_of_the_reader(reader, stranger, status):
    get_page, english, norwegian = PAGES[status]
    if status in (403, 404):
        reader.force_login(stranger)
    for language, words in (("en", english), ("nb", norwegian)):
        reader.cookies["django_language"] = language

        answer = get_page(reader)

        page = " ".join(answer.content.decode().split())
        assert answer.status_code == status
        assert all(said in page for said in words)
        assert f'<html lang="{language}"' in page


def test_a_form_of_another_session_is_refused_in_the_language_of_the_reader():
    reader = Client(enforce_csrf_checks=True)
    for language, words in (("en", "This page was out of date"), ("nb", "Siden var utdatert")):
        reader.cookies["django_language"] = language

        answer = reader.post("/user/language/", {"language": "nb"})

        assert answer.status_code == 403
        assert words in answer.content.decode()


@pytest.mark.parametrize(("status", "seconds"), [(429, "60"), (503, "5")])
def test_a_response_that_asks_to_wait_has_retry_after(reader, status, seconds):
    assert PAGES[status][0](reader)["Retry-After"] == seconds


@pytest.mark.parametrize("status", [400, 404, 500])
def test_other_error_responses_have_no_retry_after(reader, status):
    assert "Retry-After" not in PAGES[status][0](reader)


@pytest.mark.parametrize("what", failing_urls.BUSY)
def test_a_busy_database_gives_503(reader, what):
    assert reader.get(f"/raising/{what}/").status_code == 503


@pytest.mark.parametrize("what", failing_urls.IMPOSSIBLE)
def test_a_value_that_the_database_cannot_store_gives_400(reader, what, caplog):
    assert reader.get(f"/raising/{what}/").status_code == 400
    assert f"/raising/{what}/" in caplog.text


@pytest.mark.parametrize("what", failing_urls.FAULTS)
def test_any_other_error_gives_500(reader, what):
    assert reader.get(f"/raising/{what}/").status_code == 500


def test_the_busy_page_contains_the_entries_to_send_again(reader):
    answer = reader.post("/raising/deadlock/?stage=2", {"need": "Fewer\r\n<calls>", "also": ["a", "b"]})

    page = answer.content.decode()
    assert 'action="/raising/deadlock/?stage=2"' in page
    assert 'name="need" value="Fewer\r\n&lt;calls&gt;"' in page
    assert page.count('name="also"') == 2


@pytest.mark.parametrize("field", ["password", "oldpassword", "password1"])
def test_the_busy_page_contains_no_password(reader, field):
    answer = reader.post("/raising/deadlock/", {"login": "kari", field: PASSWORD})

    assert PASSWORD not in answer.content.decode()
    assert "go back" in answer.content.decode()


def test_an_invalid_session_cookie_gives_400_in_the_language_of_the_reader(reader):
    answer = reader.get("/funnel/", headers={"cookie": f"sessionid={NUL}; django_language=nb"})

    assert answer.status_code == 400
    assert "Forespørselen kan ikke leses" in answer.content.decode()


def test_an_invalid_cookie_of_another_program_is_ignored(reader):
    assert reader.get("/user/login/", headers={"cookie": f"other={NUL}"}).status_code == 200


@pytest.mark.parametrize("address", ["/opportunities/?q=%FF", "/user/login/?next=%ED%A0%80", "/user/login/%00/"])
def test_an_address_with_invalid_bytes_gives_400(reader, address):
    assert reader.get(address).status_code == 400


def test_a_form_with_invalid_bytes_saves_nothing(rep):
    client = Client()
    client.force_login(rep)

    answer = client.post("/opportunities/new/", "name=Sm%F8r", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 400
    assert client.get("/opportunities/?q=sm").context["list_page"].page.paginator.count == 0
