"""What the server answers to the form that adds evidence at its step."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, PROPOSE, opportunity_in, reread, step
from tests.support.pages import FORM

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
TOKEN = "abcdefghijklmnopqrstuv"


def address(opportunity, field):
    return reverse("add_evidence", args=[opportunity.pk, step(field).pk])


def entries(field, token=TOKEN, **more):
    """What the form posts for the step."""
    return {f"add_{step(field).pk}-{name}": value for name, value in {"token": token, "version": 1, **more}.items()}


def stakeholder(name, **more):
    created = {"contact": "new", "contact-find": name}
    given = {"attitude": "unknown", "influence": "unknown", **created, **more}
    return entries("stakeholders_identified", **given)


def send(client, opportunity, posted, field="stakeholders_identified"):
    return client.post(address(opportunity, field), posted, headers=HTMX)


def test_without_htmx_the_address_leads_to_the_page_that_adds(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    answer = client_of(rep).get(address(opportunity, "stakeholders_identified"))

    assert (answer.status_code, answer.url.partition("?")[0]) == (
        303,
        reverse("stakeholder_add", args=[opportunity.pk]),
    )


def test_a_form_that_is_sent_twice_adds_one_row_and_is_answered_twice(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    before = opportunity.stakeholder_count

    sent = urlencode(stakeholder("Eva Lind"))
    answers = [client.post(address(opportunity, "stakeholders_identified"), sent, FORM, headers=HTMX) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("Eva Lind added." in answer.content.decode() for answer in answers)
    assert reread(opportunity).stakeholder_count == before + 1


def test_a_second_row_with_the_same_person_is_refused_with_what_was_typed(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    row = factories.add_stakeholder(opportunity)
    posted = entries(
        "stakeholders_identified",
        roles="champion",
        attitude="unknown",
        influence="unknown",
        note="Met twice",
        contact=row.contact_id,
    )

    with unchanged():
        answer = send(client, opportunity, posted)

    assert answer.status_code == 422
    assert "Met twice" in answer.content.decode()


def test_a_closed_opportunity_says_so_in_place_of_the_form(rep, client_of):
    client, opportunity = client_of(rep), factories.won_opportunity(owner=rep)

    with unchanged():
        answer = send(client, opportunity, stakeholder("Eva Lind"))

    assert answer.status_code == 409
    assert 'name="add_' not in answer.content.decode()


def test_only_who_leads_adds_to_the_team(rep, colleague, client_of):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    factories.add_team_member(opportunity, user=colleague)

    answer = client_of(colleague).get(address(opportunity, "sales_team_identified"), headers=HTMX)

    assert answer.status_code == 200
    assert 'name="add_' not in answer.content.decode()


@pytest.mark.parametrize("token", ["", "short"])
def test_a_form_without_a_valid_token_is_refused(rep, client_of, token):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)

    with unchanged():
        answer = send(client, opportunity, stakeholder("Eva Lind", token=token))

    assert answer.status_code == 400


def test_a_step_without_evidence_has_no_such_form(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    assert client_of(rep).get(address(opportunity, "customer_need"), headers=HTMX).status_code == 400


def in_place(opportunity, field):
    """The headers of a form in the place below the step."""
    address = f"http://testserver{opportunity.get_absolute_url()}"
    return {**HTMX, "HX-Target": f"slot_{field}", "HX-Current-URL": address}


def place_of(answer, field):
    """What the answer has in the place below the step."""
    return " ".join(answer.content.decode().partition(f'id="slot_{field}"')[2].partition("</div>")[0].split())


def test_every_offer_opens_in_its_place_and_is_refused_and_written_there(rep, client_of, subtests):
    marte = factories.ContactFactory(name="Marte Lie", email="marte@example.com")
    open_deal = factories.edit(opportunity_in(factories.CLOSE, owner=rep), contact=marte)
    won, client = factories.won_opportunity(owner=rep, contact=marte), client_of(rep)
    mail = {"contact": marte.pk, "seen_address": marte.email, "language": "en", "subject": "Thanks", "text": ""}
    for opportunity in (open_deal, won):
        for field, name, posted, missing in (
            ("debrief_filed", "debrief_add", {"add-price_gap": "8"}, {"add-why": "They trusted us."}),
            ("thank_you_sent", "mail_write_for", mail, {"text": "Thank you."}),
        ):
            args = [opportunity.pk] + ([step(field).pk] if name == "mail_write_for" else [])
            headers, url = in_place(opportunity, field), reverse(name, args=args)
            with subtests.test(f"{name}, {opportunity.status}"):
                opened = client.get(url, {"step": step(field).pk}, headers=headers)
                refused = client.post(url, posted, headers=headers)
                written = client.post(url, posted | missing, headers=headers)

                assert (opened.status_code, refused.status_code, written.status_code) == (200, 422, 200)
                for answer in (opened, refused):
                    assert "<main" not in answer.content.decode()
                    assert f'hx-target="#slot_{field}"' in answer.content.decode()
                assert ("The mail to Marte Lie is on its way." if "text" in missing else "debrief") in place_of(
                    written, field
                )
                assert f'id="offers_{field}"' in written.content.decode()
