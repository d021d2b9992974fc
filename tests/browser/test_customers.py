"""The pages of accounts and contacts in a browser, with and without JavaScript, in both languages."""

import re

from django.urls import reverse
from playwright.sync_api import expect

from opportunities.customers.models import Account
from tests.support import factories


def main(page):
    return page.get_by_role("main")


def test_a_rep_creates_finds_corrects_and_archives_an_account_with_a_contact(open_browser, rep, colleague):
    page = open_browser(rep)
    page.goto("/")
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Accounts").click()
    main(page).get_by_role("link", name="New account").click()
    page.get_by_label("Name").fill("Sør Fisk AS")
    page.get_by_label("Organisation number").fill("923609017")
    main(page).get_by_role("button", name="Create").click()
    expect(main(page)).to_contain_text("This is no organisation number of that country.")
    page.get_by_label("Organisation number").fill("923 609 016")
    page.get_by_label("Phone").fill("22334455")
    main(page).get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Sør Fisk AS", level=1)).to_be_visible()
    expect(main(page)).to_contain_text("+47 22 33 44 55")

    main(page).get_by_role("link", name="New contact").click()
    page.get_by_label("Name").fill("Berit Solberg")
    main(page).get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Berit Solberg", level=1)).to_be_visible()
    main(page).get_by_role("link", name="Sør Fisk AS").click()
    expect(main(page).get_by_role("link", name="Berit Solberg")).to_be_visible()
    main(page).get_by_role("link", name="Accounts").click()
    page.get_by_label("Search").fill("sor fisk")
    expect(page).to_have_url(re.compile("q=sor"))
    main(page).get_by_role("link", name="Sør Fisk AS").click()

    main(page).get_by_role("link", name="Edit").click()
    theirs = open_browser(colleague)
    theirs.goto(page.url)
    theirs.get_by_label("Phone").fill("22 33 44 66")
    main(theirs).get_by_role("button", name="Save").click()
    expect(theirs.get_by_role("heading", name="About the account")).to_be_visible()
    page.get_by_label("Phone").fill("22 33 44 77")
    main(page).get_by_role("button", name="Save").click()
    expect(page.locator("#choice_phone")).to_contain_text("+47 22 33 44 66")
    main(page).get_by_role("button", name="Save").click()
    expect(main(page)).to_contain_text("+47 22 33 44 77")

    main(page).get_by_role("link", name="History").click()
    expect(main(page)).to_contain_text("You set Phone to +47 22 33 44 77 (was +47 22 33 44 66)")
    main(page).get_by_role("link", name="Sør Fisk AS").click()
    main(page).get_by_role("link", name="Archive").click()
    main(page).get_by_role("button", name="Archive").click()
    expect(main(page)).to_contain_text("This is archived.")
    main(page).get_by_role("link", name="Accounts").click()
    expect(main(page)).to_contain_text("All are archived.")


def test_a_rep_works_on_a_phone_in_norwegian_without_javascript(open_browser, rep):
    factories.AccountFactory(name="Fjord Holding")
    page = open_browser(rep, language="nb", javascript=False, width=320)
    page.goto("/")
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Forretningsforbindelser").click()
    expect(page.get_by_role("heading", name="Forretningsforbindelser", level=1)).to_be_visible()
    main(page).get_by_role("link", name="Ny forretningsforbindelse").click()
    page.get_by_label("Navn").fill("Fjord Nord")
    page.get_by_role("textbox", name="Overordnet forretningsforbindelse").fill("holding")
    main(page).get_by_role("button", name="Søk: Overordnet forretningsforbindelse").click()
    main(page).get_by_role("radio", name="Fjord Holding").check()
    main(page).get_by_role("button", name="Opprett").click()
    expect(page.get_by_role("heading", name="Fjord Nord", level=1)).to_be_visible()
    assert Account.objects.get(name="Fjord Nord").parent.name == "Fjord Holding"

    main(page).get_by_role("link", name="Rediger").click()
    page.get_by_label("Telefon").fill("12")
    main(page).get_by_role("button", name="Lagre").click()
    expect(main(page)).to_contain_text("Skriv et telefonnummer, for eksempel 22 33 44 55.")
    page.get_by_label("Telefon").fill("22 33 44 55")
    main(page).get_by_role("button", name="Lagre").click()
    main(page).get_by_role("link", name="Endringslogg").click()
    expect(main(page)).to_contain_text("Du satte Telefon til +47 22 33 44 55")
    page.goto(reverse("contact_list"))
    expect(page.get_by_role("heading", name="Kontakter", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
