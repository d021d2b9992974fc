"""The timeline: what each person did, one line for each entry."""

import datetime
import html
import itertools
import re
from collections import namedtuple
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from opportunities import transitions
from opportunities.activities.sources import GROUPS_A_PAGE, events_of
from opportunities.activities.timeline import WITHIN, entries, grouped
from opportunities.progress import Progress
from tests.support import factories
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    QUALIFY,
    TODAY,
    OpportunityFactory,
    edit,
    fill,
    opportunity_in,
    reread,
)
from tests.support.pages import drawn_for

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)

Act = namedtuple("Act", "by_id at")


# Which events are one entry


@st.composite
def histories(draw):
    """Acts of three people, newest first, as the timeline reads them."""
    gaps = draw(st.lists(st.integers(0, 900), max_size=40))
    at, acts = NOW, []
    for gap in gaps:
        at -= datetime.timedelta(seconds=gap)
        acts.append(Act(draw(st.integers(1, 3)), at))
    return acts


@given(histories())
def test_grouping_loses_no_act_and_keeps_the_order(acts):
    groups = grouped(acts)

    assert [act for group in groups for act in group] == acts
    assert all(groups)


@given(histories())
def test_an_entry_has_one_person_and_ten_minutes_and_is_as_long_as_it_can_be(acts):
    groups = grouped(acts)

    for group in groups:
        assert len({act.by_id for act in group}) == 1
        assert group[0].at - group[-1].at <= WITHIN
    for one, following in itertools.pairwise(groups):
        newest, next_act = one[0], following[0]
        assert newest.by_id != next_act.by_id or newest.at - next_act.at > WITHIN


# What an entry says


def read_text(markup):
    return " ".join(html.unescape(strip_tags(markup)).split()).replace("\xa0", " ")


def read(response):
    """The words of a page."""
    return read_text(response.content.decode())


def said(opportunity, reader):
    """The sentences of the timeline, newest first, each with its person."""
    stages = Progress.of(reread(opportunity)).stages
    return [
        f"{entry.who} {entry.sentence}".replace("\xa0", " ")
        for entry in entries(events_of(opportunity), reader=reader, stages=stages)
    ]


def everything(opportunity, reader):
    """All phrases, the folded ones too, in the order in which they happened."""
    stages = Progress.of(reread(opportunity)).stages
    found = entries(events_of(opportunity), reader=reader, stages=stages)
    return [str(phrase).replace("\xa0", " ") for entry in reversed(found) for phrase in entry.phrases]


def test_a_ticked_step_is_completed_under_the_name_of_the_step(rep, manager):
    opportunity = OpportunityFactory(owner=rep)
    edit(opportunity, at=NOW + DAY, internal_review_completed=True)

    assert said(opportunity, manager)[0] == "Kari Nordmann completed Complete internal review"
    assert said(opportunity, rep)[0] == "You completed Complete internal review"


def test_an_unticked_step_is_not_complete_any_more(rep):
    opportunity = edit(OpportunityFactory(owner=rep), internal_review_completed=True)
    edit(opportunity, at=NOW + DAY, internal_review_completed=False)

    assert said(opportunity, rep)[0] == "You marked Complete internal review as not complete"


def test_an_amount_says_what_it_was(rep):
    opportunity = OpportunityFactory(owner=rep, estimated_revenue=Decimal(5300000))
    edit(opportunity, at=NOW + DAY, estimated_revenue=Decimal(5515000))

    assert said(opportunity, rep)[0] == "You set Estimated revenue to NOK 5,515,000 (was NOK 5,300,000)"


def test_a_value_that_was_removed_says_what_it_was(rep):
    opportunity = OpportunityFactory(owner=rep, estimated_close_date=TODAY)
    edit(opportunity, at=NOW + DAY, estimated_close_date=None)

    assert said(opportunity, rep)[0] == "You cleared Estimated close date (was 2 Mar 2026)"


def test_the_first_text_of_a_step_completes_it_and_a_later_one_changes_it(rep):
    opportunity = edit(OpportunityFactory(owner=rep), at=NOW + DAY, customer_need="Where are the trailers?")
    edit(opportunity, at=NOW + 2 * DAY, customer_need="Where are the trailers today?")

    assert said(opportunity, rep)[:2] == ["You changed Customer need", "You completed Customer need"]


def test_the_creation_is_one_line(rep):
    opportunity = OpportunityFactory(owner=rep, estimated_revenue=Decimal(100), next_step="Call Håkon")

    assert said(opportunity, rep) == ["You created it in Qualify"]
    assert "set Estimated revenue to NOK 100" in everything(opportunity, rep)
    assert "set the next step to “Call Håkon”" in everything(opportunity, rep)


def test_a_move_says_how_long_the_stage_took_without_the_time_on_hold(rep):
    opportunity = fill(OpportunityFactory(owner=rep), QUALIFY)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW + DAY, reason="Summer")
    transitions.resume(opportunity=reread(opportunity), by=rep, at=NOW + 4 * DAY)
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW + 5 * DAY)

    assert said(opportunity, rep)[0] == "You moved it to Develop after 2 days in Qualify"


def test_a_move_on_the_day_on_which_the_stage_began_names_no_days(rep):
    opportunity = fill(OpportunityFactory(owner=rep), QUALIFY)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    assert "moved it from Qualify to Develop" in everything(opportunity, rep)


def test_what_one_person_does_in_ten_minutes_is_one_entry(rep, manager):
    opportunity = OpportunityFactory(owner=rep)
    edit(opportunity, at=NOW + DAY, estimated_revenue=Decimal(10))
    edit(opportunity, at=NOW + DAY + 5 * MINUTE, internal_review_completed=True)
    edit(opportunity, at=NOW + DAY + 10 * MINUTE, proposal_presented=True)
    edit(opportunity, by=manager, at=NOW + DAY + 11 * MINUTE, proposal_developed=True)

    assert said(opportunity, rep) == [
        "Ingrid Dahl completed Develop proposal",
        "You set Estimated revenue to NOK 10 and completed Complete internal review and Present proposal",
        "You created it in Qualify",
    ]


def test_a_long_entry_shows_its_moves_and_folds_the_rest(rep):
    opportunity = OpportunityFactory(owner=rep)
    at = NOW + DAY
    for number in range(1, 6):
        edit(opportunity, at=at, estimated_revenue=Decimal(number))
    fill(opportunity, QUALIFY, at=at)
    transitions.advance(opportunity=reread(opportunity), by=rep, at=at)

    entry = entries(events_of(opportunity), reader=rep, stages=[])[0]

    assert entry.sentence.endswith("and moved it to Develop after 1 day in Qualify")
    assert len(entry.shown) == 3
    assert len(entry.shown) + len(entry.folded) == len(entry.phrases)


def test_a_long_entry_shows_files_mails_and_notes_and_folds_changed_fields(rep, client_of):
    opportunity, at = opportunity_in(DEVELOP, owner=rep), NOW + DAY
    for number in range(1, 6):
        edit(opportunity, at=at, estimated_revenue=Decimal(number))
    factories.upload(opportunity, at=at, name="Offer.pdf")
    factories.write_note(opportunity, at=at, text="They liked it.")
    factories.write_mail(opportunity, at=at, subject="The offer")
    edit(opportunity, at=at, description="Vans")

    page = client_of(rep).get(opportunity.get_absolute_url()).content.decode()
    sentence = read_text(page.partition('class="event-head"')[2].partition("</p>")[0])

    assert all(said in sentence for said in ("uploaded the file “Offer.pdf”", "added a note", "sent a mail to"))
    assert "Estimated revenue" not in sentence
    assert "6 more" in page


def test_what_was_planned_with_the_creation_is_folded_and_a_file_after_it_is_shown(rep):
    opportunity = OpportunityFactory(owner=rep, next_step="Call Håkon")
    factories.upload(opportunity, at=NOW, name="Offer.pdf")

    assert said(opportunity, rep) == ["You created it in Qualify and uploaded the file “Offer.pdf” (Other)"]


def test_an_entry_shows_at_most_six_files_beside_its_moves(rep):
    opportunity = OpportunityFactory(owner=rep)
    for number in range(9):
        factories.upload(opportunity, at=NOW + DAY, name=f"{number}.pdf")

    entry = entries(events_of(opportunity), reader=rep, stages=[])[0]

    assert (len(entry.shown), len(entry.folded)) == (6, 3)


def test_a_waiver_names_its_step_and_its_reason(rep, manager, client_of):
    opportunity = OpportunityFactory(owner=rep)
    transitions.waive(
        opportunity=opportunity, by=manager, at=NOW, step=factories.step("estimated_budget"), reason="They never say"
    )

    page = read(client_of(rep).get(opportunity.get_absolute_url()))

    assert "Ingrid Dahl waived the step Estimated budget" in page
    assert "They never say" in page


def test_people_and_tasks_are_named_inside_the_sentence(rep):
    opportunity = OpportunityFactory(owner=rep)
    factories.add_competitor(opportunity, competitor=factories.CompetitorFactory(name="Rival AS"))
    task = factories.plan(opportunity, text="Call Håkon", due=TODAY)
    factories.change_row(task, due=TODAY + DAY)
    factories.complete(task)

    assert everything(opportunity, rep)[-4:] == [
        "added the competitor Rival AS",
        "set the next step to “Call Håkon”",
        "set Due date of Call Håkon to 3 Mar 2026 (was 2 Mar 2026)",
        "completed “Call Håkon”",
    ]


# The page


@pytest.mark.parametrize("path", ["/opportunities/{}/advance/", "/day/{}/advance/"])
def test_older_leads_to_the_opportunity_also_from_the_page_of_a_refused_move(rep, client_of, path):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    for number in range(GROUPS_A_PAGE):
        edit(opportunity, at=NOW + number * DAY, customer_need=f"Need {number}")
    edit(opportunity, at=NOW + 90 * DAY, customer_need="")

    refused = client_of(rep).post(path.format(opportunity.pk), drawn_for(opportunity))

    older = re.search(r'href="([^"]+)" rel="next"', refused.content.decode())[1]
    page = read(client_of(rep).get(html.unescape(older)))
    assert refused.status_code == 422
    assert older.startswith(f"{opportunity.get_absolute_url()}?tab=timeline&amp;before=")
    assert "created it in Qualify" in page


def test_the_page_shows_a_short_text_and_folds_a_long_one(rep, client_of):
    opportunity = edit(OpportunityFactory(owner=rep), at=NOW + DAY, customer_need="Short")
    edit(opportunity, at=NOW + 2 * DAY, proposed_solution="Long " * 100)

    page = client_of(rep).get(opportunity.get_absolute_url()).content.decode()

    assert '<span class="event-label">Customer need:</span> Short</p>' in page
    assert "Show all" in page


def test_the_moment_is_written_out_on_hover(rep, client_of):
    opportunity = OpportunityFactory(owner=rep)

    page = client_of(rep).get(opportunity.get_absolute_url()).content.decode()

    assert 'title="2 Mar 2026 11:00"' in page


def test_the_names_of_rows_are_escaped(rep, client_of):
    opportunity = OpportunityFactory(owner=rep)
    factories.add_competitor(opportunity, competitor=factories.CompetitorFactory(name="<i>Rival</i>"))

    page = client_of(rep).get(opportunity.get_absolute_url()).content.decode()

    assert "&lt;i&gt;Rival&lt;/i&gt;" in page
    assert "<i>Rival" not in page


def test_a_closed_opportunity_has_its_timeline(rep, client_of):
    opportunity = factories.won_opportunity(owner=rep)

    page = read(client_of(rep).get(opportunity.get_absolute_url()))

    assert "closed it as won" in page
    assert "You created it in Qualify" in page


def test_the_sentences_are_norwegian(rep, client_of):
    client = client_of(rep)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "nb"
    opportunity = fill(OpportunityFactory(owner=rep, estimated_revenue=Decimal(5300000)), QUALIFY)
    edit(opportunity, at=NOW + DAY, estimated_revenue=Decimal(5515000))
    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW + 2 * DAY)

    page = read(client.get(opportunity.get_absolute_url()))

    assert "Du flyttet den til fasen Utvikle etter 2 dager i Kvalifiser" in page
    assert "Du satte Beregnet omsetning til 5 515 000 kr (var 5 300 000 kr)" in page


@pytest.mark.sweep
def test_the_same_number_of_queries_reads_a_short_and_a_long_timeline(rep, client_of, django_assert_num_queries):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    with CaptureQueriesContext(connection) as few:
        client.get(opportunity.get_absolute_url())
    for number in range(40):
        edit(opportunity, at=NOW + number * DAY, description=f"Call {number}")

    with django_assert_num_queries(len(few)):
        client.get(opportunity.get_absolute_url())


def test_steps_that_are_waived_together_are_one_phrase(rep, manager, client_of):
    opportunity = factories.opportunity_in("Close", owner=rep)
    factories.lose(opportunity, by=manager, waive_because="They do not answer.")

    page = read(client_of(rep).get(opportunity.get_absolute_url()))

    assert page.count("waived the steps") == 1
    assert "waived the steps Complete final proposal, Present final proposal, Confirm decision date, " in page
