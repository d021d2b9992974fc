"""Every kind of response has the security headers, and only static files may be cached."""

import pytest
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from salesflow import wsgi
from tests.support.factories import UserFactory
from tests.support.meanwhile import failing
from tests.support.pages import FORM

pytestmark = pytest.mark.django_db

STATIC = "/static/vendor/bootstrap/bootstrap.css"
DIRECTIVES = {
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
}
BAD_HOST = {"host": "elsewhere.example"}


def anonymous(**how):
    return Client(raise_request_exception=False, **how)


def signed_in(**who):
    client = anonymous()
    client.force_login(UserFactory(**who))
    return client


def not_modified_file():
    file = anonymous().get(STATIC)
    file.close()
    return anonymous().get(STATIC, headers={"if-modified-since": file.headers["Last-Modified"]})


def request_in_another_charset():
    """The response of the whole application. The test client does not use `salesflow.wsgi`."""
    request = RequestFactory().post("/user/login/", "login=rep", content_type=f"{FORM}; charset=utf-7")
    return response_of(wsgi.application, request)


def response_of(application, request):
    started = {}

    def start_response(status, headers, exc_info=None):
        started.update(status=int(status[:3]), headers=headers)

    body = application(request.environ, start_response)
    answer = HttpResponse(b"".join(body), status=started["status"], headers=dict(started["headers"]))
    body.close()
    return answer


# name: (status, the request)
ANSWERS = {
    "page": (200, lambda: anonymous().get("/user/login/")),
    "page of a signed-in user": (200, lambda: signed_in().get("/")),
    "page with an error": (200, lambda: anonymous().post("/user/login/", {"login": "a", "password": "b"})),
    "to the sign-in page": (302, lambda: anonymous().get("/opportunities/")),
    "to the address with a slash": (301, lambda: anonymous().get("/opportunities")),
    "after a post": (302, lambda: anonymous().post("/user/password/reset/", {"email": "a@example.org"})),
    "file": (200, lambda: anonymous().get(STATIC)),
    "file not modified": (304, not_modified_file),
    "part of a file": (206, lambda: anonymous().get(STATIC, headers={"range": "bytes=0-9"})),
    "no such file": (404, lambda: signed_in().get("/static/none.css")),
    "method of a file": (405, lambda: anonymous().post(STATIC)),
    "probe": (200, lambda: anonymous().get("/healthz", headers=BAD_HOST)),
    "probe by another method": (405, lambda: anonymous().post("/healthz")),
    "bad host": (400, lambda: anonymous().get("/user/login/", headers=BAD_HOST)),
    "garbled host": (400, lambda: anonymous().get("/user/login/", headers={"host": "a b\x00"})),
    "bad value": (400, lambda: anonymous().post("/user/language/", {"language": "xx"})),
    "bad filter of the admin": (400, lambda: signed_in(is_superuser=True).get("/admin/users/user/?a__regex=(")),
    "too many fields": (400, lambda: anonymous().post("/user/login/", "a=b&" * 2_500, content_type=FORM)),
    "too large": (400, lambda: anonymous().post("/user/login/", "a=" + "x" * 3_000_000, content_type=FORM)),
    "garbled parts": (400, lambda: anonymous().post("/user/login/", b"x", content_type="multipart/form-data")),
    "other charset": (400, request_in_another_charset),
    "forged": (403, lambda: anonymous(enforce_csrf_checks=True).post("/user/login/")),
    "no role": (403, lambda: signed_in(role=None).get("/")),
    "not there": (404, lambda: signed_in().get("/opportunities/1/")),
    "no such page": (404, lambda: signed_in().get("/no/such/page/")),
    "another method": (405, lambda: signed_in().post("/funnel/")),
}


def assert_secure(answer):
    policy = {directive.strip() for directive in answer.headers["Content-Security-Policy"].split(";")}
    assert policy == DIRECTIVES
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"]
    answer.close()


@pytest.mark.parametrize("name", ANSWERS)
def test_every_kind_of_response_has_the_security_headers(name):
    status, ask = ANSWERS[name]

    answer = ask()

    assert answer.status_code == status
    assert_secure(answer)
    assert ("no-store" in answer.headers["Cache-Control"] or "no-cache" in answer.headers["Cache-Control"]) != (
        name in {"file", "file not modified", "part of a file"}
    )


@pytest.mark.parametrize(("host", "status"), [("localhost", 301), ("elsewhere.example", 400)])
def test_the_redirect_to_https_has_the_security_headers(settings, host, status):
    settings.SECURE_SSL_REDIRECT = True

    answer = anonymous().get("/user/login/", headers={"host": host})

    assert answer.status_code == status
    assert_secure(answer)


@pytest.mark.parametrize("path", ["/user/login/", STATIC, "/healthz", "/opportunities"])
def test_responses_over_https_have_the_hsts_header(settings, path):
    settings.SECURE_HSTS_SECONDS = 60

    answer = anonymous().get(path, secure=True)
    answer.close()

    assert "max-age=60" in answer.headers["Strict-Transport-Security"]


def test_a_server_error_has_the_security_headers():
    with failing("SELECT 1", DatabaseError()):
        answer = anonymous().get("/healthz")

    assert answer.status_code == 500
    assert_secure(answer)


def test_a_throttled_response_has_the_security_headers():
    client = anonymous()
    for _ in range(5):
        client.post("/user/password/reset/", {"email": "a@example.org"})

    answer = client.post("/user/password/reset/", {"email": "a@example.org"})

    assert answer.status_code == 429
    assert_secure(answer)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "10.0.0.7", "salesflow", "a b"])
def test_healthz_answers_for_any_host(settings, host):
    settings.ALLOWED_HOSTS = ["sales.example.com"]
    settings.SECURE_SSL_REDIRECT = True

    answer = anonymous().get("/healthz", headers={"host": host})

    assert (answer.status_code, answer.content) == (200, b"ok")


# Pages and files


def test_the_sign_in_page_has_the_security_headers(client, db):
    response = client.get("/user/login/")

    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    for directive in (
        "default-src 'self'", "img-src 'self' data:", "object-src 'none'", "base-uri 'none'",
        "frame-ancestors 'none'", "form-action 'self'",
    ):  # fmt: skip
        assert directive in policy
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/user/login/", "/user/password/change/", "/admin/", "/no/such/page/"])
def test_no_page_may_be_cached(admin_client, path):
    assert "no-store" in admin_client.get(path)["Cache-Control"]


def test_static_files_may_be_cached(client, db):
    response = client.get("/static/vendor/bootstrap/bootstrap.css")

    response.close()
    assert response.status_code == 200
    assert "no-store" not in response["Cache-Control"]


def test_healthz_answers_without_signing_in(client, db, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_healthz_answers_plain_http_behind_https(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
    assert client.get("/user/login/").status_code == 301


@pytest.mark.parametrize("fields", ["login=x&" * 2_500, "login=" + "x" * 10_000_000], ids=["many", "long"])
def test_a_form_that_is_too_large_is_a_bad_request(client, db, fields):
    response = client.post("/user/login/", fields, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 400
