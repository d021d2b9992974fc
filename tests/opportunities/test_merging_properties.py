"""Merges of contacts and competitors on random opportunities: nothing is lost, and undoing puts everything back."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities import merging
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.models import (
    Attitude,
    Influence,
    Opportunity,
    OpportunityCompetitor,
    Presentation,
    Stakeholder,
    StakeholderRole,
)
from opportunities.verify import run
from tests.support import factories
from tests.support.db_assertions import rows_of
from tests.support.factories import CLOSE, HOUR, NOW, PROPOSE, QUALIFY

pytestmark = [pytest.mark.django_db, pytest.mark.machine]

PEOPLE = 3
OF_EVERY_WRITE = {"version", "modified_at"}
TABLES = (Account, Contact, Competitor, Opportunity, Stakeholder, OpportunityCompetitor, Presentation)

stances = st.fixed_dictionaries(
    {
        "roles": st.sets(st.sampled_from(StakeholderRole.values), max_size=3).map(tuple),
        "attitude": st.sampled_from(Attitude.values),
        "influence": st.sampled_from(Influence.values),
        "note": st.sampled_from(["", "Likes us", "x" * 400]),
    }
)
deals = st.fixed_dictionaries(
    {
        "stage": st.sampled_from([QUALIFY, PROPOSE]),
        "stakes": st.dictionaries(st.integers(0, PEOPLE - 1), stances, max_size=PEOPLE),
        "contact": st.none() | st.integers(0, PEOPLE - 1),
        "attendees": st.sets(st.integers(0, PEOPLE - 1), max_size=PEOPLE),
        "ends": st.sampled_from(["", "won", "lost"]),
    }
)
merges = st.lists(st.permutations(range(PEOPLE)).map(lambda order: tuple(order[:2])), min_size=1, max_size=2)


def contents():
    """Every row that a merge may write, without what every write changes."""
    return {
        model: [{name: row[name] for name in row if name not in OF_EVERY_WRITE} for row in rows_of(model)]
        for model in TABLES
    }


def make(deal, people, owner):
    """An opportunity with these stakeholders. It is closed last, so that everything can be written."""
    is_won = deal["ends"] == "won"
    begins = factories.ready_opportunity if is_won else factories.opportunity_in
    opportunity = begins(CLOSE if is_won else deal["stage"], owner=owner)
    for person, stance in deal["stakes"].items():
        factories.add_stakeholder(opportunity, contact=people[person], **stance)
    if deal["contact"] is not None:
        factories.edit(opportunity, contact=people[deal["contact"]])
    factories.present(opportunity, attendees=[people[each] for each in deal["attendees"]])
    if is_won:
        factories.win(factories.reread(opportunity))
    elif deal["ends"] == "lost":
        factories.lose(factories.reread(opportunity), waive_because="x")
    return opportunity


def said_about(opportunity, ids):
    """What the stakeholders with these contacts say together."""
    rows = list(opportunity.stakeholders.filter(contact__in=ids))
    roles = {role for row in rows for role in row.roles} - {StakeholderRole.STAKEHOLDER}
    strongest = min((Influence.values.index(row.influence) for row in rows), default=None)  # high comes first
    return roles, strongest, any(row.attitude == Attitude.OPPONENT for row in rows)


def figures(opportunity):
    names = ("status", "actual_revenue", "closed_on", "active_stage_id", "is_ready", "unmet_steps", "stage_entered_at")
    return {name: getattr(factories.reread(opportunity), name) for name in names}


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=st.lists(deals, min_size=1, max_size=2), order=merges)
def test_every_stakeholder_is_accounted_for_and_undoing_restores_every_row(manager, made, order):
    with transaction.atomic():
        people = [factories.ContactFactory() for _ in range(PEOPLE)]
        opportunities = [make(deal, people, manager) for deal in made]
        states, done = [], []
        for stays, goes in order:
            pair = [people[stays].pk, people[goes].pk]
            if Contact.objects.filter(pk__in=pair).count() < 2:
                continue
            before = [said_about(each, pair) for each in opportunities]
            closed = [figures(each) for each in opportunities]
            states.append(contents())

            done.append(merging.merge(Contact, survivor=pair[0], gone=pair[1], by=manager, at=NOW + HOUR))

            assert [said_about(each, [pair[0]]) for each in opportunities] == before
            assert [figures(each) for each in opportunities] == closed
            assert not Stakeholder.objects.filter(contact=pair[1]).exists()
            assert all(pair[1] not in {one["id"] for one in row.attendees} for row in Presentation.objects.all())
            assert [fault.what for fault in run.faults() if not fault.is_stricter_later] == []
        for merge, state in zip(reversed(done), reversed(states), strict=True):
            merging.undo(merge.pk, by=manager, at=NOW + HOUR)
            assert contents() == state
        assert [fault.what for fault in run.faults() if not fault.is_stricter_later] == []
        transaction.set_rollback(True)
