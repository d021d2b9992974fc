"""A session that ends while somebody types: what was typed comes back, with JavaScript and without."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.customers.models import Account
from opportunities.models import Opportunity
from tests.support import factories
from tests.support.factories import DEVELOP, PASSWORD, OpportunityFactory, opportunity_in, reread

LONG = "To know where every lorry is,\nand when it comes home."
KEPT = "() => JSON.stringify(Object.entries(sessionStorage).filter(([key]) => key.startsWith('typed ')))"


def button(page, name):
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def field(page, name):
    return page.locator(f"[name='{name}']")


def end_the_session():
    Session.objects.all().delete()


def sign_in(page, user, login="Sign in"):
    field(page, "login").fill(user.username)
    page.wait_for_load_state()  # the script of the page has marked what is kept
    field(page, "password").fill(PASSWORD)
    button(page, login).click()


def given_back(page):
    return page.locator("#given-back")


# With JavaScript


def test_a_new_opportunity_is_typed_once(rep, open_browser):
    page = open_browser(rep)
    page.goto(reverse("opportunity_new"))
    field(page, "name").fill("Turbines")
    field(page, "account-find").fill("Havbris AS")
    page.get_by_role("option", name="Create “Havbris AS”").click()
    field(page, "estimated_revenue").fill("5 000")
    end_the_session()

    button(page, "Create").click()
    expect(page.get_by_text("What you typed is kept. Sign in to go on with it.")).to_be_visible()
    sign_in(page, rep)

    expect(given_back(page)).to_contain_text("It is not saved yet.")
    expect(field(page, "name")).to_have_value("Turbines")
    expect(field(page, "estimated_revenue")).to_have_value("5 000")
    expect(page.locator("[name=account][value=new]")).to_be_checked()
    assert page.evaluate(KEPT) == "[]"
    button(page, "Create").click()
    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()
    opportunity = Opportunity.objects.get()
    assert (opportunity.account, opportunity.estimated_revenue) == (Account.objects.get(name="Havbris AS"), 5000)


def test_the_answers_to_a_text_that_comes_back_are_fetched_again(rep, open_browser):
    factories.AccountFactory(name="Havbris AS")
    page = open_browser(rep)
    page.goto(reverse("opportunity_new"))
    field(page, "name").fill("Turbines")
    field(page, "account-find").fill("Havbris")
    expect(page.get_by_role("option", name="Havbris AS")).to_be_visible()
    end_the_session()
    button(page, "Create").click()

    sign_in(page, rep)

    expect(field(page, "account-find")).to_have_value("Havbris")
    field(page, "account-find").focus()
    page.get_by_role("option", name="Havbris AS").click()
    button(page, "Create").click()
    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()
    assert Opportunity.objects.get().account.name == "Havbris AS"


def test_the_edit_page_gives_back_everything_and_still_sees_what_others_changed(rep, manager, open_browser):
    opportunity = OpportunityFactory(owner=rep, description="Old", estimated_revenue=5)
    page = open_browser(rep)
    page.goto(reverse("opportunity_edit", args=[opportunity.pk]))
    field(page, "description").fill(LONG)
    field(page, "rating").select_option("hot")
    field(page, "stays").uncheck()
    end_the_session()
    button(page, "Save").click()
    factories.edit(opportunity, by=manager, description="Theirs", estimated_revenue=7)

    sign_in(page, rep)
    expect(given_back(page)).to_be_visible()
    expect(field(page, "description")).to_have_value(LONG)
    expect(field(page, "rating")).to_have_value("hot")
    expect(field(page, "stays")).not_to_be_checked()
    button(page, "Save").click()

    expect(page.locator("#choice_description")).to_contain_text("Theirs")
    expect(field(page, "description")).to_have_value(LONG)
    button(page, "Save").click()
    expect(page.locator("#messages")).to_have_text("Saved.")
    after = reread(opportunity)
    assert (after.description, after.estimated_revenue, after.rating) == (LONG, 7, "hot")


def test_the_panel_says_that_one_is_signed_out_and_gives_back_what_was_typed(rep, open_browser):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = open_browser(rep)
    page.goto(f"{opportunity.get_absolute_url()}?tab=competitors")
    field(page, "customer_need").fill(LONG)
    end_the_session()

    button(page, "Save").click()
    expect(page.get_by_role("alert").filter(has_text="You are signed out.")).to_be_visible()
    expect(field(page, "customer_need")).to_have_value(LONG)
    field(page, "proposed_solution").fill("Typed later")
    page.get_by_role("link", name="Sign in to go on").click()
    sign_in(page, rep)

    expect(page).to_have_url(re.compile("tab=competitors"))
    expect(field(page, "customer_need")).to_have_value(LONG)
    expect(field(page, "proposed_solution")).to_have_value("Typed later")
    button(page, "Save").click()
    expect(page.locator("#messages")).to_have_text("Saved.")
    assert reread(opportunity).customer_need == LONG


def test_an_entry_whose_field_is_gone_can_be_copied(rep, open_browser):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = open_browser(rep)
    page.goto(opportunity.get_absolute_url())
    field(page, "customer_need").fill(LONG)
    end_the_session()
    button(page, "Save").click()
    page.get_by_role("link", name="Sign in to go on").click()
    factories.fill(opportunity, DEVELOP, leave=("customer_need",))
    factories.change_step("customer_need", is_archived=True)

    sign_in(page, rep)

    expect(given_back(page)).to_contain_text("Copy what you need:")
    expect(given_back(page)).to_contain_text("To know where every lorry is,")


def test_a_form_of_the_admin_is_given_back(manager, open_browser):
    page = open_browser(manager)
    page.goto(reverse("admin:customers_account_add"))
    field(page, "name").fill("Havbris AS")
    field(page, "description").fill(LONG)
    end_the_session()

    page.get_by_role("button", name="Save", exact=True).click()
    sign_in(page, manager)

    expect(given_back(page)).to_be_visible()
    expect(field(page, "name")).to_have_value("Havbris AS")
    expect(field(page, "description")).to_have_value(LONG)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()


def test_a_form_of_the_admin_that_is_given_back_still_sees_what_others_changed(manager, open_browser):
    account = factories.AccountFactory(name="Havbris AS")
    page = open_browser(manager)
    page.goto(reverse("admin:customers_account_change", args=[account.pk]))
    field(page, "city").fill("Bergen")
    end_the_session()
    page.get_by_role("button", name="Save", exact=True).click()
    Account.objects.filter(pk=account.pk).update(name="Havbris ASA")

    sign_in(page, manager)
    expect(field(page, "city")).to_have_value("Bergen")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Nothing was saved.")).to_be_visible()
    assert Account.objects.get().name == "Havbris ASA"


def test_no_password_and_no_csrf_token_is_kept(rep, open_browser):
    page = open_browser(rep)
    page.goto(reverse("opportunity_new"))
    csrf = field(page, "csrfmiddlewaretoken").first.get_attribute("value")
    field(page, "name").fill("Turbines")
    end_the_session()
    button(page, "Create").click()
    expect(field(page, "login")).to_be_visible()
    kept = page.evaluate(KEPT)
    assert "Turbines" in kept
    assert csrf not in kept
    sign_in(page, rep)
    page.goto(reverse("account_change_password"))
    for name in ("oldpassword", "password1", "password2"):
        field(page, name).fill("my secret")
    end_the_session()

    button(page, "Change password").click()

    expect(field(page, "login")).to_be_visible()
    assert "my secret" not in page.evaluate(KEPT)


def test_what_was_answered_is_not_kept(rep, open_browser):
    page = open_browser(rep)
    page.goto(reverse("opportunity_new"))
    field(page, "estimated_revenue").fill("a lot")
    button(page, "Create").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.evaluate(KEPT) == "[]"

    field(page, "estimated_revenue").fill("5")
    field(page, "name").fill("Turbines")
    button(page, "Create").click()

    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()
    assert page.evaluate(KEPT) == "[]"


def kept_and_signed_out(page):
    page.goto(reverse("opportunity_new"))
    field(page, "name").fill("Turbines")
    end_the_session()
    button(page, "Create").click()
    expect(field(page, "login")).to_be_visible()
    assert "Turbines" in page.evaluate(KEPT)


def test_another_user_who_signs_in_finds_nothing(rep, colleague, open_browser):
    page = open_browser(rep)
    kept_and_signed_out(page)

    sign_in(page, colleague)

    expect(page.locator("details.menu summary")).to_contain_text("Ola Hansen")
    expect(given_back(page)).to_be_hidden()
    assert page.evaluate(KEPT) == "[]"


def test_signing_out_drops_what_was_kept(rep, open_browser):
    page = open_browser(rep)
    kept_and_signed_out(page)
    page.locator("#entrance [name=next]").evaluate("(next) => { next.value = '/'; }")
    sign_in(page, rep)
    expect(page.get_by_role("heading", name="My day", level=1)).to_be_visible()
    assert "Turbines" in page.evaluate(KEPT)

    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()

    expect(field(page, "login")).to_be_visible()
    assert page.evaluate(KEPT) == "[]"


# Without JavaScript


@pytest.mark.parametrize(
    ("language", "said", "login"),
    [
        ("en", "Sign in, then go back twice", "Sign in"),
        ("nb", "Logg inn, og gå så tilbake to ganger", "Logg inn"),
    ],
)
def test_without_javascript_one_signs_in_and_goes_back_twice(rep, open_browser, language, said, login):
    rep.language = language
    rep.save()
    page = open_browser(rep, javascript=False, language=language)
    page.goto("/")
    page.goto(reverse("opportunity_new"))
    field(page, "name").fill("Turbines")
    field(page, "estimated_revenue").fill("5 000")
    end_the_session()
    page.locator("main form .action-row button").click()

    expect(page.get_by_text(said)).to_be_visible()
    sign_in(page, rep, login)
    page.wait_for_load_state()
    page.go_back()
    page.go_back()

    expect(page).to_have_url(re.compile(f"{reverse('opportunity_new')}$"))
    expect(field(page, "name")).to_have_value("Turbines")
    expect(field(page, "estimated_revenue")).to_have_value("5 000")
    page.locator("main form .action-row button").click()
    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()
    assert Opportunity.objects.get().estimated_revenue == 5000


@pytest.mark.parametrize("where", ["opportunity_edit", "opportunity", "stakeholder_add", "hold"])
def test_without_javascript_the_text_of_every_form_is_found_by_going_back_twice(rep, open_browser, where):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = open_browser(rep, javascript=False)
    page.goto(reverse(where, args=[opportunity.pk]))
    text = page.locator("main form textarea").first
    text.fill(LONG)
    end_the_session()
    page.locator("main form .action-row button").first.click()

    expect(page.get_by_text("Sign in, then go back twice")).to_be_visible()
    sign_in(page, rep)
    page.wait_for_load_state()
    page.go_back()
    page.go_back()

    expect(text).to_have_value(LONG)


def test_who_was_never_signed_in_is_not_told_to_go_back(open_browser, rep):
    page = open_browser(javascript=False)

    page.goto(reverse("opportunity_new"))

    expect(field(page, "login")).to_be_visible()
    expect(page.get_by_text("go back twice")).to_have_count(0)
