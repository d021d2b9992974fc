"""An import brings opportunities in by the ordinary moves: as legal as any, and never past a gate for a rep."""

from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.models import Event, Waiver
from opportunities.transitions import Arrival, LostAnswers, WonAnswers
from opportunities.verify import run
from tests.support import factories
from tests.support.factories import DAY, DEVELOP, NOW, PROPOSE, QUALIFY, reread

pytestmark = pytest.mark.django_db

CREATED = NOW - 300 * DAY
ENTERED = NOW - 100 * DAY
Kind = Event.Kind


def arrival(owner, **more):
    return Arrival(**{"name": "Fleet telematics", "owner": owner, "created_at": CREATED, **more})


def bring_in(by, owner, *, keep=True, **more):
    return transitions.bring_in(by=by, at=NOW, arrival=arrival(owner, **more), keep=keep)


def stages_of(opportunity):
    visits = opportunity.visits.select_related("stage")
    return [(visit.stage.name_en, visit.entered_at) for visit in visits]


def won(**more):
    return WonAnswers(**{"reason": None, "closed_on": (NOW - 10 * DAY).date(), "description": "", **more})


def lost(**more):
    return LostAnswers(**{"reason": factories.reason("no_fit"), "closed_on": (NOW - 10 * DAY).date(), **more})


def test_a_manager_keeps_the_stage_of_an_open_opportunity(rep, manager):
    opportunity = bring_in(manager, rep, stage=factories.stage(PROPOSE), stage_entered_at=ENTERED)

    now = reread(opportunity)
    assert (now.active_stage.name_en, now.stage_entered_at, now.created_at) == (PROPOSE, ENTERED, CREATED)
    assert stages_of(now) == [(QUALIFY, CREATED), (PROPOSE, ENTERED)]
    waivers = now.waivers.all()
    assert {waiver.kind for waiver in waivers} == {Waiver.Kind.IMPORTED}
    assert {(waiver.at, waiver.by) for waiver in waivers} == {(NOW, manager)}
    assert (len(waivers), now.steps_to_catch_up, now.missing_behind) == (10, 10, 0)
    events = list(now.events.order_by("version"))
    assert [(event.kind, event.at, event.imported_at) for event in events] == [
        (Kind.STARTED, CREATED, NOW),
        (Kind.JUMPED, ENTERED, NOW),
        (Kind.IMPORTED, NOW, None),
    ]
    assert list(run.faults()) == []


def test_a_won_opportunity_comes_in_as_won(rep, manager):
    opportunity = bring_in(manager, rep, closing=won(actual_revenue=Decimal(900)))

    assert (opportunity.status, opportunity.actual_revenue) == ("won", 900)
    assert list(run.faults()) == []


def test_a_lost_opportunity_comes_in_as_lost(rep, manager):
    opportunity = bring_in(manager, rep, closing=lost(), stage=factories.stage(DEVELOP))

    assert (opportunity.status, opportunity.active_stage.name_en) == ("lost", DEVELOP)
    assert list(run.faults()) == []
