"""Likely duplicates and merging in a browser, with and without JavaScript, in both languages."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.customers.models import Account, Contact
from tests.support import factories


def main(page):
    return page.get_by_role("main")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_rep_meets_a_likely_duplicate_and_a_manager_merges_and_parts_the_two(open_browser, rep, manager, script):
    account = factories.AccountFactory(name="Fjord Data", city="Bergen")
    opportunity = factories.OpportunityFactory(owner=rep, name="Fleet", account=account)
    page = open_browser(rep, javascript=script)
    page.goto(reverse("account_new"))
    page.get_by_label("Name").fill("Fjord-Data AS")
    main(page).get_by_role("button", name="Create", exact=True).click()
    expect(main(page).get_by_role("link", name="Open Fjord Data")).to_be_visible()
    assert Account.objects.count() == 1
    main(page).get_by_role("button", name="Save all the same").click()
    expect(page.get_by_role("heading", name="Fjord-Data AS", level=1)).to_be_visible()
    second = Account.objects.exclude(pk=account.pk).get()

    page = open_browser(manager, javascript=script)
    page.goto(reverse("account_list"))
    main(page).get_by_role("link", name="Duplicates").click()
    main(page).get_by_role("link", name=re.compile("Compare")).click()
    main(page).get_by_role("link", name="Keep Fjord-Data AS instead").click()
    expect(main(page).get_by_role("radio", name=re.compile("Bergen"))).to_be_checked()
    main(page).get_by_role("button", name="Merge").click()
    expect(main(page)).to_contain_text("Fjord Data is part of Fjord-Data AS now.")
    merged = page.url
    page.goto(reverse("account_page", args=[account.pk]))
    expect(page).to_have_url(re.compile(f"/accounts/{second.pk}/$"))
    expect(main(page)).to_contain_text("Bergen")
    page.goto(opportunity.get_absolute_url())
    expect(main(page)).to_contain_text("merged the account Fjord Data into Fjord-Data AS")
    page.goto(merged)
    main(page).get_by_role("button", name="Undo the merge").click()

    expect(main(page)).to_contain_text("Fjord Data is there again.")
    assert factories.reread(opportunity).account == account


def test_a_contact_is_merged_in_norwegian_on_a_phone(open_browser, manager):
    stays = factories.ContactFactory(name="Eva Lind")
    goes = factories.ContactFactory(name="Lind, Eva", email="eva@example.com", account=stays.account)
    page = open_browser(manager, language="nb", width=320)

    page.goto(reverse("contact_page", args=[stays.pk]))
    main(page).get_by_role("link", name="Slå sammen").click()
    main(page).get_by_role("link", name=re.compile("Sammenlign")).click()
    expect(page.get_by_role("heading", name="Slå Lind, Eva inn i Eva Lind")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    main(page).get_by_role("button", name="Slå sammen").click()

    expect(main(page)).to_contain_text("Lind, Eva er nå en del av Eva Lind.")
    assert Contact.objects.get().email == "eva@example.com"
    assert not Contact.objects.filter(pk=goes.pk).exists()
