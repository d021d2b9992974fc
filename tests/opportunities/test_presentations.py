"""Presentations of a proposal: entered and changed at their step and on their page, and in the timeline."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from opportunities.editing.rules import InvalidEntry
from opportunities.models import Presentation
from opportunities.transitions import organisation_date
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import DAY, NOW, PROPOSE, TODAY, opportunity_in, reread, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return opportunity_in(PROPOSE, owner=rep)


def send(client, opportunity, field="proposal_presented", **entries):
    """Posts the form that was opened at the step."""
    posted = {f"add-{name}": value for name, value in ({"kind": "proposal"} | entries).items() if name != "complete"}
    posted |= {"add-step": step(field).pk} | ({"complete": "on"} if "complete" in entries else {})
    return client.post(reverse("presentation_add", args=[opportunity.pk]), posted)


def html(response):
    return response.content.decode()


def test_a_presentation_is_entered_and_its_step_marked_complete(rep_client, opportunity):
    contact = opportunity.stakeholders.first().contact
    file = factories.upload(opportunity, name="Proposal v2.pdf")
    entries = {"held_on": TODAY.isoformat(), "held_at": "13:00", "attendees": [contact.pk], "file": file.pk}

    response = send(rep_client, opportunity, **entries, complete="on")

    assert response.status_code == 303
    row = Presentation.objects.get()
    assert (row.kind, row.held_on, row.attendees, row.file) == (
        "proposal",
        TODAY,
        [{"id": contact.pk, "name": contact.name}],
        file,
    )
    assert reread(opportunity).proposal_presented
    page = html(rep_client.get(opportunity.get_absolute_url()))
    assert f'presented <b>Proposal v2.pdf</b> to <a href="/contacts/{contact.pk}/">{contact.name}</a>' in " ".join(
        page.split()
    )


def test_each_step_presents_its_own_proposal(rep_client, rep):
    opportunity = factories.opportunity_in(factories.CLOSE, owner=rep)

    send(rep_client, opportunity, "final_proposal_presented", kind="final_proposal", held_on=TODAY.isoformat())

    assert Presentation.objects.get().kind == "final_proposal"
    assert reread(opportunity).final_presentation_count == 1


def test_a_presentation_that_is_to_come_is_refused(rep_client, opportunity):
    with unchanged():
        response = send(rep_client, opportunity, held_on="2099-01-01")

    assert response.status_code == 422
    assert "Plan a task for one that is to come." in html(response)
    with refused(InvalidEntry):
        factories.present(opportunity, held_on=TODAY + 2 * DAY)


def test_only_stakeholders_are_attendees(rep_client, opportunity):
    stranger = factories.ContactFactory()

    with unchanged():
        response = send(rep_client, opportunity, held_on=TODAY.isoformat(), attendees=[stranger.pk])

    assert response.status_code == 422
    assert "Choose among the stakeholders listed." in html(response)


def test_who_was_there_stays_when_the_stakeholder_leaves(rep_client, opportunity):
    leaving = factories.add_stakeholder(opportunity)
    row = factories.present(opportunity, attendees=[leaving.contact])
    factories.remove(leaving)
    url = reverse("presentation_edit", args=[opportunity.pk, row.pk])

    entries = {"kind": "proposal", "held_on": TODAY.isoformat(), "held_at": "14:00"}
    rep_client.post(url, entries | {"attendees": [leaving.contact_id]})

    row.refresh_from_db()
    assert [each["name"] for each in row.attendees] == [leaving.contact.name]


def test_other_people_entered_by_two_users_are_a_conflict_that_names_them(rep_client, client_of, manager, opportunity):
    anna, berit, eva = (
        factories.add_stakeholder(opportunity, contact=factories.ContactFactory(name=name)).contact
        for name in ("Anna", "Berit", "Eva")
    )
    row = factories.present(opportunity, attendees=[anna])
    url = reverse("presentation_edit", args=[opportunity.pk, row.pk])
    entries = {"kind": "proposal", "held_on": TODAY.isoformat(), "version": reread(opportunity).version}
    client_of(manager).post(url, entries | {"attendees": [anna.pk, berit.pk, eva.pk]})

    with unchanged():
        response = rep_client.post(url, entries | {"attendees": [eva.pk]})

    assert response.status_code == 409
    assert "Anna, Berit and Eva" in html(response)


@pytest.mark.sweep
def test_the_page_makes_the_same_number_of_queries_for_any_number_of_presentations(rep_client, opportunity):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert rep_client.get(opportunity.get_absolute_url()).status_code == 200
        return len(captured)

    factories.file_debrief(opportunity)
    factories.present(opportunity, file=factories.upload(opportunity))
    few = queries()
    for _ in range(6):
        factories.present(opportunity, at=NOW)

    assert queries() == few <= 15


def test_a_closed_opportunity_takes_no_presentation(rep_client, rep):
    won = factories.won_opportunity(owner=rep)
    url = reverse("presentation_add", args=[won.pk])

    with unchanged():
        response = rep_client.post(url, {"add-held_on": TODAY.isoformat()})

    assert response.status_code == 409


# What the form suggests


def suggested(client, opportunity, **query):
    """The date and the file in the form of a new presentation."""
    page = html(client.get(reverse("presentation_add", args=[opportunity.pk]), query))
    date = re.search(r'<input[^>]*name="add-held_on"[^>]*value="([^"]*)"', page)[1]
    chosen = re.search(r'<option value="[^"]*" selected>([^<]*)', page.partition('name="add-file"')[2])
    return date, chosen and chosen[1]


def test_the_form_suggests_today_and_the_newest_final_proposal(rep_client, opportunity):
    factories.upload(opportunity, name="Final 1.pdf", kind="final_proposal")
    factories.upload(opportunity, name="Final 2.pdf", kind="final_proposal", at=NOW + DAY)
    factories.upload(opportunity, name="Proposal.pdf", kind="proposal", at=NOW + 2 * DAY)
    factories.upload(opportunity, name="Other.pdf", at=NOW + 3 * DAY)
    today = organisation_date(timezone.now()).isoformat()

    assert suggested(rep_client, opportunity) == (today, "Final 2.pdf")
    assert suggested(rep_client, opportunity, kind="final_proposal") == (today, "Final 2.pdf")
    assert suggested(rep_client, opportunity, kind="proposal") == (today, "Proposal.pdf")


def test_without_a_final_proposal_the_form_suggests_the_newest_proposal_and_else_no_file(rep_client, opportunity):
    factories.upload(opportunity, name="Other.pdf")
    assert suggested(rep_client, opportunity)[1] in (None, "None")

    factories.upload(opportunity, name="Proposal.pdf", kind="proposal", at=NOW + DAY)

    assert suggested(rep_client, opportunity)[1] == "Proposal.pdf"
