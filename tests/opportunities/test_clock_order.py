"""The times of one opportunity never go backwards, even when a request that waited for the lock has an earlier time."""

import pytest

from opportunities import transitions
from opportunities.verify import run
from tests.support import factories
from tests.support.factories import DEVELOP, HOUR, NOW, QUALIFY, reread

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    """In Develop since an hour after NOW."""
    opportunity = factories.ready_opportunity(QUALIFY, owner=rep)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW + HOUR)
    return reread(opportunity)


def test_a_move_with_an_earlier_time_gets_the_time_of_the_last_move(opportunity):
    visit = transitions.go_back(opportunity=opportunity, by=opportunity.owner, at=NOW)

    assert visit.entered_at == NOW + HOUR
    left = opportunity.visits.get(stage__name_en=DEVELOP)
    assert (left.entered_at, left.left_at) == (NOW + HOUR, NOW + HOUR)
    assert reread(opportunity).stage_entered_at == NOW + HOUR
    assert list(run.faults()) == []


def test_a_hold_does_not_begin_before_its_visit(opportunity):
    hold = transitions.hold(opportunity=opportunity, by=opportunity.owner, at=NOW, reason="They are on holiday.")

    assert hold.from_at == NOW + HOUR


def test_a_reopening_does_not_come_before_the_closing(rep):
    opportunity = factories.won_opportunity(owner=rep, at=NOW + HOUR)

    visit = transitions.reopen(opportunity=opportunity, by=rep, at=NOW, reason="They called.")

    assert visit.entered_at == NOW + HOUR
    assert opportunity.closings.get().reopened_at == NOW + HOUR
    assert list(run.faults()) == []


def test_an_edit_with_an_earlier_time_is_logged_after_the_last_event(opportunity):
    factories.edit(opportunity, at=NOW, description="Call them")

    times = list(opportunity.events.order_by("version").values_list("at", flat=True))
    assert times == sorted(times)
    assert reread(opportunity).modified_at == NOW + HOUR
