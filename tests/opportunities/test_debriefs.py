"""The debrief: filed and changed at its step and on its page, once per opportunity, also when that is closed."""

import pytest
from django.urls import reverse

from opportunities.editing import debriefs
from opportunities.editing.rules import InvalidEntry
from opportunities.models import Debrief
from opportunities.refusals import BrokenConstraint
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import CLOSE, CompetitorFactory, OpportunityFactory, opportunity_in, reread, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return opportunity_in(CLOSE, owner=rep)


def add_url(opportunity, **query):
    at = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse('debrief_add', args=[opportunity.pk])}?{at}"


def html(response):
    return response.content.decode()


def send(client, opportunity, **entries):
    """Posts the form that was opened at the step."""
    posted = {f"add-{name}": value for name, value in entries.items() if name != "complete"}
    posted |= {"add-step": step("debrief_filed").pk} | ({"complete": "on"} if "complete" in entries else {})
    return client.post(reverse("debrief_add", args=[opportunity.pk]), posted)


def test_a_debrief_is_filed_and_its_step_marked_complete(rep_client, opportunity):
    competitor = CompetitorFactory()
    entries = {"went_well": "The visit.", "why": "They trusted us.", "competitor": competitor.pk, "price_gap": "8 %"}

    response = send(rep_client, opportunity, **entries, complete="on")

    assert response.status_code == 303
    assert response.url.endswith(f"?stage={step('debrief_filed').stage_id}")
    debrief = Debrief.objects.get()
    assert (debrief.why, debrief.competitor, debrief.price_gap) == ("They trusted us.", competitor, 8)
    assert reread(opportunity).debrief_filed


def test_save_alone_does_not_tick(rep_client, opportunity):
    send(rep_client, opportunity, why="They trusted us.")

    assert Debrief.objects.exists()
    assert not reread(opportunity).debrief_filed


def test_a_ticked_step_offers_only_save(rep_client, opportunity):
    factories.edit(opportunity, debrief_filed=True)

    assert "Save and mark complete" not in html(rep_client.get(add_url(opportunity, step=step("debrief_filed").pk)))


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"price_gap": "8"}, "Write at least one of the three answers."),
        ({"why": "x", "price_gap": "much"}, "Write a whole number from −100 to 999."),
        ({"why": "x", "price_gap": "-101"}, "Write a whole number from −100 to 999."),
    ],
)
def test_an_invalid_debrief_is_refused(rep_client, opportunity, entries, said):
    with unchanged():
        response = send(rep_client, opportunity, **entries, complete="on")

    assert response.status_code == 422
    assert said in html(response)


def test_a_won_opportunity_takes_a_debrief_and_stays_as_it_is(rep_client, rep):
    won = factories.won_opportunity(owner=rep)
    send(rep_client, won, why="They trusted us.")

    page = html(rep_client.get(won.get_absolute_url()))

    assert "They trusted us." in page
    assert reread(won).closed_on == won.closed_on


def test_a_closed_opportunity_is_not_ticked(rep_client, opportunity, rep):
    factories.change_step("debrief_filed", required=False)
    factories.win(factories.fill(opportunity, CLOSE))

    with unchanged():
        response = send(rep_client, opportunity, why="They trusted us.", complete="on")

    assert response.status_code == 409
    assert not reread(opportunity).debrief_filed


def test_the_add_page_of_an_opportunity_with_a_debrief_changes_that(rep_client, opportunity):
    debrief = factories.file_debrief(opportunity)

    page = rep_client.get(add_url(opportunity, step=step("debrief_filed").pk), follow=True)

    assert page.redirect_chain[-1][0].startswith(reverse("debrief_edit", args=[opportunity.pk, debrief.pk]))
    assert "They trusted us." in html(page)


def test_a_second_debrief_is_refused(opportunity):
    factories.file_debrief(opportunity)

    with refused(BrokenConstraint, saying="has a debrief already"):
        factories.file_debrief(opportunity)


def test_two_people_who_change_another_answer_keep_both(rep_client, opportunity, manager):
    debrief = factories.file_debrief(opportunity, went_well="The visit.")
    url = reverse("debrief_edit", args=[opportunity.pk, debrief.pk])
    seen = reread(opportunity).version
    factories.change_row(debrief, by=manager, went_well="The visit and the call.")

    response = rep_client.post(url, {"version": seen, "went_well": "The visit.", "why": "They know us."})

    assert response.status_code == 303
    debrief.refresh_from_db()
    assert (debrief.went_well, debrief.why) == ("The visit and the call.", "They know us.")


def test_a_debrief_without_a_visible_text_is_refused(opportunity):
    with refused(InvalidEntry):
        factories.file_debrief(opportunity, why=" \u2060")
    assert set(debriefs.TEXTS) == {"went_well", "went_badly", "why"}


def test_the_timeline_shows_the_texts_with_their_labels(rep_client, opportunity):
    factories.file_debrief(opportunity, went_well="The visit.")

    page = html(rep_client.get(opportunity.get_absolute_url()))

    assert "filed the debrief" in page
    for said in ("What went well", "The visit.", "They trusted us."):
        assert said in page


def test_others_find_no_debrief(client_of, colleague, opportunity):
    debrief = factories.file_debrief(opportunity)
    client = client_of(colleague)

    for name in ("debrief_edit", "debrief_remove"):
        assert client.get(reverse(name, args=[opportunity.pk, debrief.pk])).status_code == 404
    assert client.get(add_url(OpportunityFactory())).status_code == 404
