"""What others changed since a person last looked: who has news, what it says, and what ends it."""

import datetime
import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from opportunities import transitions
from opportunities.activities import news
from opportunities.editing import editing, last_looks
from opportunities.editing.deletion import delete
from opportunities.models import LastLook, UnguardedWrite
from opportunities.views.paging import ROWS_OF_A_LIST
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    QUALIFY,
    OpportunityFactory,
    add_team_member,
    edit,
    fill,
    opportunity_in,
    reread,
    write_note,
)
from tests.support.pages import Form, drawn_for

pytestmark = pytest.mark.django_db


def words(response):
    return " ".join(strip_tags(response.content.decode()).split()).replace("\xa0", " ")


def has_news(opportunity, user):
    return opportunity.pk in news.among(user, [opportunity])


def seen(client, opportunity, version=None, **entries):
    address = reverse("opportunity_seen", args=[opportunity.pk])
    return client.post(address, {"version": version or reread(opportunity).version, **entries})


@pytest.fixture
def opportunity(rep, colleague):
    """Kari owns it, Ola is on its team. Both have seen it."""
    opportunity = opportunity_in(QUALIFY, owner=rep, name="Fleet", estimated_revenue=Decimal(480_000))
    add_team_member(opportunity, user=colleague)
    for person in (rep, colleague):
        last_looks.see(opportunity=reread(opportunity), by=person, at=NOW, version=reread(opportunity).version)
    return reread(opportunity)


# Who has news


def test_what_others_change_is_news_and_what_a_person_changes_is_not(rep, colleague, opportunity):
    write_note(opportunity, by=colleague, at=NOW + DAY)

    assert has_news(opportunity, rep)
    assert not has_news(opportunity, colleague)


def test_who_never_looked_has_no_news(manager, colleague, opportunity):
    write_note(opportunity, by=colleague, at=NOW + DAY)

    assert not has_news(opportunity, manager)


def test_an_opportunity_that_a_person_is_given_is_news(rep, manager, client_of):
    opportunity = OpportunityFactory(owner=manager)
    edit(opportunity, by=manager, at=NOW + DAY, owner=rep)

    assert has_news(opportunity, rep)
    assert "New to you" in words(client_of(rep).get(opportunity.get_absolute_url()))


def test_a_person_who_joins_the_team_has_news(rep, colleague):
    opportunity = OpportunityFactory(owner=rep)
    add_team_member(opportunity, user=colleague, at=NOW + DAY)

    assert has_news(opportunity, colleague)


def test_the_next_act_of_a_person_ends_the_news_that_the_page_showed(rep, colleague, opportunity, client_of):
    write_note(opportunity, by=colleague, at=NOW + DAY)
    client_of(rep).post(reverse("note_add", args=[opportunity.pk]), {"add-text": "Thanks", "add-kind": "general"})

    assert reread(opportunity).notes.count() == 2
    assert not has_news(opportunity, rep)


def test_an_act_from_an_older_page_leaves_what_that_page_did_not_show(rep, colleague, client_of):
    opportunity = fill(opportunity_in(QUALIFY, owner=rep), QUALIFY)
    add_team_member(opportunity, user=colleague)
    drawn = drawn_for(opportunity)
    write_note(opportunity, by=colleague, at=NOW + DAY)

    moved = client_of(rep).post(reverse("advance", args=[opportunity.pk]), drawn)

    assert moved.status_code == 303
    assert has_news(opportunity, rep)
    assert LastLook.objects.get(user=rep, opportunity=opportunity).version == drawn["page_version"]


def test_an_answer_from_an_older_page_leaves_what_that_page_did_not_show(rep, colleague, opportunity):
    version = opportunity.version
    write_note(opportunity, by=colleague, at=NOW + DAY)
    with editing(opportunity, by=rep, at=NOW + DAY, version=version) as record:
        record.customer_need = "Lorries"

    assert has_news(opportunity, rep)


# The group of the timeline


@time_machine.travel("2026-03-06 10:00Z", tick=False)
@pytest.mark.parametrize(
    ("ago", "heading"),
    [
        (HOUR, "New since 10:00"),
        (DAY, "New since yesterday"),
        (3 * DAY, "New since Tuesday"),
        (30 * DAY, "New since 4 Feb"),
        (400 * DAY, "New since 30 Jan 2025"),
    ],
)
def test_the_first_group_of_the_timeline_says_since_when(rep, manager, client_of, ago, heading):
    now = datetime.datetime(2026, 3, 6, 10, tzinfo=datetime.UTC)
    opportunity = OpportunityFactory(owner=rep, at=now - ago)
    write_note(opportunity, by=manager, at=now)

    assert heading in words(client_of(rep).get(opportunity.get_absolute_url()))


def test_what_is_new_comes_first_and_the_rest_after_it(rep, colleague, opportunity, client_of):
    write_note(opportunity, by=colleague, at=NOW + DAY, text="They called.")
    client = client_of(rep)

    page = client.get(opportunity.get_absolute_url()).content.decode()

    group = page[page.index('class="new-group"') : page.index('id="timeline"')]
    assert "Ola Hansen" in group
    assert "They called." in group
    assert "created it" not in group
    assert "created it" in page[page.index('id="timeline"') :]


def test_mark_as_seen_ends_the_group(rep, colleague, opportunity, client_of):
    write_note(opportunity, by=colleague, at=NOW + DAY)
    client = client_of(rep)
    form = Form(client.get(opportunity.get_absolute_url()), reverse("opportunity_seen", args=[opportunity.pk]))

    answer = form.press(client, "Mark as seen")

    page = client.get(answer["Location"])
    assert answer.status_code == 303
    assert "new-group" not in page.content.decode()
    assert "Marked as seen." in words(page)


# What sets the mark


def test_opening_a_page_or_fetching_it_ahead_sets_no_mark(rep, colleague, opportunity, client_of):
    write_note(opportunity, by=colleague, at=NOW + DAY)
    client = client_of(rep)

    with unchanged():
        client.get(opportunity.get_absolute_url())
        client.get(opportunity.get_absolute_url(), headers={"Sec-Purpose": "prefetch"})


def test_leaving_a_page_marks_the_version_that_it_showed(rep, colleague, opportunity, client_of):
    write_note(opportunity, by=colleague, at=NOW + DAY)
    shown = reread(opportunity).version
    write_note(opportunity, by=colleague, at=NOW + 2 * DAY)

    answer = seen(client_of(rep), opportunity, shown, quiet="1")

    assert (answer.status_code, answer.content) == (204, b"")
    assert LastLook.objects.get(user=rep, opportunity=opportunity).version == shown
    assert has_news(opportunity, rep)


def test_a_mark_never_goes_back_to_an_older_version(rep, opportunity, client_of):
    client = client_of(rep)
    seen(client, opportunity)

    seen(client, opportunity, 1)

    assert LastLook.objects.get(user=rep, opportunity=opportunity).version == opportunity.version


def test_leaving_the_same_version_again_writes_once(rep, opportunity, client_of):
    client = client_of(rep)
    seen(client, opportunity)

    with unchanged():
        assert seen(client, opportunity, quiet="1").status_code == 204


def test_a_closed_opportunity_is_marked_too(rep, manager, client_of):
    opportunity = factories.won_opportunity(owner=rep)
    write_note(opportunity, by=manager, at=NOW + DAY)

    seen(client_of(rep), opportunity)

    assert not has_news(opportunity, rep)


def test_a_first_look_makes_the_row(manager, opportunity, client_of):
    seen(client_of(manager), opportunity)

    assert LastLook.objects.filter(user=manager, version=opportunity.version).exists()


@pytest.mark.parametrize("version", ["", "0x1", "-1", "9223372036854775808", "9223372036854775807", "1 ", "٣"])
def test_an_odd_version_is_refused(rep, opportunity, client_of, version):
    address = reverse("opportunity_seen", args=[opportunity.pk])
    client = client_of(rep)

    with unchanged():
        assert client.post(address, {"version": version}).status_code == 400


def test_the_rows_are_written_by_one_module_only(rep, opportunity):
    look = LastLook.objects.get(user=rep)
    for write in (look.save, look.delete, LastLook.objects.all().delete, lambda: LastLook.objects.update(version=1)):
        with refused(UnguardedWrite):
            write()


def test_the_rows_are_deleted_with_the_opportunity(opportunity):
    root = factories.UserFactory(is_superuser=True)
    delete(opportunity=opportunity, by=root, at=NOW)

    assert not LastLook.objects.exists()


# The lists


def test_my_day_and_the_list_mark_what_others_changed(rep, colleague, opportunity, client_of):
    OpportunityFactory(owner=rep)
    write_note(opportunity, by=colleague, at=NOW + DAY)
    client = client_of(rep)

    for address in ("/", "/opportunities/"):
        page = client.get(address)
        assert page.content.decode().count('class="news-mark"') == 1
        assert "Fleet (Changed since you last looked)" in words(page)
    assert "1 changed by others" in words(client.get("/"))


@pytest.mark.sweep
@pytest.mark.parametrize("address", ["/", "/opportunities/", "/news/"])
def test_a_page_takes_the_same_queries_for_any_number_of_changes(
    rep, colleague, client_of, django_assert_max_num_queries, django_assert_num_queries, address
):
    client = client_of(rep)

    def changed(count):
        for _ in range(count):
            opportunity = OpportunityFactory(owner=rep)
            add_team_member(opportunity, user=colleague)
            for number in range(count):
                write_note(opportunity, by=colleague, at=NOW + number * DAY)

    changed(2)
    client.get(address)
    with django_assert_max_num_queries(15) as few:
        client.get(address)
    changed(4)

    with django_assert_num_queries(len(few)):
        client.get(address)


# The page with all


def test_a_line_says_what_each_person_changed(rep, colleague, manager, opportunity, client_of):
    at = NOW + DAY
    edit(opportunity, by=colleague, at=at, estimated_revenue=Decimal(500_000))
    edit(opportunity, by=colleague, at=at, estimated_revenue=Decimal(520_000))
    write_note(opportunity, by=colleague, at=at)
    write_note(opportunity, by=colleague, at=at)
    fill(opportunity, QUALIFY, by=colleague, at=at)
    transitions.advance(opportunity=reread(opportunity), by=colleague, at=at)
    edit(reread(opportunity), by=manager, at=at + DAY, customer_need="Lorries")

    page = words(client_of(rep).get("/news/"))

    assert "1 opportunity that others changed since you last looked" in page
    assert "Ingrid Dahl completed Customer need" in page
    assert "Ola Hansen moved it to Develop, completed " in page
    assert "changed estimated revenue NOK 480,000 → 520,000, " in page


def test_a_value_that_is_as_it_was_is_no_news_of_the_line(rep, colleague, opportunity, client_of):
    edit(opportunity, by=colleague, at=NOW + DAY, estimated_revenue=Decimal(1))
    edit(opportunity, by=colleague, at=NOW + DAY, estimated_revenue=Decimal(480_000), description="Call")

    page = words(client_of(rep).get("/news/"))

    assert "Ola Hansen wrote Description" in page
    assert "→" not in page


def test_a_closing_is_said_without_the_moves_that_led_to_it(rep, manager, client_of):
    opportunity = factories.ready_opportunity(CLOSE, owner=rep)
    last_looks.see(opportunity=opportunity, by=rep, at=NOW, version=opportunity.version)
    transitions.hold(opportunity=opportunity, by=manager, at=NOW + DAY, reason="Holidays.")
    transitions.finish(opportunity=reread(opportunity), by=manager, at=NOW + 2 * DAY)
    finished, closed_on = reread(opportunity), (NOW + 3 * DAY).date()
    transitions.close_as_won(
        opportunity=finished, by=manager, at=NOW + 3 * DAY, closed_on=closed_on, actual_revenue=Decimal(1)
    )

    page = words(client_of(rep).get("/news/"))

    assert "Ingrid Dahl closed it as won" in page
    assert "put it on hold" not in page and "finished the process" not in page


def test_a_closing_counts_the_steps_that_were_waived_with_it(rep, manager, opportunity, client_of):
    factories.lose(opportunity, by=manager, at=NOW + DAY, waive_because="They do not answer.")
    client = client_of(rep)

    english = words(client.get("/news/"))
    client.cookies["django_language"] = "nb"
    norwegian = words(client.get("/news/"))

    assert re.search(r"Ingrid Dahl closed it as lost from Qualify and waived \d+ steps\b", english)
    assert re.search(r"gjorde unntak for \d+ trinn\b", norwegian)


def test_a_long_line_says_how_much_it_leaves_out(rep, colleague, opportunity, client_of):
    for number in range(9):
        factories.plan(opportunity, by=colleague, at=NOW + DAY, text=f"Task {number}")
    for task in reread(opportunity).tasks.all():
        factories.complete(task, by=colleague, at=NOW + 2 * DAY)

    page = words(client_of(rep).get("/news/"))

    assert "Ola Hansen added 9 tasks, completed “Task 0”" in page
    assert " and 5 more" in page


def test_the_lines_are_norwegian(rep, colleague, opportunity, client_of):
    edit(opportunity, by=colleague, at=NOW + DAY, estimated_revenue=Decimal(520_000))
    write_note(opportunity, by=colleague, at=NOW + DAY)
    client = client_of(rep)
    client.cookies["django_language"] = "nb"
    client.post("/user/language/", {"language": "nb"})

    page = words(client.get("/news/"))

    assert "endret beregnet omsetning 480 000 → 520 000 kr og la til 1 notat" in page
    assert "1 salgsmulighet som andre har endret siden du så på den sist" in page


def test_all_are_marked_as_seen_at_the_versions_that_the_page_showed(rep, colleague, opportunity, client_of):
    other = OpportunityFactory(owner=rep)
    add_team_member(other, user=colleague)
    for each in (opportunity, other):
        write_note(each, by=colleague, at=NOW + DAY)
    client = client_of(rep)
    form = Form(client.get("/news/"), reverse("news_seen"))
    write_note(other, by=colleague, at=NOW + 2 * DAY)

    answer = form.press(client, "Mark all as seen")

    assert answer.status_code == 303
    assert (has_news(opportunity, rep), has_news(other, rep)) == (False, True)


def test_nothing_new_is_an_empty_page_that_leads_on(rep, client_of):
    page = words(client_of(rep).get("/news/"))

    assert "Nothing new" in page
    assert "Mark all as seen" not in page


def test_the_page_lists_only_what_the_reader_may_still_see(rep, colleague, opportunity, client_of):
    write_note(opportunity, by=rep, at=NOW + DAY)
    factories.remove(opportunity.team_members.get(user=colleague), by=rep, at=NOW + 2 * DAY)

    assert "Nothing new" in words(client_of(colleague).get("/news/"))


@pytest.mark.parametrize("posted", ["", "1", "x-1", "1-2-3", "1-9223372036854775808", "{pk}-99"])
def test_an_odd_list_of_what_was_seen_is_refused(rep, opportunity, client_of, posted):
    client = client_of(rep)

    with unchanged():
        answer = client.post("/news/seen/", {"seen": posted.format(pk=opportunity.pk)})

    assert answer.status_code == 400


def test_what_others_may_see_is_not_marked(colleague, rep, client_of):
    foreign, client = OpportunityFactory(owner=rep), client_of(colleague)

    with unchanged():
        client.post("/news/seen/", {"seen": f"{foreign.pk}-1"})


# While a page is open


def changed(client, opportunity, version):
    return client.get(reverse("opportunity_changed", args=[opportunity.pk]), {"version": version})


def test_nothing_is_said_while_nothing_changed_and_for_own_changes(rep, opportunity, client_of):
    client, version = client_of(rep), opportunity.version
    assert changed(client, opportunity, version).status_code == 204

    write_note(opportunity, at=NOW + DAY)

    answer = changed(client, opportunity, version)
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (204, b"", "no-store")


def test_what_a_colleague_changed_is_said_and_a_move_before_an_edit(rep, colleague, opportunity, client_of):
    version = opportunity.version
    fill(opportunity, QUALIFY, by=colleague, at=NOW + DAY)
    transitions.advance(opportunity=reread(opportunity), by=colleague, at=NOW + DAY)
    write_note(opportunity, by=colleague, at=NOW + DAY)

    answer = changed(client_of(rep), opportunity, version)

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"].startswith("text/plain")
    assert "Ola Hansen moved it to Develop" in words(answer)


def test_asking_takes_one_query_for_access_and_one_for_the_change(rep, colleague, opportunity, client_of):
    client, version = client_of(rep), opportunity.version
    with CaptureQueriesContext(connection) as without:
        changed(client, opportunity, version)
    write_note(opportunity, by=colleague, at=NOW + DAY)
    with CaptureQueriesContext(connection) as with_news:
        changed(client, opportunity, version)

    assert (len(without), len(with_news)) == (4, 5)  # three of them sign in


def test_asking_reads_the_events_of_the_opportunity_after_the_version_by_an_index(
    rep, colleague, opportunity, client_of
):
    write_note(opportunity, by=colleague, at=NOW + DAY)
    with CaptureQueriesContext(connection) as asked:
        changed(client_of(rep), opportunity, opportunity.version)

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # it reads a table of a few rows without one
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{asked[-1]['sql']}")
        plan = " ".join(str(column) for row in cursor.fetchall() for column in row)

    used = {
        "postgresql": rf"Index Cond: \(\(opportunity_id = {opportunity.pk}\) AND \(version > {opportunity.version}\)\)",
        "sqlite": r"SEARCH opportunities_event USING INDEX \w+ \(opportunity_id=\? AND version>\?\)",
    }
    assert re.search(used[connection.vendor], plan), plan


@pytest.mark.parametrize("version", ["", "x", "9223372036854775808", "-1"])
def test_an_odd_version_is_no_question(rep, opportunity, client_of, version):
    assert changed(client_of(rep), opportunity, version).status_code == 400


def test_a_version_that_is_to_come_has_no_changes(rep, opportunity, client_of):
    assert changed(client_of(rep), opportunity, 9223372036854775807).status_code == 204


def test_the_names_in_news_are_text(rep, colleague, client_of):
    opportunity = OpportunityFactory(owner=rep, name="<i>Fleet</i>")
    add_team_member(opportunity, user=colleague)
    factories.plan(opportunity, by=colleague, at=NOW + DAY, text="<b>Call</b>")
    client = client_of(rep)

    assert "<i>Fleet" not in client.get("/news/").content.decode()
    assert "<b>Call" not in client.get(opportunity.get_absolute_url()).content.decode()


def test_a_manager_sees_many_changes_on_pages(manager, rep, client_of):
    for number in range(ROWS_OF_A_LIST + 1):
        edit(OpportunityFactory(owner=manager, name=f"Deal {number}"), by=manager, at=NOW + DAY, owner=rep)

    first = client_of(rep).get("/news/")

    assert "1–50 of 51" in words(first)
    assert "Mark these 50 as seen" in words(first)
    assert news.counted(rep) == (51, False)
    assert news.counted(rep, most=50) == (50, True)
