"""The pages of a visitor, of oneself, of personal data and of refusals.

Nothing for axe-core to find, nothing too wide, nothing too heavy.
"""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from playwright.sync_api import expect

from tests.support import factories
from tests.support.looked_at import at, fill, press, refused, well_known_opportunity

pytestmark = pytest.mark.sweep


def test_signing_in_and_a_new_password(rep, walk):
    visit = walk()

    visit.open("sign in", reverse("account_login"))
    fill(visit, login=rep.username, password="not the password")
    press(visit, "Sign in")
    refused(visit, "sign in")
    visit.open("forgotten password", reverse("account_reset_password"))
    visit.open("forgotten password, sent", reverse("account_reset_password_done"))
    visit.open("new password, by a bad link", "/user/password/reset/key/1-nonsense/")
    visit.open("new password, set", reverse("account_reset_password_from_key_done"))


def test_the_pages_about_personal_data(manager, rep, walk):
    person = well_known_opportunity(rep).contact
    factories.write_note(factories.OpportunityFactory(owner=rep, contact=person), text=f"{person} decides.")
    visit = walk(manager)

    visit.open("personal data", reverse("privacy"))
    visit.open("personal data, found", f"{reverse('privacy')}?q=maxi")
    visit.open("a person", reverse("person", args=[person.pk]))
    visit.open("erase a person", reverse("person_erase", args=[person.pk]))
    press(visit, "Erase this person")
    expect(visit.page.get_by_role("heading", name="Review of an erasure")).to_be_visible()
    visit.look("the review of an erasure")
    visit.open("a person who is being erased", reverse("person", args=[person.pk]))


def test_what_one_sets_for_oneself(rep, walk):
    visit = walk(rep)

    visit.open("second factor", reverse("mfa_index"))
    visit.open("second factor, password first", reverse("mfa_activate_totp"))
    visit.open("where I am signed in", reverse("user_sessions"))
    visit.open("change password", reverse("account_change_password"))
    fill(visit, oldpassword="not the password", password1="short", password2="shorter")
    press(visit, "Change password")
    refused(visit, "change password")
    visit.open("help", reverse("help_pages"))
    visit.page.locator("details.menu summary").click()
    visit.look("the menu, open")
    visit.open("sign out", reverse("account_logout"))


def test_the_pages_that_say_no(rep, colleague, stranger, manager, walk):
    visit = walk(rep)
    visit.open("404", at("opportunity", factories.OpportunityFactory(owner=colleague)), status=404)
    visit.open("sign out", reverse("account_logout"))
    visit.page.context.clear_cookies(name="csrftoken")
    press(visit, "Sign out")
    expect(visit.page.get_by_text("403")).to_be_visible()
    visit.look("403, a post without its token")
    walk(stranger).open("403, no role", reverse("opportunity_list"), status=403)


@pytest.mark.parametrize("template", ["400.html", "403.html", "500.html"])
def test_the_pages_that_stand_alone(walk, template):
    visit = walk()
    visit.page.route(
        "**/broken/", lambda route: route.fulfill(body=render_to_string(template), content_type="text/html")
    )

    visit.open(template, "/broken/")
