"""The cost of a page depends on what the user sees, not on the size of the tables. It is counted by the database."""

import copy
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.models import CloseRequest, Opportunity, TeamMember, write_guard
from tests.support.factories import NOW, OpportunityFactory, add_team_member, ask, edit, stage

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

MANY = 2000

PAGES = {
    "my day": "/",
    "list": "/opportunities/",
    "list, by name": "/opportunities/?sort=name",
    "list, by owner": "/opportunities/?sort=-owner",
    "list, all": "/opportunities/?status=all",
    "list, search": "/opportunities/?q=fleet",
    "list, stage": "/opportunities/?stage={stage}",
    "list, all of a stage": "/opportunities/?status=all&stage={stage}",
    "list, mine": "/opportunities/?owner=me&due=overdue",
    "list, a group of my day": "/opportunities/?owner=me&day=stuck",
    "list, nothing found": "/opportunities/?q=nowhere",
    "board": "/opportunities/board/",
    "board, by name": "/opportunities/board/?sort=name",
    "board, mine": "/opportunities/board/?owner=me",
    "board, search": "/opportunities/board/?q=fleet",
    "board, more of a lane": "/opportunities/board/lanes/{stage}/?after=50",
    "funnel": "/funnel/",
    "funnel, mine": "/funnel/?owner=me",
    "competitors": "/competitors/",
    "competitors, by won": "/competitors/?sort=-won",
    "opportunity": "/opportunities/{opportunity}/",
    "edit": "/opportunities/{opportunity}/edit/",
    "copy": "/opportunities/{opportunity}/copy/",
}


def rows_read(client, address):
    """The work of the database for a page: rows read on PostgreSQL, tens of virtual machine steps on SQLite."""
    return _steps(client, address) if connection.vendor == "sqlite" else _rows(client, address)


def _steps(client, address):
    count = 0

    def step():
        nonlocal count
        count += 1
        return 0

    connection.ensure_connection()
    connection.connection.set_progress_handler(step, 10)
    try:
        assert client.get(address).status_code == 200
    finally:
        connection.connection.set_progress_handler(None, 0)
    return count


def _rows(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
        statements = [each["sql"] for each in captured.captured_queries if each["sql"].startswith("SELECT")]
    assert statements
    with connection.cursor() as cursor:
        return sum(_read_by(cursor, statement) for statement in statements)


def _read_by(cursor, statement):
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
    (answer,) = cursor.fetchone()
    plan = json.loads(answer) if isinstance(answer, str) else answer
    return _of_node(plan[0]["Plan"])


def _of_node(node):
    """The rows that the scans of a plan read from tables and indexes, filtered rows included."""
    below = sum(_of_node(part) for part in node.get("Plans", ()))
    if "Relation Name" not in node and "Index Name" not in node:
        return below
    discarded = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return below + (node["Actual Rows"] + discarded) * node["Actual Loops"]


def copies(opportunity):
    made = [copy.copy(opportunity) for _ in range(MANY)]
    for each in made:
        each.pk = None
    with write_guard.guarded_every():
        rows = Opportunity.objects.bulk_create(made)
    analyze()
    return rows


def analyze():
    """Updates the statistics by which PostgreSQL plans. SQLite needs none."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def costs(client, pages, **places):
    """How much each of the pages reads."""
    addresses = {page: PAGES[page].format(stage=stage("Qualify").pk, **places) for page in pages}
    for address in addresses.values():
        client.get(address)  # fills the caches
    return {page: rows_read(client, address) for page, address in addresses.items()}


def grown(before, after):
    """The pages that read noticeably more than before."""
    return {page: (count, after[page]) for page, count in before.items() if after[page] > count * 1.5 + 50}


def test_opportunities_of_others_do_not_slow_the_pages_of_a_rep(client_of, rep, colleague):
    for number in range(3):
        mine = OpportunityFactory(owner=rep, name=f"Fleet {number}")
    add_team_member(OpportunityFactory(owner=colleague, name="Fleet of the team"), user=rep)
    client = client_of(rep)
    before = costs(client, PAGES, opportunity=mine.pk)

    copies(edit(OpportunityFactory(owner=colleague, name="Fleet"), estimated_revenue=7))

    assert grown(before, costs(client, PAGES, opportunity=mine.pk)) == {}


def test_opportunities_of_others_do_not_slow_the_pages_of_a_rep_without_any(client_of, rep, colleague):
    pages = [page for page, address in PAGES.items() if "{opportunity}" not in address]
    client = client_of(rep)
    before = costs(client, pages)

    copies(OpportunityFactory(owner=colleague, name="Fleet"))

    assert grown(before, costs(client, pages)) == {}


def test_own_opportunities_do_not_slow_the_page_of_one_opportunity(client_of, rep, colleague):
    opportunity = OpportunityFactory(owner=colleague)
    add_team_member(opportunity, user=rep)
    client = client_of(rep)
    before = costs(client, ["opportunity", "edit"], opportunity=opportunity.pk)

    own = copies(OpportunityFactory(owner=rep))
    with write_guard.guarded_every():
        TeamMember.objects.bulk_create(TeamMember(opportunity=each, user=rep) for each in own)
    analyze()

    assert grown(before, costs(client, ["opportunity", "edit"], opportunity=opportunity.pk)) == {}


def test_answered_requests_do_not_slow_my_day_of_a_manager(client_of, rep, manager):
    opportunity = OpportunityFactory(owner=rep)
    ask(opportunity, by=rep, at=NOW, description="It is lost.")
    client = client_of(manager)
    before = costs(client, ["my day"])

    answered = CloseRequest(
        opportunity=opportunity,
        at=NOW,
        by=rep,
        description="Lost.",
        answered_at=NOW,
        answered_by=manager,
        outcome="declined",
    )
    with write_guard.guarded_every():
        CloseRequest.objects.bulk_create(copy.copy(answered) for _ in range(MANY))
    analyze()

    assert grown(before, costs(client, ["my day"])) == {}


def test_the_list_sorted_by_name_costs_a_manager_as_little_as_the_default_list(client_of, rep, manager):
    copies(OpportunityFactory(owner=rep))

    read = costs(client_of(manager), ["list", "list, by name"])

    assert read["list, by name"] < read["list"] * 1.2
