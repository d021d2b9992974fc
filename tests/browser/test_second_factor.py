"""A user sets up the second factor, signs in with it and ends the other session, in Norwegian."""

import re

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from tests.support.factories import PASSWORD


def code_of(key):
    """The code that an app shows now for the key."""
    cache.clear()  # a code is taken once
    return format_hotp_value(hotp_value(key, list(yield_hotp_counters_from_time())[1]))


def sign_in(page, user):
    page.goto(reverse("account_login"))
    page.get_by_label("Brukernavn eller e-postadresse").fill(user.username)
    page.get_by_label("Passord").fill(PASSWORD)
    page.get_by_role("button", name="Logg inn").click()


def test_a_user_signs_in_with_a_code_and_ends_the_other_session_in_norwegian(open_browser, rep):
    rep.language = "nb"
    rep.save()
    first, second = open_browser(language="nb"), open_browser(language="nb", javascript=False)
    sign_in(first, rep)
    expect(first.get_by_role("heading", level=1)).to_be_visible()

    first.goto(reverse("mfa_index"))
    first.get_by_role("link", name="Slå den på").click()
    first.get_by_label("Passord").fill(PASSWORD)
    first.get_by_role("button", name="Bekreft").click()
    key = first.locator("main code").inner_text()
    first.get_by_label("Kode").fill(code_of(key))
    first.get_by_role("button", name="Slå den på").click()
    expect(first.locator("main code")).to_have_count(10)
    sign_in(second, rep)
    expect(second.get_by_role("heading", name="Totrinnsbekreftelse")).to_be_visible()
    second.get_by_label("Kode").fill(code_of(key))
    second.get_by_role("button", name="Logg inn").click()
    second.goto(reverse("user_sessions"))
    second.get_by_role("button", name="Logg ut der").click()
    first.goto("/")

    expect(first).to_have_url(re.compile("/user/login/"))
