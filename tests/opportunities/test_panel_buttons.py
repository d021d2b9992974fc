"""The buttons inside a panel that do more than save: the contact decides, I sell this alone."""

import pytest

from stages.models import Step
from tests import factories
from tests.factories import DEVELOP, QUALIFY, deal_in, reread, stage
from tests.rows import unchanged

pytestmark = pytest.mark.django_db


def press(client, deal, stage_name, also, **entries):
    posted = {"stage": stage(stage_name).pk, "version": reread(deal).version, "also": also, **entries}
    return client.post(f"{deal.get_absolute_url()}save/", posted)


def test_the_contact_who_decides_becomes_a_decision_maker(rep, client_of):
    deal, contact = deal_in(QUALIFY, owner=rep), factories.ContactFactory()

    assert press(client_of(rep), deal, QUALIFY, "contact_decides", contact=contact.pk).status_code == 303

    assert [(row.contact, row.role) for row in deal.stakeholders.all()] == [(contact, "decision_maker")]


def test_nobody_decides_before_there_is_a_contact(rep, client_of):
    client, deal = client_of(rep), deal_in(QUALIFY, owner=rep)

    with unchanged():
        answer = press(client, deal, QUALIFY, "contact_decides", contact="")

    assert answer.status_code == 422
    assert "Choose the contact first." in answer.content.decode()


def test_where_the_stage_does_not_ask_for_the_contact_the_one_of_the_opportunity_decides(rep, client_of):
    Step.objects.filter(field="decision_maker_identified").update(stage=stage(DEVELOP))
    deal, contact = deal_in(QUALIFY, owner=rep), factories.ContactFactory()
    deal = factories.edit(deal, contact=contact)

    assert press(client_of(rep), deal, DEVELOP, "contact_decides").status_code == 303

    assert [(row.contact, row.role) for row in deal.stakeholders.all()] == [(contact, "decision_maker")]


def test_where_the_stage_does_not_ask_for_the_contact_and_there_is_none_nothing_is_saved(rep, client_of):
    client, deal = client_of(rep), deal_in(QUALIFY, owner=rep)

    with unchanged():
        answer = press(client, deal, DEVELOP, "contact_decides", customer_need="Lorries")

    assert answer.status_code == 422
    assert "Choose the contact first." in answer.content.decode()
