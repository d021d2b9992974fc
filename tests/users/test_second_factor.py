"""The second factor: setting it up, signing in with it, what is mandatory for managers, and how it is removed."""

import datetime

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from salesflow.users import browsers, second_factor
from tests.support.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def _no_earlier_attempts(db):
    cache.clear()


def text(answer):
    return answer.content.decode()


def code_of(key):
    """The code that an app shows now for the key."""
    return format_hotp_value(hotp_value(key, list(yield_hotp_counters_from_time())[1]))


def sign_in(user, client=None, password=PASSWORD):
    client = client or Client()
    return client, client.post(reverse("account_login"), {"login": user.username, "password": password})


def new_key(client):
    """The key that the page offers, after the password was confirmed."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client.get(reverse("mfa_activate_totp")).context["form"].secret


def set_up(user):
    """Turns the second factor on, as the pages do. Returns the key and the recovery codes."""
    client, _answer = sign_in(user)
    key = new_key(client)
    codes = client.post(reverse("mfa_activate_totp"), {"code": code_of(key)}, follow=True)
    cache.clear()  # a code is taken once
    return key, codes.context["unused_codes"]


def test_recovery_codes_are_shown_once_and_secrets_are_stored_encrypted(rep):
    client, _answer = sign_in(rep)
    unconfirmed = client.get(reverse("mfa_activate_totp"))
    key = new_key(client)

    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    first = client.post(reverse("mfa_activate_totp"), {"code": code_of(key)}, follow=True)
    again = client.get(reverse("mfa_view_recovery_codes"))

    codes = first.context["unused_codes"]
    assert unconfirmed.url.startswith(reverse("account_reauthenticate"))
    assert "aria-invalid" in text(wrong)
    assert len(codes) == 10
    assert all(code in text(first) for code in codes)
    assert not any(code in text(again) for code in codes)
    assert key not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_sign_in_asks_for_a_code_after_the_password_and_takes_a_recovery_code_once(rep):
    key, codes = set_up(rep)
    second = reverse("mfa_authenticate")

    before = Client().get(second)
    stranger, refused = sign_in(rep, password="wrong")
    client, asked = sign_in(rep)
    early = client.get("/")
    wrong = client.post(second, {"code": "12345678"})
    right = client.post(second, {"code": code_of(key)})
    by_recovery_code = [sign_in(rep)[0].post(second, {"code": codes[0]}).status_code for _ in range(2)]

    assert (before.status_code, before.url) == (302, reverse("account_login"))
    assert refused.status_code == 200
    assert stranger.get(second).url == reverse("account_login")
    assert (asked.status_code, asked.url) == (302, second)
    assert early.status_code == 302
    assert wrong.status_code == 200
    assert (right.status_code, client.get("/").status_code) == (302, 200)
    assert by_recovery_code == [302, 200]


def test_codes_are_limited_by_account(rep):
    set_up(rep)
    client, _answer = sign_in(rep)

    answers = [client.post(reverse("mfa_authenticate"), {"code": f"{n:06}"}) for n in range(8)]

    assert "Too many failed login attempts" in text(answers[-1]) or answers[-1].status_code == 429


def test_a_manager_without_a_second_factor_sets_one_up_before_any_other_page(manager, rep, settings):
    settings.REQUIRE_SECOND_FACTOR_OF_MANAGERS = True
    client, _answer = sign_in(manager)
    required = f"{reverse('mfa_index')}?required=1"

    closed = [client.get(path) for path in ("/", reverse("admin:index"), reverse("privacy"))]
    page = client.get(required)
    opened = [client.get(reverse(name)).status_code for name in ("healthz", "account_logout", "account_reauthenticate")]
    key = new_key(client)
    client.post(reverse("mfa_activate_totp"), {"code": code_of(key)})

    assert [answer.url for answer in closed] == [required] * 3
    assert "Sales managers need a second factor" in text(page)
    assert opened == [200, 200, 200]
    assert [client.get(path).status_code for path in ("/", reverse("admin:index"))] == [200, 200]
    assert sign_in(rep)[0].get("/").status_code == 200


def test_only_a_superuser_removes_the_second_factor_of_a_person_which_is_logged(manager, rep, client_of):
    set_up(rep)
    _client, _answer = sign_in(rep)
    boss = client_of(UserFactory(role=None, is_superuser=True, is_staff=True))
    where = reverse("admin:users_user_second_factor", args=[rep.pk])

    refused = client_of(manager).post(where)
    still_on = second_factor.is_on(rep)
    page, answer = boss.get(where), boss.post(where)

    assert (refused.status_code, still_on) == (404, True)
    assert (page.status_code, answer.status_code) == (200, 302)
    assert not Authenticator.objects.exists()
    assert "Removed the second factor" in LogEntry.objects.get(object_id=str(rep.pk)).change_message
    assert sign_in(rep)[1].url == "/start/"


def test_removing_it_ends_every_session_of_the_person_and_no_other(rep, colleague, client_of):
    set_up(rep)
    listed, unlisted, foreign = client_of(rep), client_of(rep), client_of(colleague)
    assert [client.get("/").status_code for client in (listed, unlisted, foreign)] == [200, 200, 200]
    UserSession.objects.filter(session_key=unlisted.session.session_key).delete()

    second_factor.reset(rep)

    assert [client.get("/").status_code for client in (listed, unlisted, foreign)] == [302, 302, 200]
    assert not UserSession.objects.filter(user=rep).exists()


def test_a_secret_of_another_secret_key_fits_no_code(rep, settings):
    key, _codes = set_up(rep)
    settings.SECRET_KEY = "another"
    client, _answer = sign_in(rep)

    answers = [client.post(reverse("mfa_authenticate"), {"code": code}) for code in (code_of(key), "000000")]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_user_ends_one_session_or_all_others_of_their_own(rep, colleague):
    here, there, third = (sign_in(rep)[0] for _ in range(3))
    foreign, _answer = sign_in(colleague)
    keys = {client: client.session.session_key for client in (here, there, third, foreign)}
    ids = {client: UserSession.objects.get(session_key=key).pk for client, key in keys.items()}
    where = reverse("end_sessions")

    UserSession.objects.filter(pk=ids[there]).update(user_agent=PHONE)
    page = text(here.get(reverse("user_sessions")))
    one = here.post(where, {"session": ids[there]})
    of_another = here.post(where, {"session": ids[foreign]})
    odd = here.post(where, {"session": "x"})
    signed_out = there.get("/").status_code
    here.post(where, {"session": "others"})

    assert (page.count("Signed in"), page.count("Last used")) == (3, 2)
    assert "<strong>Safari on iPhone</strong>" in page
    assert PHONE not in page
    assert (one.status_code, of_another.status_code, odd.status_code) == (303, 303, 400)
    assert signed_out == 302
    assert [client.get("/").status_code for client in (here, third, foreign)] == [200, 302, 200]


WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "english", "norwegian"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36",
            "Chrome on Windows",
            "Chrome på Windows",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
            "Edge på Windows",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 16; K) {WEBKIT} Chrome/140.0 Mobile Safari/537.36",
            "Chrome on Android",
            "Chrome på Android",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
            "Firefox på Linux",
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.1 Safari/605.1",
            "Safari on macOS",
            "Safari på macOS",
        ),
        (PHONE, "Safari on iPhone", "Safari på iPhone"),
        ("curl/8.5", "A browser or program that is not known", "En ukjent nettleser eller et ukjent program"),
    ],
)
def test_a_browser_is_shown_by_its_name_and_its_system(user_agent, english, norwegian):
    assert browsers.shown(user_agent) == english
    with translation.override("nb"):
        assert browsers.shown(user_agent) == norwegian


def test_the_last_use_of_a_session_is_stored_at_most_every_quarter_of_an_hour(rep):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        client, _answer = sign_in(rep)

    def seen_after(minutes, **headers):
        with time_machine.travel(start + datetime.timedelta(minutes=minutes), tick=False):
            client.get("/help/", headers=headers)
        return round((UserSession.objects.get().last_seen_at - start).total_seconds() / 60)

    assert [seen_after(14), seen_after(15), seen_after(29)] == [0, 15, 15]
    assert seen_after(40, **{"sec-purpose": "prefetch"}) == 15
    assert seen_after(41) == 41
