"""The moments of one opportunity never run backwards: whoever waited for the lock has an older one in hand."""

import pytest

from opportunities import transitions, verification
from tests import factories
from tests.factories import DEVELOP, HOUR, NOW, QUALIFY, reread

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(rep):
    """In Develop since an hour after NOW."""
    deal = factories.ready_deal(QUALIFY, owner=rep)
    transitions.advance(opportunity=deal, by=rep, at=NOW + HOUR)
    return reread(deal)


def test_a_move_that_was_pressed_before_the_last_one_happens_after_it(deal):
    visit = transitions.go_back(opportunity=deal, by=deal.owner, at=NOW)

    assert visit.entered_at == NOW + HOUR
    left = deal.visits.get(stage__name_en=DEVELOP)
    assert (left.entered_at, left.left_at) == (NOW + HOUR, NOW + HOUR)
    assert reread(deal).stage_entered_at == NOW + HOUR
    assert list(verification.faults()) == []


def test_a_hold_begins_no_earlier_than_the_visit_it_interrupts(deal):
    hold = transitions.hold(opportunity=deal, by=deal.owner, at=NOW, reason="They are on holiday.")

    assert hold.from_at == NOW + HOUR


def test_a_reopening_is_no_earlier_than_the_closing(rep):
    deal = factories.won_deal(owner=rep, at=NOW + HOUR)

    visit = transitions.reopen(opportunity=deal, by=rep, at=NOW, reason="They called.")

    assert visit.entered_at == NOW + HOUR
    assert deal.closings.get().reopened_at == NOW + HOUR
    assert list(verification.faults()) == []


def test_an_edit_is_told_after_the_one_before_it(deal):
    factories.edit(deal, at=NOW, next_step="Call them")

    told = list(deal.events.order_by("version").values_list("at", flat=True))
    assert told == sorted(told)
    assert reread(deal).modified_at == NOW + HOUR
