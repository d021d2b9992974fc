"""Two users at the same time. These tests need row locks, so they run on PostgreSQL only."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy as shallow_copy
from functools import partial

import pytest
from django.db import connection

from opportunities import transitions
from opportunities.editing import children
from opportunities.models import Event, Opportunity, ProcessInstance, StageVisit, Stakeholder, write_guard
from opportunities.verify import run
from tests.support import factories, pages
from tests.support.factories import DEVELOP, NOW, QUALIFY

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writer waits for the other"),
]

ROUNDS = 200
WAIT = 30  # seconds


class Refusal:
    """The result of a thread that was refused. Any other exception fails the test."""

    def __init__(self, refusal):
        self.kind = type(refusal)


@contextmanager
def two_at_once():
    """Gives a function that runs two acts in two threads at the same moment and returns both results."""
    gate = threading.Barrier(2, timeout=WAIT)

    def run(act, pause):
        gate.wait()
        time.sleep(pause)
        try:
            return act()
        except transitions.Refused as refusal:
            return Refusal(refusal)

    def leave():
        gate.wait()
        connection.close()

    with ThreadPoolExecutor(2) as pool:

        def both(*acts):
            # Sometimes one act begins up to 10 ms before the other, so that they overlap in different places.
            pauses = [0, random.choice([0, random.uniform(0, 0.01)])]
            random.shuffle(pauses)
            futures = [pool.submit(run, act, pause) for act, pause in zip(acts, pauses, strict=True)]
            return [future.result(WAIT) for future in futures]

        try:
            yield both
        finally:
            for future in [pool.submit(leave), pool.submit(leave)]:
                future.result(WAIT)


@pytest.fixture
def opportunities(rep, colleague):
    """One opportunity for each round. It is ready to leave Qualify, and both users may move it."""
    first = factories.OpportunityFactory(owner=rep)
    factories.add_team_member(first, user=colleague)
    return copies(factories.fill(first, QUALIFY), ROUNDS)


def copies(first, number):
    """Copies the opportunity and its child rows this many times, in a few statements."""
    with write_guard.guarded_every():
        opportunities = Opportunity.objects.bulk_create(copy(first) for _ in range(number))
        for rows in (first.instances, first.stakeholders, first.team_members):
            rows.model.objects.bulk_create(
                copy(row, opportunity=opportunity) for opportunity in opportunities for row in rows.all()
            )
        Event.objects.bulk_create(
            copy(
                event,
                opportunity=opportunity,
                children=[with_id_of_copy(child, opportunity) for child in event.children],
            )
            for opportunity in opportunities
            for event in first.events.all()
        )
        instances = ProcessInstance.objects.filter(opportunity__in=opportunities)
        begun = first.visits.get()
        StageVisit.objects.bulk_create(
            copy(begun, instance=instance, opportunity_id=instance.opportunity_id) for instance in instances
        )
    return opportunities


def with_id_of_copy(child, opportunity):
    """The logged child row with the id that it has on this copy."""
    table = children.CHILDREN[child["table"]]
    rows = table.rows_of(opportunity).values()
    return {**child, "id": next(row.pk for row in rows if str(row) == child["name"])}


def copy(row, **changes):
    row = shallow_copy(row)
    row.pk, row._state.adding = None, True
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def where(opportunity):
    return factories.reread(opportunity).active_stage.name_en


def is_consistent():
    """Whether verify finds no fault: open visits, versions, events, gates and counts."""
    return list(run.faults()) == []


def test_next_stage_pressed_by_two_users_at_once_moves_once(opportunities, rep, colleague, client_of):
    clients = client_of(rep), client_of(colleague)

    with two_at_once() as both:
        for opportunity in opportunities:
            address = f"/opportunities/{opportunity.pk}/advance/"
            answers = both(*(partial(client.post, address, pages.drawn_for(opportunity)) for client in clients))

            assert sorted(answer.status_code for answer in answers) == [303, 409]
            assert where(opportunity) == DEVELOP
            assert opportunity.events.filter(kind=Event.Kind.ADVANCED).count() == 1

    assert is_consistent()


def test_a_move_and_an_edit_that_empties_a_required_field_exclude_each_other(opportunities, rep, colleague):
    seen = set()

    with two_at_once() as both:
        for opportunity in opportunities:
            moved, blanked = both(
                partial(transitions.advance, opportunity=opportunity, by=rep, at=NOW),
                partial(factories.edit, opportunity, by=colleague, purchase_timeframe=""),
            )

            after = (where(opportunity), factories.reread(opportunity).purchase_timeframe)
            if isinstance(moved, Refusal):
                assert (moved.kind, after) == (transitions.GateClosed, (QUALIFY, ""))
                assert not isinstance(blanked, Refusal)
            else:
                assert (blanked.kind, after) == (transitions.PassedGate, (DEVELOP, "this_quarter"))
            seen.add(type(moved))

    assert is_consistent()
    assert len(seen) == 2, "one of the two was always first: there was no race"


def test_a_move_and_the_removal_of_the_decision_maker_exclude_each_other(opportunities, rep, colleague):
    seen = set()

    with two_at_once() as both:
        for opportunity in opportunities:
            last = opportunity.stakeholders.get(role=Stakeholder.Role.DECISION_MAKER)

            moved, removed = both(
                partial(transitions.advance, opportunity=opportunity, by=rep, at=NOW),
                partial(factories.remove, last, by=colleague),
            )

            after = (where(opportunity), opportunity.stakeholders.filter(role=Stakeholder.Role.DECISION_MAKER).count())
            if isinstance(moved, Refusal):
                assert (moved.kind, after) == (transitions.GateClosed, (QUALIFY, 0))
                assert removed is None
            else:
                assert (removed.kind, after) == (transitions.PassedGate, (DEVELOP, 1))
            seen.add(type(moved))

    assert is_consistent()
    assert len(seen) == 2, "one of the two was always first: there was no race"
