"""Signing in and out, and the pages of allauth that are switched off."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import NoReverseMatch, reverse

from salesflow.users.models import User
from tests.support.factories import PASSWORD, UserFactory
from tests.support.mails import deliver, link

pytestmark = pytest.mark.django_db


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_a_signed_out_visitor_is_sent_to_the_sign_in_page(client):
    assert client.get("/user/password/change/")["Location"] == "/user/login/?next=/user/password/change/"
    assert client.get("/admin/", follow=True).redirect_chain[-1] == ("/user/login/?next=%2Fadmin%2F", 302)


@pytest.mark.parametrize("login", ["rep", "rep@example.org", "Rep@Example.org"])
def test_a_user_signs_in_by_user_name_or_mail_address(rep, sign_in, client, login):
    response = sign_in(login)

    assert response.status_code == 302
    assert response["Location"] == "/start/"
    assert is_signed_in(client)


def test_sign_in_redirects_only_to_pages_of_this_site(rep, sign_in, client):
    assert sign_in("rep", next="/opportunities/7/")["Location"] == "/opportunities/7/"
    client.logout()
    assert sign_in("rep", next="https://elsewhere.example/")["Location"] == "/start/"


def test_signing_in_changes_the_session_key(rep, sign_in, client):
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key

    sign_in("rep")

    assert client.session.session_key != before


def test_a_failed_sign_in_does_not_reveal_why_it_failed(rep, manager, sign_in):
    manager.is_active = False
    manager.save()

    responses = [sign_in("rep", "wrong"), sign_in("nobody"), sign_in("manager")]

    answers = {(response.status_code, str(response.context["form"].errors)) for response in responses}
    assert len(answers) == 1
    assert "not correct" in str(answers)


def test_an_account_is_throttled_after_five_wrong_passwords(rep, sign_in, client):
    for _ in range(5):
        sign_in("rep", "wrong")

    response = sign_in("rep")

    assert response.status_code == 200
    assert not is_signed_in(client)


def test_an_ip_address_is_throttled_across_accounts(rep, sign_in, client):
    for number in range(10):
        sign_in(f"guess{number}")

    sign_in("rep")

    assert not is_signed_in(client)


def test_signing_out_needs_a_post(rep, sign_in, client):
    sign_in("rep")

    client.get("/user/logout/")
    assert is_signed_in(client)

    client.post("/user/logout/")
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "path",
    ["signup/", "email/", "confirm-email/", "inactive/", "reauthenticate/", "password/set/", "login/code/confirm/"],
)
def test_other_pages_of_allauth_do_not_exist(rep, client, path):
    client.force_login(rep)

    assert client.get(f"/user/{path}").status_code == 404
    assert client.get(f"/accounts/{path}").status_code == 404


def test_sign_up_has_no_address():
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_a_password_change_ends_the_other_sessions(rep, sign_in, client):
    elsewhere = Client()
    elsewhere.force_login(rep)
    sign_in("rep")
    new = "rain on the mountain 8"

    client.post("/user/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert client.get("/user/password/change/").status_code == 200
    assert elsewhere.get("/user/password/change/").status_code == 302


def test_disabling_a_user_ends_their_sessions(rep, client):
    client.force_login(rep)
    User.objects.filter(pk=rep.pk).update(is_active=False)

    assert client.get("/user/password/change/").status_code == 302


def test_a_password_is_reset_by_mail(rep, client, sign_in):
    client.post("/user/password/reset/", {"email": "rep@example.org"})
    deliver()
    form = client.get(link().removeprefix("http://localhost:8000"), follow=True)
    new = "rain on the mountain 8"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})

    assert sign_in("rep", new).status_code == 302


def test_a_weak_password_is_refused(rep, sign_in, client):
    sign_in("rep")

    client.post("/user/password/change/", {"oldpassword": PASSWORD, "password1": "short", "password2": "short"})

    rep.refresh_from_db()
    assert rep.check_password(PASSWORD)


@pytest.mark.parametrize("malformed", ["http://%5B", "//[", "http://a\u2100b", "//\uff0f"])
@pytest.mark.parametrize("page", ["login", "logout", "password/reset"])
def test_a_malformed_next_address_is_not_an_error(client, rep, page, malformed):
    assert client.get(f"/user/{page}/", {"next": malformed}).status_code in {200, 302}
    assert client.post(f"/user/{page}/", {"next": malformed}).status_code in {200, 302}


def test_an_account_is_throttled_across_user_name_and_mail_address(rep, sign_in, client):
    for login in ("rep", "REP", rep.email, rep.email.upper(), "rep"):
        sign_in(login, password="wrong")

    sign_in("rep")
    sign_in(rep.email)

    assert not is_signed_in(client)


# One hash for each attempt


class CountingHasher(MD5PasswordHasher):
    algorithm = "counting"
    hashed: list[str] = []

    def encode(self, password, salt):
        self.hashed.append(password)
        return super().encode(password, salt)


@pytest.fixture
def _counting(settings, db, _quick_passwords):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]


@pytest.fixture
def _people(_counting):
    UserFactory(username="kari", email="kari@example.org")
    UserFactory(username="per@example.org", email="per@example.org")
    UserFactory(username="gone", email="gone@example.org", is_active=False)
    invited = UserFactory(username="invited", email="invited@example.org")
    invited.set_unusable_password()
    invited.save()


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize("password", ["wrong password", PASSWORD])
@pytest.mark.parametrize(
    "login",
    [
        "kari",
        "KARI",
        "kari@example.org",
        "Kari@Example.org",
        "per@example.org",
        "gone",
        "gone@example.org",
        "invited",
        "invited@example.org",
        "nobody",
        "nobody@example.org",
    ],
)
def test_every_sign_in_attempt_computes_one_password_hash(sign_in, login, password):
    CountingHasher.hashed.clear()

    sign_in(login, password)

    assert len(CountingHasher.hashed) == 1
