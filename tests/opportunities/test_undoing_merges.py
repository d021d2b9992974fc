"""The page of a merge offers Undo while nothing that the merge wrote has changed since, and says otherwise what has."""

import re
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.urls import reverse

from opportunities import merging
from opportunities.customers import changing, nouns
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import debriefs, editing, presentations, replacing_customers
from opportunities.merging import locking
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import HOUR, NOW, AccountFactory, CompetitorFactory, ContactFactory, reread
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

LATER = NOW + HOUR
NEVER_CHANGE = {
    "opportunities.opportunitymail.contact": "a mail keeps the person to whom it was written",
    "opportunities.closing.competitor": "an opportunity that is closed again gets a new row",
    "opportunities.closerequest.competitor": "an answer to a request leaves it as it is",
    "opportunities.privacyact.contact": "a log",
    "opportunities.erasure.contact": "a log",
    "opportunities.importrow.account": "a row of an import keeps what it made",
    "opportunities.importrow.contact": "a row of an import keeps what it made",
}
"""The columns that a merge writes, and that nothing else changes afterwards."""


@dataclass
class Merged:
    """What two rows had that are one now."""

    noun: str
    by: object
    stays: object
    deal: object
    of_account: dict = field(default_factory=dict)

    def customer(self, row, **entries):
        changing.change(type(row), row.pk, entries, version=self.fresh(row).version, by=self.by, at=LATER + HOUR)

    @staticmethod
    def fresh(row):
        return type(row).objects.get(pk=row.pk)


def of_accounts(rep):
    stays, goes = AccountFactory(name="Fjord Data"), AccountFactory(name="Fjord Data AS", industry="Shipping")
    deal = factories.OpportunityFactory(owner=rep, account=goes, name="Fleet")
    below = {"child": AccountFactory(name="Child", parent=goes), "contact": ContactFactory(name="Berit", account=goes)}
    return stays, goes, deal, {"industry"}, below


def of_contacts(rep):
    stays, goes = ContactFactory(name="Eva Lind"), ContactFactory(name="Eva M. Lind", job_title="Buyer")
    deal = factories.opportunity_in("Propose", owner=rep, contact=goes, name="Fleet")
    factories.present(deal, attendees=[goes])
    factories.write_mail(deal, contact=goes)
    return stays, goes, deal, {"job_title"}, {}


def of_competitors(rep):
    stays, goes = CompetitorFactory(name="Fjord Data"), CompetitorFactory(website="https://goes.example")
    deal = factories.OpportunityFactory(owner=rep, name="Fleet")
    factories.add_competitor(deal, competitor=goes)
    factories.file_debrief(deal, competitor=goes)
    return stays, goes, deal, {"website"}, {}


PAIRS = {"account": of_accounts, "contact": of_contacts, "competitor": of_competitors}


def present_to_others(merged):
    with editing(merged.deal, by=merged.deal.owner, at=LATER) as record:
        presentations.change(record.presentations.get(), attendees=presentations.named([ContactFactory()]))


def debrief_about_another(merged):
    with editing(merged.deal, by=merged.deal.owner, at=LATER) as record:
        debriefs.change(record.debriefs.get(), competitor=CompetitorFactory())


CASES = {
    "opportunities.opportunity.account": (
        lambda merged: factories.edit(reread(merged.deal), account=AccountFactory()),
        "opportunity “Fleet”",
    ),
    "customers.account.parent": (
        lambda merged: merged.customer(merged.of_account["child"], city="Oslo"),
        "account “Child”",
    ),
    "customers.contact.account": (
        lambda merged: merged.customer(merged.of_account["contact"], job_title="CEO"),
        "contact “Berit”",
    ),
    "customers.account": (lambda merged: merged.customer(merged.stays, industry="Rail"), "account “Fjord Data”"),
    "opportunities.opportunity.contact": (
        lambda merged: factories.edit(reread(merged.deal), contact=ContactFactory()),
        "opportunity “Fleet”",
    ),
    "opportunities.stakeholder.contact": (
        lambda merged: factories.change_row(merged.deal.stakeholders.get(contact=merged.stays), note="Asks a lot"),
        "stakeholder (Fleet)",
    ),
    "opportunities.presentation.attendees": (present_to_others, "presentation (Fleet)"),
    "customers.contact": (lambda merged: merged.customer(merged.stays, job_title="CEO"), "contact “Eva Lind”"),
    "opportunities.opportunitycompetitor.competitor": (
        lambda merged: factories.change_row(merged.deal.competitor_links.get(), threat="high"),
        "competitor (Fleet)",
    ),
    "opportunities.opportunitycompetitor removed": (
        lambda merged: factories.remove(merged.deal.competitor_links.get()),
        "competitor (Fleet)",
    ),
    "opportunities.debrief.competitor": (debrief_about_another, "debrief (Fleet)"),
    "customers.competitor": (
        lambda merged: merged.customer(merged.stays, website="https://new.example"),
        "competitor “Fjord Data”",
    ),
}
"""What changes a row that a merge wrote, and how the page names it: by the column of the merge, or by the model."""

OF_NOUN = {
    "account": [name for name in CASES if "account" in name],
    "contact": [name for name in CASES if "account" not in name and "competitor" not in name],
    "competitor": [name for name in CASES if "competitor" in name],
}


def test_each_column_that_a_merge_writes_has_a_case():
    fields = [
        field
        for model in nouns.MODELS.values()
        for field in (*replacing_customers.fields_of(model), *locking.own_references(model))
    ]
    written = {f"{field.model._meta.label_lower}.{field.name}" for field in fields}
    in_json = {"opportunities.presentation.attendees"}
    of_the_rows = {model._meta.label_lower for model in (Account, Contact, Competitor)}

    assert written | in_json | of_the_rows == {*CASES, *NEVER_CHANGE} - {"opportunities.opportunitycompetitor removed"}


@pytest.fixture
def client(client_of, manager):
    return client_of(manager)


@pytest.fixture
def merged_of(rep, manager):
    def merged_of(noun):
        stays, goes, deal, take, of_account = PAIRS[noun](rep)
        pair = {"survivor": stays.pk, "gone": goes.pk}
        merge = merging.merge(type(stays), **pair, take=take, by=manager, at=LATER)
        return merge, Merged(noun, manager, stays, reread(deal), of_account)

    return merged_of


def undo_section(page):
    """What the part about Undo says: its rows with their links, and its text."""
    section = re.search(r'<section[^>]*aria-labelledby="undo-title">(.*?)</section>', page.content.decode(), re.DOTALL)
    rows = re.findall(r'<a href="([^"]+)">([^<]+)</a>', section[1])
    return [(href, name.strip()) for href, name in rows], section[1]


@pytest.mark.parametrize("noun", PAIRS)
def test_the_page_of_a_merge_lists_what_changed_since_and_refuses_undo(noun, client, merged_of, subtests):
    merge, merged = merged_of(noun)
    page, undo = reverse("merge_page", args=[merge.pk]), reverse("merge_undo", args=[merge.pk])
    form = Form(client.get(page), undo)
    rows = {str(row): row for row in (merged.stays, *merged.of_account.values())}
    for case in OF_NOUN[noun]:
        change, said = CASES[case]
        with subtests.test(case), transaction.atomic():
            change(merged)
            shown, html = undo_section(client.get(page))
            with unchanged():
                answer = form.press(client, "Undo the merge")
            transaction.set_rollback(True)

            named = re.search("“(.+)”", said)
            row = rows.get(named[1], merged.deal) if named else merged.deal
            assert shown == [(row.get_absolute_url(), said)]
            assert "This merge cannot be undone, because this was changed since:" in html
            assert "<button" not in html
            assert answer.status_code == 409
            assert undo_section(answer)[0] == shown
    assert form.press(client, "Undo the merge").status_code == 303


def test_what_changed_since_a_merge_is_listed_in_norwegian(client, merged_of):
    merge, merged = merged_of("contact")
    page, undo = reverse("merge_page", args=[merge.pk]), reverse("merge_undo", args=[merge.pk])
    form = Form(client.get(page), undo)
    CASES["opportunities.stakeholder.contact"][0](merged)
    client.cookies["django_language"] = "nb"

    rows, html = undo_section(client.get(page))

    assert rows == [(merged.deal.get_absolute_url(), "interessent (Fleet)")]
    assert "Sammenslåingen kan ikke angres, fordi dette er endret siden:" in html
    assert "<button" not in html
    answer = form.press(client, "Undo the merge")
    assert (answer.status_code, undo_section(answer)[0]) == (409, rows)
