"""A manager exports a person, erases it and accepts the review, in Norwegian and without JavaScript."""

import json
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.customers.models import Contact
from opportunities.models.erasures import ERASED
from tests.support import factories


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_manager_exports_and_erases_a_person_in_norwegian(open_browser, manager, rep, script):
    contact = factories.ContactFactory(name="Siri Moen")
    opportunity = factories.OpportunityFactory(owner=rep, contact=contact)
    factories.write_note(opportunity, text="Siri Moen bestemmer.")
    page = open_browser(manager, language="nb", javascript=script)
    main = page.get_by_role("main")

    page.goto(f"{reverse('privacy')}?q=siri")
    main.get_by_role("link", name="Siri Moen").click()
    with page.expect_download() as download:
        main.get_by_role("button", name="Eksporter personen").click()
    exported = json.loads(Path(download.value.path()).read_text())
    main.get_by_role("link", name="Slett personen…").click()
    main.get_by_role("button", name="Slett personen").click()
    expect(main).to_contain_text("Siri Moen bestemmer.")
    main.get_by_role("button", name="Erstatt ordene").click()
    main.get_by_role("button", name="Godkjenn gjennomgangen").click()

    expect(page.get_by_role("heading", name="slettet", level=1)).to_be_visible()
    assert "Siri Moen bestemmer." in [row["text"] for row in exported["mentions"]]
    assert Contact.objects.get(pk=contact.pk).name == ERASED
    assert opportunity.notes.get().text == f"{ERASED} bestemmer."
