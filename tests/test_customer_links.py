"""Wherever a page names an account, a contact or a competitor, the name leads to its page."""

import re
from collections import defaultdict
from html.parser import HTMLParser

import pytest

from opportunities import merging
from opportunities.customers import changing
from opportunities.customers.models import Account
from tests.support import addresses, factories
from tests.support.factories import CLOSE, HOUR, NOW, PROPOSE, AccountFactory, CompetitorFactory, ContactFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

ANYWHERE = {
    "title": "of the window",
    **dict.fromkeys(("h1", "h2"), "a heading says what the page or the section is about"),
    **dict.fromkeys(("option", "textarea", "summary"), "an entry of a form"),
    "label": "a press on it ticks the box, or takes the answer of a picker",
}
"""The elements whose texts need no link, and why."""

ON_A_PAGE = {
    ("find", "a", "Zephyr Ferries, "): "a result is one link, to the opportunity",
    ("likely_duplicates", "a", " merged into "): "a merge is one link, to its page",
    ("person_erase", "a", "Zora Lindqvist"): "the way back to the page about the data of the person",
    ("opportunity", "a", "Mail to "): "a mail is one link, to its page",
    ("merge_page", "p", "what was added to "): "what Undo does, below a link to the row",
    ("stakeholder_remove", "p", "will no longer be a stakeholder"): "what Remove does",
}
"""The other texts without a link: the page, the element, a part of the text, and why."""

MUST_HAVE = {
    "Zephyr Ferries": {
        *("account_list", "bulk_run", "board", "contact_list", "contact_page", "competitor_page", "hand_over_from"),
        *("likely_duplicates", "opportunity", "opportunity_list", "person", "account_page_history"),
    },
    "Zora Lindqvist": {"contact_list", "account_page", "opportunity", "stakeholder_map", "presentation_remove", "news"},
    "Zulu Systems": {"competitor_list", "opportunity", "my_day", "close", "close_request", "news"},
}
"""The pages that name them for certain."""


class Texts(HTMLParser):
    """The visible texts of a page, each with the elements around it."""

    NEVER_CLOSED = {"input", "br", "hr", "img", "meta", "link", "col"}

    def __init__(self, html):
        super().__init__()
        self.around, self.found = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag not in self.NEVER_CLOSED:
            self.around.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        while self.around and self.around.pop()[0] != tag:
            pass

    def handle_data(self, text):
        is_hidden = any("visually-hidden" in (given.get("class") or "").split() for _tag, given in self.around)
        if text.strip() and not is_hidden:
            self.found.append((" ".join(text.split()), list(self.around)))


@pytest.fixture
def rows(rep, manager):
    """An account, a contact and a competitor; opportunities, requests, runs and merges about them."""
    account = AccountFactory(name="Zephyr Ferries", owner=rep)
    contact = ContactFactory(name="Zora Lindqvist", account=account)
    competitor = CompetitorFactory(name="Zulu Systems")
    ContactFactory(name="Lindqvist, Zora", account=account)
    below = AccountFactory(name="Zephyr-Ferries AS")
    changing.change(Account, below.pk, {"parent": account}, version=0, by=manager, at=NOW)
    deal, lost = (
        factories.opportunity_in(PROPOSE, owner=rep, account=account, contact=contact),
        factories.ready_opportunity(CLOSE, owner=rep, account=account, contact=contact),
    )
    factories.edit(deal, contact=ContactFactory(), account=AccountFactory())
    stakeholder = deal.stakeholders.get(contact=contact)
    factories.change_row(stakeholder, influence="high", roles=("decision_maker",))
    factories.add_team_member(deal)
    factories.write_note(deal)
    factories.upload(deal)
    factories.plan(deal)
    factories.present(deal, attendees=[contact, ContactFactory()])
    factories.write_mail(deal, contact=contact)
    factories.file_debrief(deal, competitor=competitor)
    factories.add_competitor(lost, competitor=competitor)
    factories.lose(lost, reason=factories.reason("out_sold"), competitor=competitor)
    for row in (account, contact, competitor):
        gone = type(row).objects.create(name="The other one")
        merging.merge(type(row), survivor=row.pk, gone=gone.pk, take=(), by=manager, at=NOW + HOUR)
    factories.finish_bulk_run(factories.bulk_run_of(rep, deal), choice="hot")
    factories.ask(deal, reason=factories.reason("out_sold"), competitor=competitor)
    factories.edit(deal, by=manager, contact=contact, account=account)
    factories.add_competitor(deal, by=manager, competitor=competitor, threat="high")
    return {row.name: row.get_absolute_url() for row in (account, contact, competitor)}, [deal, lost], below


def pages(named, opportunities, below, rep, manager):
    """Each address with who opens it."""
    of_rows = [*named.values(), f"{below.get_absolute_url()}history/"]
    for path in (*addresses.general_pages(), *of_rows, *addresses.pages_of_several(opportunities)):
        if addresses.name_of(path) in addresses.FOR_MANAGERS:
            yield path, manager
        else:
            yield path, rep
    yield "/", manager


def test_a_name_leads_to_its_page_wherever_it_is_shown(rows, rep, manager, client_of):
    named, opportunities, below = rows
    clients = {user: client_of(user) for user in (rep, manager)}
    linked, without, used = defaultdict(set), set(), set()
    for path, user in pages(named, opportunities, below, rep, manager):
        answer, page = clients[user].get(path), addresses.name_of(path)
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        for text, around in Texts(answer.content.decode()).found:
            tags = {tag for tag, _given in around}
            for name in (each for each in named if each in text):
                if any(tag == "a" and given["href"] == named[name] for tag, given in around):
                    linked[name].add(page)
                elif reasons := {key for key in ON_A_PAGE if key[0] == page and key[1] in tags and key[2] in text}:
                    used |= reasons
                elif not tags & ANYWHERE.keys():
                    without.add((page, re.sub(r"\d+", "0", text)))

    assert sorted(without) == []
    assert {name: MUST_HAVE[name] - linked[name] for name in named} == {name: set() for name in named}
    assert ON_A_PAGE.keys() - used == set()
