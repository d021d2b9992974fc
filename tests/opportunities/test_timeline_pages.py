"""The pages and the filters of the timeline: read by key, never in the middle of a group."""

import datetime
import html
import re
from collections import namedtuple
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from opportunities import transitions
from opportunities.activities.sources import ACTS_READ, GROUPS_A_PAGE, page_of
from opportunities.activities.timeline import MOST_IN_A_GROUP, grouped
from opportunities.activities.topics import TOPICS
from opportunities.editing import children
from opportunities.models import Event, write_guard
from tests.support import factories
from tests.support.factories import DAY, DEVELOP, NOW, OpportunityFactory, edit, opportunity_in, reread
from tests.support.moves import hold, waive

pytestmark = pytest.mark.django_db

SECOND = datetime.timedelta(seconds=1)


class Listed(namedtuple("Listed", "key at by_id")):
    """An act of a source that is a list."""


class ListSource:
    """Acts of one source, oldest first, given as (minutes after NOW, person)."""

    def __init__(self, acts):
        self.acts = [Listed(key, NOW + minutes * 60 * SECOND, by) for key, (minutes, by) in enumerate(acts, 1)]
        self.reads = 0

    def read(self, *, before, most):
        self.reads += 1
        return [act for act in reversed(self.acts) if before is None or act.key < before][:most]


def all_pages(*sources):
    """The groups of each page, from the newest to the oldest."""
    begin, pages = (None,) * len(sources), []
    while begin is not None:
        page = page_of(sources, begin)
        pages.append(page.groups)
        begin = page.older
    return pages


# Pages


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param([], id="none"),
        pytest.param([(0, 1)], id="one"),
        pytest.param([(20 * number, 1) for number in range(GROUPS_A_PAGE)], id="as many groups as a page has"),
        pytest.param([(20 * number, 1) for number in range(100)], id="many groups"),
        pytest.param([(number, number // 7 % 3) for number in range(ACTS_READ * 3)], id="groups of several acts"),
        pytest.param([(0, 1)] * ACTS_READ, id="one group as long as one read"),
        pytest.param([(0, 1)] * MOST_IN_A_GROUP, id="the longest group"),
        pytest.param([(0, 2)] + [(0, 1)] * (MOST_IN_A_GROUP * 2 + 5), id="longer than the longest group"),
        pytest.param([(0, 1)] * 150 + [(30, 1)] * 150, id="two long groups"),
    ],
)
def test_the_pages_have_every_act_once_in_groups_as_if_all_were_on_one_page(acts):
    source = ListSource(acts)

    pages = all_pages(source)

    assert [group for page in pages for group in page] == grouped(list(reversed(source.acts)))
    assert all(len(page) <= GROUPS_A_PAGE for page in pages)
    assert all(pages[1:])
    assert source.reads == len(pages)


def test_two_sources_are_merged_by_time_and_each_goes_on_where_it_was_left():
    events, mails = ListSource([(30 * n, 1) for n in range(40)]), ListSource([(30 * n + 15, 2) for n in range(70)])

    pages = all_pages(events, mails)

    found = [act for page in pages for group in page for act in group]
    assert found == sorted([*events.acts, *mails.acts], key=lambda act: act.at, reverse=True)


def many(opportunity, count, *, first=None, every=DAY):
    """Adds so many events, one a day, past `editing`: after the last one, or from the version `first` on."""
    last = reread(opportunity).version
    first = first or last + 1
    change = [{"field": "description", "old": "", "new": "Call"}]
    made = [
        Event(
            opportunity=opportunity,
            version=version,
            at=NOW + version * every,
            by=opportunity.owner,
            kind="edited",
            changes=change,
        )
        for version in range(first, first + count)
    ]
    with write_guard.guarded_every():
        Event.objects.bulk_create(made)
        type(opportunity).objects.filter(pk=opportunity.pk).update(version=max(last, first + count - 1))


def shown(response):
    return response.content.decode().partition('id="timeline"')[2].partition("</ol>")[0]


def rows_read(captured):
    """The statements that read events to show them."""
    columns = '"opportunities_event"."changes"'
    return [each["sql"] for each in captured if columns in each["sql"].partition(" FROM ")[0]]


@pytest.mark.sweep
def test_a_page_is_the_same_for_few_and_ten_thousand_events_and_reads_sixty_by_key(rep, client_of, subtests):
    opportunity, client = OpportunityFactory(owner=rep), client_of(rep)
    many(opportunity, ACTS_READ + 10, first=10_000)
    filters = {"all": {}, "answers": {"about": "answers"}, "notes": {"about": "notes"}, "person": {"by": rep.pk}}

    def read(**query):
        with CaptureQueriesContext(connection) as captured:
            page = client.get(opportunity.get_absolute_url(), query)
        return shown(page), len(captured), rows_read(captured)

    def pages():
        return {
            (name, before): read(**query, before=before) for name, query in filters.items() for before in ("", "10060-")
        }

    client.get(opportunity.get_absolute_url())
    few = pages()
    many(opportunity, 9_000, first=500)

    for (name, before), (page, queries, statements) in pages().items():
        with subtests.test(name, before=before):
            assert (page, queries) == few[name, before][:2]
            assert page.count('<li class="event') == (0 if name == "notes" else GROUPS_A_PAGE)
            [statement] = statements
            assert statement.endswith(f"LIMIT {ACTS_READ}")
            assert ('"version" < 10060' in statement) == bool(before)


@pytest.mark.parametrize(
    ("count", "groups", "cut"),
    [(MOST_IN_A_GROUP, 1, 0), (MOST_IN_A_GROUP + 1, 2, 1), (2 * MOST_IN_A_GROUP + 1, 3, 2)],
)
def test_a_group_has_at_most_50_events_and_says_that_it_goes_on(rep, client_of, count, groups, cut):
    opportunity = OpportunityFactory(owner=rep)
    many(opportunity, count, first=1000, every=SECOND)
    address, pages = f"{opportunity.get_absolute_url()}?about=answers", []
    while address:
        pages.append(client_of(rep).get(address).content.decode())
        older = re.search(r'<a href="([^"]*)" rel="next">', pages[-1])
        address = older and html.unescape(older[1])

    assert sum(page.count('<li class="event') for page in pages) == groups + 1  # and the creation
    assert sum(page.count("This entry goes on below.") for page in pages) == cut


def words(response):
    return " ".join(strip_tags(html.unescape(response.content.decode())).split()).replace("\xa0", " ")


def test_older_goes_on_and_newest_comes_back(rep, client_of):
    opportunity = OpportunityFactory(owner=rep)
    many(opportunity, 25)
    client = client_of(rep)

    first = client.get(opportunity.get_absolute_url()).content.decode()
    older = html.unescape(re.search(r'href="([^"]+)" rel="next"', first)[1])
    second = client.get(older)

    assert first.count('<li class="event') == GROUPS_A_PAGE
    assert second.content.decode().count('<li class="event') == 6
    assert "You created it in Qualify" in words(second)
    assert f'href="{opportunity.get_absolute_url()}?tab=timeline" rel="prev"' in second.content.decode()


@pytest.mark.parametrize("before", ["9223372036854775808", "x", "-5", "0", "1", "%00", "5-7-9"])
@pytest.mark.parametrize("name", ["before", "by", "about"])
def test_an_odd_address_shows_a_page(rep, client_of, name, before):
    opportunity = OpportunityFactory(owner=rep)

    page = client_of(rep).get(f"{opportunity.get_absolute_url()}?{name}={before}")

    assert page.status_code == 200


# Filters


@pytest.fixture
def opportunity(rep, colleague, manager):
    """An opportunity in which each topic has something to say."""
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, by=manager, at=NOW + DAY, user=colleague)
    factories.write_note(opportunity, by=colleague, at=NOW + 2 * DAY, text="See https://example.com/plan")
    factories.plan(opportunity, at=NOW + 3 * DAY, text="Visit them")
    factories.upload(opportunity, at=NOW + 3 * DAY, name="Offer.pdf")
    factories.present(opportunity, at=NOW + 3 * DAY)
    factories.file_debrief(opportunity, at=NOW + 3 * DAY)
    factories.write_mail(opportunity, at=NOW + 3 * DAY, subject="Thank you")
    edit(opportunity, at=NOW + 4 * DAY, estimated_revenue=Decimal(520_000))
    waive(reread(opportunity), "customer_need", by=manager)
    hold(reread(opportunity))
    return reread(opportunity)


SAID = {
    "moves": ("put it on hold", "waived the step Customer need"),
    "people": ("added Ola Hansen to the sales team",),
    "notes": ("added a note (General)",),
    "tasks": ("set the next step to “Visit them”",),
    "files": ("Offer.pdf",),
    "debrief": ("filed the debrief",),
    "presentations": ("presented the proposal",),
    "mails": ("sent a mail to",),
    "answers": ("set Estimated revenue to NOK 520,000",),
}


def test_a_topic_shows_what_is_about_it_only(rep, client_of, opportunity, subtests):
    client = client_of(rep)
    for topic in [name for name in TOPICS if name]:
        with subtests.test(topic):
            page = client.get(opportunity.get_absolute_url(), {"about": topic})
            said = strip_tags(shown(page)).replace("\xa0", " ")

            for each, sentences in SAID.items():
                for sentence in sentences:
                    assert (sentence in said) == (each == topic), sentence


def test_every_table_that_people_edit_belongs_to_one_topic():
    tables = [name for topic in TOPICS.values() for name in topic.tables]

    assert sorted(tables) == sorted(children.CHILDREN)


def test_a_quoted_table_in_a_text_is_no_change_of_the_table(rep, client_of):
    opportunity = edit(OpportunityFactory(owner=rep), at=NOW + DAY, description='"table": "note"')

    page = words(client_of(rep).get(opportunity.get_absolute_url(), {"about": "notes"}))

    assert "Nothing of this kind." in page


def test_what_a_move_implies_is_no_answer(rep, client_of):
    opportunity = factories.lost_opportunity(owner=rep)
    client = client_of(rep)

    page = words(client.get(opportunity.get_absolute_url(), {"about": "answers"}))

    assert "closed it as lost" not in page
    assert "Lost" not in page.split("Timeline", 1)[1].split("completed")[0]


def test_a_person_is_chosen_and_stays_chosen_with_a_topic(rep, colleague, client_of, opportunity):
    page = client_of(rep).get(opportunity.get_absolute_url(), {"by": colleague.pk})

    assert "added a note" in words(page)
    assert "put it on hold" not in words(page)
    assert f"?tab=timeline&amp;about=tasks&amp;by={colleague.pk}" in page.content.decode()


def test_a_filter_that_finds_nothing_leads_to_everything(rep, colleague, client_of, opportunity):
    page = client_of(rep).get(opportunity.get_absolute_url(), {"by": colleague.pk, "about": "tasks"})

    assert "Nothing of this kind. Show everything" in words(page)
    assert f'href="{opportunity.get_absolute_url()}?tab=timeline">Show everything' in page.content.decode()


def test_an_opportunity_of_one_person_offers_no_people(rep, client_of):
    page = words(client_of(rep).get(OpportunityFactory(owner=rep).get_absolute_url()))

    assert "Everybody" not in page


def test_web_addresses_in_texts_and_sentences_are_links(rep, client_of, opportunity):
    factories.plan(opportunity_in(DEVELOP, owner=rep))
    other = OpportunityFactory(owner=rep)
    factories.plan(other, at=NOW + DAY, text="Read https://example.com/brief")
    client = client_of(rep)

    assert '<a href="https://example.com/plan" rel=' in client.get(opportunity.get_absolute_url()).content.decode()
    assert '<a href="https://example.com/brief" rel=' in client.get(other.get_absolute_url()).content.decode()


def test_another_person_cannot_read_a_timeline_by_any_filter(colleague, client_of, rep):
    opportunity = OpportunityFactory(owner=rep)

    assert client_of(colleague).get(f"{opportunity.get_absolute_url()}?by={rep.pk}&before=9").status_code == 404


def test_closing_and_reopening_are_moves(rep, client_of):
    opportunity = factories.won_opportunity(owner=rep)
    transitions.reopen(opportunity=opportunity, by=rep, at=NOW + DAY, reason="They wait.")

    page = words(client_of(rep).get(opportunity.get_absolute_url(), {"about": "moves"}))

    assert "closed it as won" in page
    assert "reopened it in Close" in page
