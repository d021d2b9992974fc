"""Two users at the same time. These tests need row locks, so they run on PostgreSQL only."""

import random
import re
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
from salesflow import once
from salesflow.users.models import Unit
from tests.support import board, closing_pages, factories, pages
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    UnitFactory,
    finished_opportunity,
    ready_opportunity,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writer waits for the other"),
]

ROUNDS = 200
UNIT_ROUNDS = 20
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
            last = opportunity.stakeholders.get(roles=Stakeholder.Role.DECISION_MAKER)

            moved, removed = both(
                partial(transitions.advance, opportunity=opportunity, by=rep, at=NOW),
                partial(factories.remove, last, by=colleague),
            )

            after = (where(opportunity), opportunity.stakeholders.filter(roles=Stakeholder.Role.DECISION_MAKER).count())
            if isinstance(moved, Refusal):
                assert (moved.kind, after) == (transitions.GateClosed, (QUALIFY, 0))
                assert removed is None
            else:
                assert (removed.kind, after) == (transitions.PassedGate, (DEVELOP, 1))
            seen.add(type(moved))

    assert is_consistent()
    assert len(seen) == 2, "one of the two was always first: there was no race"


# Answers that save themselves


def answer(client, opportunity, field, value, page):
    """Posts the answer to one step as a page does that was opened at this version."""
    address = f"/opportunities/{opportunity.pk}/answer/{factories.step(field).pk}/"
    return client.post(address, {field: value, "ticks": "", "version": opportunity.version, "token": page})


def opened(opportunities):
    """The opportunities with the versions that the pages show."""
    return [factories.reread(opportunity) for opportunity in opportunities[:FEW]]


FEW = 60  # rounds of a race between two requests
DRAGS = 25  # rounds of a race of two drags


def test_answers_of_two_users_to_different_steps_at_once_are_both_saved(opportunities, rep, colleague, client_of):
    mine, theirs = client_of(rep), client_of(colleague)

    with two_at_once() as both:
        for opportunity in opened(opportunities):
            answers = both(
                partial(answer, mine, opportunity, "customer_need", "Lorries", once.new_token()),
                partial(answer, theirs, opportunity, "proposed_solution", "Sensors", once.new_token()),
            )

            after = factories.reread(opportunity)
            assert [each.status_code for each in answers] == [200, 200]
            assert (after.customer_need, after.proposed_solution) == ("Lorries", "Sensors")

    assert is_consistent()


def test_of_two_answers_to_the_same_step_at_once_the_second_is_a_conflict(opportunities, rep, colleague, client_of):
    mine, theirs = client_of(rep), client_of(colleague)

    with two_at_once() as both:
        for opportunity in opened(opportunities):
            first, second = both(
                partial(answer, mine, opportunity, "customer_need", "Lorries", once.new_token()),
                partial(answer, theirs, opportunity, "customer_need", "Ships", once.new_token()),
            )

            assert sorted([first.status_code, second.status_code]) == [200, 409]
            saved = "Lorries" if first.status_code == 200 else "Ships"
            assert factories.reread(opportunity).customer_need == saved

    assert is_consistent()


def test_two_answers_of_one_page_at_once_are_no_conflict(opportunities, rep, client_of):
    clients = client_of(rep), client_of(rep)

    with two_at_once() as both:
        for opportunity in opened(opportunities):
            page = once.new_token()
            answers = both(
                partial(answer, clients[0], opportunity, "customer_need", "Lorries", page),
                partial(answer, clients[1], opportunity, "customer_need", "Ships", page),
            )

            assert [each.status_code for each in answers] == [200, 200]
            assert factories.reread(opportunity).customer_need in ("Lorries", "Ships")

    assert is_consistent()


def test_an_answer_and_next_stage_at_once_exclude_each_other(opportunities, rep, colleague, client_of):
    """The answer takes away what the gate needs."""
    mine, theirs = client_of(rep), client_of(colleague)
    seen = set()

    with two_at_once() as both:
        for opportunity in opened(opportunities):
            address = f"/opportunities/{opportunity.pk}/advance/"
            moved, emptied = both(
                partial(mine.post, address, pages.drawn_for(opportunity)),
                partial(answer, theirs, opportunity, "purchase_timeframe", "", once.new_token()),
            )

            after = (where(opportunity), factories.reread(opportunity).purchase_timeframe)
            results = {(303, 422): (DEVELOP, "this_quarter"), (422, 200): (QUALIFY, "")}
            assert results[moved.status_code, emptied.status_code] == after
            seen.add(moved.status_code)

    assert is_consistent()
    assert len(seen) == 2, "one of the two was always first: there was no race"


def test_an_answer_and_a_save_of_the_same_step_at_once_lose_neither_without_a_word(
    opportunities, rep, colleague, client_of
):
    mine, theirs = client_of(rep), client_of(colleague)
    develop = factories.stage(DEVELOP).pk

    with two_at_once() as both:
        for opportunity in opened(opportunities):
            panel = {"stage": develop, "version": opportunity.version, "ticks": "", "customer_need": "Ships"}
            saved, answered = both(
                partial(theirs.post, f"/opportunities/{opportunity.pk}/save/", panel),
                partial(answer, mine, opportunity, "customer_need", "Lorries", once.new_token()),
            )

            now = factories.reread(opportunity).customer_need
            results = {(303, 409): "Ships", (409, 200): "Lorries"}
            assert results[saved.status_code, answered.status_code] == now

    assert is_consistent()


# The board


MOVES = (Event.Kind.ADVANCED, Event.Kind.JUMPED, Event.Kind.WENT_BACK, Event.Kind.FINISHED, Event.Kind.WON)


def moves_of(opportunity):
    return list(opportunity.events.filter(kind__in=MOVES).order_by("pk").values_list("kind", flat=True))


def test_a_card_dragged_by_two_users_at_once_is_moved_once_and_the_other_is_told_by_whom(
    opportunities, rep, colleague, client_of
):
    people = rep, colleague
    clients = [client_of(person) for person in people]
    first = set()

    with two_at_once() as both:
        for opportunity in opened(opportunities)[:DRAGS]:
            named = pages.drawn_for(opportunity)
            answers = both(*(partial(board.drop, client, opportunity, DEVELOP, named) for client in clients))

            assert sorted(answer.status_code for answer in answers) == [200, 409]
            mover = next(at for at, answer in enumerate(answers) if answer.status_code == 200)
            refused = answers[1 - mover]
            assert f"{people[mover]} moved it to Develop" in refused.content.decode()
            assert board.arrived(refused) == {opportunity.pk: factories.stage(DEVELOP).pk}
            assert (where(opportunity), moves_of(opportunity)) == (DEVELOP, [Event.Kind.ADVANCED])
            first.add(mover)

    assert is_consistent()
    assert len(first) == 2, "one of the two was always first: there was no race"


def finish(client, opportunity, named):
    return board.drop(client, opportunity, "finish", named)


def close_as_won(client, opportunity, named):
    return client.post(closing_pages.url("close_as_won", opportunity), closing_pages.winning(opportunity) | named)


@pytest.mark.parametrize(
    ("make", "end", "kind", "said"),
    [
        (ready_opportunity, finish, Event.Kind.FINISHED, "finished the process"),
        (finished_opportunity, close_as_won, Event.Kind.WON, "closed it as won"),
    ],
    ids=["finishes", "closes"],
)
def test_a_card_dragged_back_while_another_ends_it_does_one_of_the_two_and_the_later_is_told(
    rep, colleague, client_of, make, end, kind, said
):
    mine, theirs = client_of(rep), client_of(colleague)
    ready = [make(**({"stage_name": CLOSE} if end is finish else {}), owner=rep) for _ in range(UNIT_ROUNDS)]
    for opportunity in ready:
        factories.add_team_member(opportunity, user=colleague)
    seen = set()

    with two_at_once() as both:
        for opportunity in ready:
            named, before = pages.drawn_for(opportunity), moves_of(opportunity)
            dragged, ended = both(
                partial(board.drop, mine, opportunity, PROPOSE, named), partial(end, theirs, opportunity, named)
            )

            is_back = dragged.status_code == 200
            assert 409 in (dragged.status_code, ended.status_code)
            assert moves_of(opportunity) == [*before, Event.Kind.WENT_BACK if is_back else kind]
            assert where(opportunity) == (PROPOSE if is_back else CLOSE)
            if is_back:
                assert f"{rep} moved it to Propose" in ended.content.decode()
            else:
                assert f"{colleague} {said}" in dragged.content.decode()
                assert board.arrived(dragged) == {opportunity.pk: factories.stage(CLOSE).pk} or end is close_as_won
            seen.add(is_back)

    assert is_consistent()
    assert len(seen) == 2, "one of the two was always first: there was no race"


def test_two_units_that_become_part_of_each_other_at_once_make_no_circle(manager, client_of):
    north, south = UnitFactory(name="North"), UnitFactory(name="South")
    clients = client_of(manager), client_of(manager)

    with two_at_once() as both:
        for _ in range(UNIT_ROUNDS):
            Unit.objects.update(parent=None)
            below = [partial(put_below, *each) for each in zip(clients, (north, south), (south, north), strict=True)]
            forms = [drawn() for drawn in below]
            answers = both(*(partial(client.post, *form) for client, form in zip(clients, forms, strict=True)))

            assert sorted(answer.status_code for answer in answers) == [200, 302]
            [refused] = [answer for answer in answers if answer.status_code == 200]
            assert "is part of" in refused.content.decode()
            assert Unit.objects.filter(parent=None).count() == 1

    assert is_consistent()


def put_below(client, unit, parent):
    """The address and the entries that put the unit below the other one, on a page that is rendered now."""
    address = f"/admin/users/unit/{unit.pk}/change/"
    state = re.search(r'name="page_state" value="([^"]+)"', client.get(address).content.decode())[1]
    return address, {"name": unit.name, "parent": parent.pk, "lead": "", "page_state": state}
