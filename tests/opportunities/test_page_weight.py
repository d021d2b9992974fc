"""How much markup the list and the board send: a browser reads all of it before it shows the page."""

import datetime
import gzip

import pytest
from django.conf import settings
from django.urls import reverse

from opportunities.models import Opportunity, write_guard
from tests.support import factories
from tests.support.factories import DEVELOP, AccountFactory, ready_opportunity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

LIST_BYTES = 100_000
BOARD_BYTES = 100_000


def many(first, count, **columns):
    """Saves copies of an opportunity, with texts as long as they are in life."""
    made = factories.copies_of(first, count)
    for number, each in enumerate(made):
        each.name = f"Havgløtt Hotell Halden {number:03} – energistyring av rom"
        for name, value in columns.items():
            setattr(each, name, value)
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(made)


def weight(client, address):
    content = client.get(address).content
    return len(content), len(gzip.compress(content))


@pytest.fixture
def ready(rep):
    first = ready_opportunity(DEVELOP, owner=rep, account=AccountFactory(name="Havgløtt Hotell Halden AS"))
    first = factories.edit(first, estimated_revenue=2_620_000)
    factories.plan(first, text="Internal review of the proposal", due=factories.TODAY - datetime.timedelta(days=5))
    return factories.reread(first)


@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_list_of_50_rows_is_at_most_100_kb_of_markup(rep, client_of, ready, language):
    many(ready, 60)
    client = client_of(rep)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    raw, compressed = weight(client, reverse("opportunity_list"))

    assert raw <= LIST_BYTES
    assert compressed <= 15_000


@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_board_of_nine_lanes_with_60_cards_each_is_at_most_100_kb_of_markup(rep, client_of, ready, language):
    process = factories.add_process("Long", *"ABCDEFGHI")
    left = {"is_ready": False, "steps_met": ready.steps_met - 2, "unmet_steps": [1, 2]}
    for stage in process.stages.all():
        many(ready, 15, active_stage=stage)
        many(ready, 45, active_stage=stage, **left)
    client = client_of(rep)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    address = f"{reverse('board')}?process={process.pk}"

    raw, compressed = weight(client, address)

    assert client.get(address).content.count(b'<li class="deal') == 72
    assert raw <= BOARD_BYTES
    assert compressed <= 20_000
