"""The pages to add, change and remove competitors, and to set “No known competitors”."""

import re

import pytest
from django.db.models import QuerySet
from django.urls import reverse

from opportunities import transitions
from opportunities.customers.models import Competitor
from opportunities.editing import editing
from opportunities.models import Event
from opportunities.verify import run
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    CompetitorFactory,
    OpportunityFactory,
    add_competitor,
    edit,
    fill,
    lose,
    opportunity_in,
    ready_opportunity,
    reason,
    reread,
    stage,
    won_opportunity,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def add_url(opportunity):
    return reverse("competitor_add", args=[opportunity.pk])


def edit_url(row):
    return reverse("competitor_edit", args=[row.opportunity_id, row.pk])


def remove_url(row):
    return reverse("competitor_remove", args=[row.opportunity_id, row.pk])


def none_url(opportunity):
    return reverse("no_known_competitors", args=[opportunity.pk])


def adding(competitor, note="", **more):
    return {"add-competitor": getattr(competitor, "pk", competitor), "add-note": note, **more}


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def test_a_competitor_is_added_with_a_note(rep_client, opportunity):
    rival = CompetitorFactory(name="Fjord Data")

    answer = rep_client.post(add_url(opportunity), adding(rival, "Cheap.\r\nSlow."), follow=True)

    assert answer.redirect_chain == [(f"{opportunity.get_absolute_url()}?tab=competitors", 303)]
    assert "Fjord Data added." in text(answer)
    row = opportunity.competitor_links.get()
    assert (row.competitor, row.note) == (rival, "Cheap.\nSlow.")


def test_a_new_competitor_is_created_in_the_picker(rep_client, opportunity):
    answer = rep_client.post(add_url(opportunity), adding("new", **{"add-competitor-find": "Fjord Data"}))

    assert answer.status_code == 303
    assert opportunity.competitor_links.get().competitor == Competitor.objects.get(name="Fjord Data")


def test_a_competitor_with_an_existing_name_is_refused(rep_client, opportunity):
    CompetitorFactory(name="Fjord Data")

    with unchanged():
        answer = rep_client.post(add_url(opportunity), adding("new", **{"add-competitor-find": "FJORD data"}))

    assert answer.status_code == 422
    assert "“Fjord Data” is already there. Choose it, or create “FJORD data” all the same." in text(answer)


def test_a_competitor_of_the_opportunity_is_refused_and_the_note_is_kept(rep_client, opportunity):
    row = add_competitor(opportunity)

    with unchanged():
        answer = rep_client.post(add_url(opportunity), adding(row.competitor, "typed before"))

    assert answer.status_code == 422
    assert "Competitor: This competitor is already on the opportunity." in text(answer)
    assert "typed before" in html(answer)


def test_a_refused_form_creates_no_competitor(rep_client, rep):
    opportunity = won_opportunity(owner=rep)

    with unchanged():
        answer = rep_client.post(add_url(opportunity), adding("new", **{"add-competitor-find": "Fjord Data"}))

    assert answer.status_code == 409


@pytest.mark.parametrize(
    "posted", [{}, {"add-competitor": "0"}, {"add-competitor": "٣"}, {"add-note": "\x00"}, {"add-note": "x" * 501}]
)
def test_an_invalid_entry_is_refused(rep_client, opportunity, posted):
    with unchanged():
        answer = rep_client.post(add_url(opportunity), posted)

    assert answer.status_code == 422
    assert "There is a problem" in text(answer)


def test_find_shows_answers_and_writes_nothing(rep_client, opportunity):
    CompetitorFactory(name="Fjord Data")

    with unchanged():
        answer = rep_client.post(
            add_url(opportunity), adding("", "my note", **{"add-competitor-find": "fjo", "find": "add-competitor"})
        )

    assert answer.status_code == 200
    assert "Fjord Data" in html(answer)
    assert "my note" in html(answer)


def test_a_user_who_came_from_a_stage_panel_returns_to_it(rep_client, opportunity):
    develop = stage(DEVELOP).pk

    answer = rep_client.post(add_url(opportunity), adding(CompetitorFactory(), **{"add-stage": develop}))

    assert answer["Location"] == f"{opportunity.get_absolute_url()}?stage={develop}"


def test_the_note_about_a_competitor_can_be_changed(rep_client, opportunity):
    row = add_competitor(opportunity)

    page = rep_client.get(edit_url(row))
    answer = rep_client.post(edit_url(row), {"note": "Strong in the north", "version": reread(opportunity).version})

    assert page.status_code == 200
    assert answer.status_code == 303
    row.refresh_from_db()
    assert row.note == "Strong in the north"


def test_a_competitor_is_removed_from_the_opportunity_and_not_deleted(rep_client, opportunity):
    row = add_competitor(opportunity)

    with unchanged():
        page = rep_client.get(remove_url(row))
    answer = rep_client.post(remove_url(row))

    assert f"Remove {row.competitor.name}?" in text(page)
    assert answer.status_code == 303
    assert not opportunity.competitor_links.exists()
    assert Competitor.objects.filter(pk=row.competitor_id).exists()


def test_the_last_competitor_of_a_passed_stage_cannot_be_removed(rep_client, rep):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    row = opportunity.competitor_links.get()

    with unchanged():
        answer = rep_client.post(remove_url(row))

    assert answer.status_code == 422
    assert "Develop has been passed and needs Identify competitors." in text(answer)
    assert f'href="{opportunity.get_absolute_url()}?stage={stage(DEVELOP).pk}"' in html(answer)


@pytest.mark.parametrize("url", [edit_url, remove_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_of_another_opportunity_gives_404(rep_client, rep, opportunity, url, method):
    row = add_competitor(OpportunityFactory(owner=rep))
    row.opportunity_id = opportunity.pk

    with unchanged():
        answer = getattr(rep_client, method)(url(row))

    assert answer.status_code == 404


# No known competitors


def test_one_click_sets_no_known_competitors(rep_client, opportunity):
    posted = {"no_known_competitors": "on", "version": reread(opportunity).version}

    answer = rep_client.post(none_url(opportunity), posted)

    assert answer.status_code == 303
    assert answer["Location"] == f"{opportunity.get_absolute_url()}?tab=competitors"
    assert reread(opportunity).no_known_competitors


def test_one_click_clears_no_known_competitors(rep_client, opportunity):
    edit(opportunity, no_known_competitors=True)

    rep_client.post(none_url(opportunity), {"no_known_competitors": "off"})

    assert not reread(opportunity).no_known_competitors


def test_adding_a_competitor_clears_no_known_competitors(rep_client, opportunity):
    edit(opportunity, no_known_competitors=True)

    rep_client.post(add_url(opportunity), adding(CompetitorFactory()))

    assert not reread(opportunity).no_known_competitors


def test_no_known_competitors_is_refused_while_there_are_competitors(rep_client, opportunity):
    add_competitor(opportunity)

    with unchanged():
        answer = rep_client.post(none_url(opportunity), {"no_known_competitors": "on"})

    assert answer.status_code == 422
    assert "Remove them before you say that there are none." in text(answer)


def test_no_known_competitors_of_a_passed_stage_cannot_be_cleared(rep_client, rep):
    opportunity = fill(edit(opportunity_in(DEVELOP, owner=rep), no_known_competitors=True), DEVELOP)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    with unchanged():
        answer = rep_client.post(none_url(opportunity), {"no_known_competitors": "off"})

    assert answer.status_code == 422
    assert "Develop has been passed and needs Identify competitors." in text(answer)


@pytest.mark.parametrize("posted", [{}, {"no_known_competitors": "perhaps"}, {"no_known_competitors": ["on", "off"]}])
def test_a_value_other_than_on_and_off_is_refused(rep_client, opportunity, posted):
    with unchanged():
        answer = rep_client.post(none_url(opportunity), posted)

    assert answer.status_code == 422
    assert "This page is incomplete. Open it again." in text(answer)


def test_a_get_shows_the_button_and_writes_nothing(rep_client, opportunity):
    with unchanged():
        page = rep_client.get(none_url(opportunity))

    assert page.status_code == 200
    assert 'name="no_known_competitors" value="on"' in html(page)


def test_the_tab_offers_no_known_competitors_only_without_competitors(rep_client, opportunity):
    empty = rep_client.get(f"{opportunity.get_absolute_url()}?tab=competitors")
    row = add_competitor(opportunity)
    listed = rep_client.get(f"{opportunity.get_absolute_url()}?tab=competitors")

    assert f'action="{none_url(opportunity)}"' in html(empty)
    assert f'action="{none_url(opportunity)}"' not in html(listed)
    assert row.competitor.name in text(listed)


def test_a_user_who_may_not_see_the_opportunity_gets_404(client_of, colleague, opportunity):
    row, client = add_competitor(opportunity), client_of(colleague)
    urls = (add_url(opportunity), edit_url(row), remove_url(row), none_url(opportunity))

    with unchanged():
        answers = [client.post(url, {"no_known_competitors": "on"}) for url in urls]

    assert [answer.status_code for answer in answers] == [404] * 4


def test_the_pages_of_a_closed_opportunity_refuse_a_post(rep_client, rep):
    opportunity = won_opportunity(owner=rep)
    row = opportunity.competitor_links.get()
    urls = (add_url(opportunity), edit_url(row), remove_url(row), none_url(opportunity))

    with unchanged():
        answers = [rep_client.post(url, {"no_known_competitors": "on", "note": "x"}) for url in urls]

    assert [answer.status_code for answer in answers] == [409] * 4
    assert all("This opportunity is closed and can only be read." in text(answer) for answer in answers)


# The threat level


def test_a_competitor_is_added_with_a_threat_level(rep_client, opportunity):
    rival = CompetitorFactory(name="Fjord Data")

    answer = rep_client.post(add_url(opportunity), adding(rival, **{"add-threat": "high"}), follow=True)

    assert opportunity.competitor_links.get().threat == "high"
    assert "Threat level: High" in text(answer)


def test_the_threat_level_is_changed_and_logged(rep_client, opportunity):
    row = add_competitor(opportunity, competitor=CompetitorFactory(name="Fjord Data"), threat="low")

    rep_client.post(edit_url(row), {"threat": "high", "version": reread(opportunity).version})

    row.refresh_from_db()
    assert row.threat == "high"
    timeline = rep_client.get(f"{opportunity.get_absolute_url()}?tab=timeline")
    assert "set Threat level of Fjord Data to High (was Low)" in text(timeline)


def test_an_unknown_threat_level_is_refused_and_the_note_is_kept(rep_client, opportunity):
    rival = CompetitorFactory()

    with unchanged():
        answer = rep_client.post(add_url(opportunity), adding(rival, "typed", **{"add-threat": "huge"}))

    assert answer.status_code == 422
    assert "Threat level: Choose one of the levels listed." in text(answer)
    assert "typed" in html(answer)


def test_two_people_who_set_the_threat_level_differently_are_in_conflict(rep_client, opportunity, rep):
    row = add_competitor(opportunity, threat="low")
    version = reread(opportunity).version
    with editing(reread(opportunity), by=rep, at=NOW) as record:
        theirs = record.competitor_links.get()
        theirs.threat = "medium"
        theirs.save()

    with unchanged():
        answer = rep_client.post(edit_url(row), {"threat": "high", "version": version})

    assert answer.status_code == 409
    assert "1 answer was changed by two people. Choose one: Threat level" in text(answer)


def test_the_page_of_the_opportunity_links_to_each_competitor_with_its_threat_level(rep_client, opportunity):
    row = add_competitor(opportunity, competitor=CompetitorFactory(name="Fjord Data"), threat="medium")
    address = reverse("competitor_page", args=[row.competitor_id])

    card = html(rep_client.get(opportunity.get_absolute_url())).partition('id="people"')[2].partition("</section>")[0]
    tab = html(rep_client.get(f"{opportunity.get_absolute_url()}?tab=competitors"))

    assert f'<a href="{address}">Fjord Data</a>' in card
    assert "Threat level:</span> Medium" in card
    assert f'<strong><a href="{address}">Fjord Data</a></strong>' in tab


def test_a_lost_opportunity_links_to_the_competitor_it_was_lost_to(rep_client, rep):
    rival = CompetitorFactory(name="Fjord Data")
    opportunity = lose(ready_opportunity(CLOSE, owner=rep), reason=reason("out_sold"), competitor=rival).opportunity

    page = html(rep_client.get(opportunity.get_absolute_url()))

    assert f'to <a href="{reverse("competitor_page", args=[rival.pk])}">Fjord Data</a>' in page


def test_verify_accepts_a_competitor_that_was_added_before_the_threat_level_existed(opportunity):
    add_competitor(opportunity)
    event = opportunity.events.latest("version")
    row = event.children[0]
    before = [row | {"changes": [each for each in row["changes"] if each["field"] != "threat"]}]
    QuerySet(Event).filter(pk=event.pk).update(children=before)

    assert [fault.what for fault in run.faults()] == []
