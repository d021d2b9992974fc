"""Likely duplicates and merging in a browser, with and without JavaScript, in both languages."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.customers.models import Contact
from tests.support import factories
from tests.support.labels import Labels

FACTORIES = {"account": factories.AccountFactory, "contact": factories.ContactFactory}


def main(page):
    return page.get_by_role("main")


ACCOUNT = ("account", "New account", {"name": "Fjord Data", "city": "Bergen"}, "Fjord-Data AS", "Bergen")
CONTACT = ("contact", "New contact", {"name": "Eva Lind", "email": "eva@example.com"}, "Éva Lind", "eva@example.com")


@pytest.mark.parametrize(
    ("row", "language", "script"),
    [(ACCOUNT, "en", True), (ACCOUNT, "nb", False), (CONTACT, "en", False), (CONTACT, "nb", True)],
    ids=["account, en", "account, nb, no script", "contact, en, no script", "contact, nb"],
)
def test_a_rep_creates_finds_and_corrects_a_customer_and_a_manager_merges_and_parts_it(
    open_browser, rep, manager, row, language, script
):
    noun, new, columns, name, kept = row
    labels = Labels(language)
    first = FACTORIES[noun](**columns)
    opportunity = factories.OpportunityFactory(owner=rep, name="Fleet", **{noun: first})

    page = open_browser(rep, language=language, javascript=script)
    page.goto(reverse(f"{noun}_list"))
    main(page).get_by_role("link", name=labels(new)).click()
    main(page).get_by_label(labels("Name")).fill(name)
    main(page).get_by_role("button", name=labels("Create"), exact=True).click()
    expect(main(page).get_by_role("link", name=labels("Open %(name)s", name=first.name))).to_be_visible()
    assert type(first).objects.count() == 1
    main(page).get_by_role("button", name=labels("Save all the same")).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.goto(reverse(f"{noun}_list"))
    page.get_by_label(labels("Search")).fill(name[:6].upper())
    page.get_by_label(labels("Search")).press("Enter")
    expect(page).to_have_url(re.compile("q="))
    main(page).get_by_role("link", name=name).click()
    main(page).get_by_role("link", name=labels("Edit"), exact=True).click()
    main(page).get_by_label(labels("Phone")).fill("22 33 44 55")
    main(page).get_by_role("button", name=labels("Save"), exact=True).click()
    expect(main(page)).to_contain_text("+47 22 33 44 55")
    second = type(first).objects.exclude(pk=first.pk).get()

    page = open_browser(manager, language=language, javascript=script)
    if noun == "account":
        page.goto(reverse("account_list"))
        main(page).get_by_role("link", name=labels("Duplicates")).click()
        main(page).get_by_role("link", name=re.compile(labels("Compare"))).click()
        main(page).get_by_role("link", name=labels("Keep %(gone)s instead", gone=name)).click()
    else:
        page.goto(second.get_absolute_url())
        main(page).get_by_role("link", name=labels("Merge", "act")).click()
        main(page).get_by_role("link", name=re.compile(labels("Compare"))).click()
    expect(main(page).get_by_role("radio", name=re.compile(kept))).to_be_checked()
    main(page).get_by_role("button", name=labels("Merge", "button")).click()
    said = labels("%(gone)s is part of %(name)s now.", gone=first.name, name=name)
    expect(main(page)).to_contain_text(said)
    merged = page.url
    page.goto(first.get_absolute_url())
    expect(page).to_have_url(re.compile(f"{second.get_absolute_url()}$"))
    expect(main(page)).to_contain_text(kept)
    page.goto(opportunity.get_absolute_url())
    expect(main(page)).to_contain_text(labels(f"merged the {noun} %(name)s into %(to)s", name=first.name, to=name))
    page.goto(merged)
    main(page).get_by_role("button", name=labels("Undo the merge")).click()

    expect(main(page)).to_contain_text(labels("%(name)s is there again.", name=first.name))
    assert getattr(factories.reread(opportunity), noun) == first


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
