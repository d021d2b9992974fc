"""Outside `editing` and `start`, nothing writes to an opportunity or to what hangs on it."""

import threading

import pytest

from opportunities.editing import editing
from opportunities.models import (
    Closing,
    Event,
    Hold,
    Opportunity,
    OpportunityCompetitor,
    OutsideTheDoor,
    ProcessInstance,
    StageVisit,
    Stakeholder,
    TeamMember,
    Waiver,
    door,
)
from tests import factories
from tests.factories import NOW, QUALIFY
from tests.rows import refused

from .test_transitions import hold, waive

pytestmark = pytest.mark.django_db

GUARDED = [
    Opportunity,
    *(
        relation.related_model
        for relation in Opportunity._meta.related_objects
        if relation.on_delete.__name__ == "CASCADE"
    ),
]
"""Opportunities and all that goes when one goes."""

each_model = pytest.mark.parametrize("model", GUARDED, ids=[model.__name__ for model in GUARDED])


def row_of(model, deal):
    return model.objects.first() or model(opportunity=deal)


@pytest.fixture
def deal(rep, manager):
    """One with a row of nearly every kind."""
    deal = factories.fill(factories.OpportunityFactory(owner=rep), leave=["customer_need"])
    waive(deal, "customer_need", by=manager)
    hold(deal)
    factories.lose(deal)
    return factories.reread(deal)


@each_model
def test_a_row_is_not_saved(deal, model):
    row = row_of(model, deal)

    with refused(OutsideTheDoor):
        row.save()


@each_model
def test_a_row_is_not_deleted(deal, model):
    row = row_of(model, deal)

    with refused(OutsideTheDoor):
        row.delete()


@each_model
def test_rows_are_not_updated_by_the_dozen(deal, model):
    with refused(OutsideTheDoor):
        model.objects.update(pk=1)
    with refused(OutsideTheDoor):
        model.objects.filter(pk=0).update(pk=1)


@each_model
def test_rows_are_not_deleted_by_the_dozen(deal, model):
    with refused(OutsideTheDoor):
        model.objects.all().delete()
    with refused(OutsideTheDoor):
        model.objects.none().delete()


@each_model
def test_rows_are_not_created_or_changed_in_bulk(deal, model):
    row = row_of(model, deal)
    column = next(field.name for field in model._meta.concrete_fields if not field.primary_key)

    with refused(OutsideTheDoor):
        model.objects.bulk_create([row])
    with refused(OutsideTheDoor):
        model.objects.bulk_update([row], [column])


def test_an_opportunity_is_not_created_without_start(rep):
    stage = factories.stage(QUALIFY)
    entries = {
        "name": "Smuggled",
        "owner": rep,
        "created_by": rep,
        "created_at": NOW,
        "modified_at": NOW,
        "stage_entered_at": NOW,
        "stage_counted_from": NOW,
        "active_stage": stage,
        "pipeline_phase": stage,
        "status_reason": factories.reason("in_progress"),
    }

    with refused(OutsideTheDoor):
        Opportunity(**entries).save()
    with refused(OutsideTheDoor):
        Opportunity.objects.create(**entries)
    with refused(OutsideTheDoor):
        Opportunity.objects.get_or_create(name="Smuggled", defaults=entries)
    with refused(OutsideTheDoor):
        Opportunity.objects.update_or_create(name="Smuggled", defaults=entries)


def test_people_are_not_added_through_their_opportunity(deal, rep):
    contact, rival = factories.ContactFactory(), factories.CompetitorFactory()

    with refused(OutsideTheDoor):
        deal.stakeholders.create(contact=contact)
    with refused(OutsideTheDoor):
        deal.competitor_links.get_or_create(competitor=rival)
    with refused(OutsideTheDoor):
        deal.team_members.filter(user=rep).update(role="delivery")


def test_holding_one_opportunity_opens_no_other(deal, rep):
    other = factories.OpportunityFactory(owner=rep)
    held = factories.OpportunityFactory(owner=rep)
    contact = factories.ContactFactory()

    with refused(OutsideTheDoor), editing(held, by=rep, at=NOW):
        other.save()
    with refused(OutsideTheDoor), editing(held, by=rep, at=NOW):
        other.stakeholders.create(contact=contact)
    with refused(OutsideTheDoor), editing(held, by=rep, at=NOW) as record:
        record.pk = other.pk
        record.save()


def test_holding_one_opportunity_opens_no_mass_writes(deal, rep):
    held = factories.OpportunityFactory(owner=rep)

    with refused(OutsideTheDoor), editing(held, by=rep, at=NOW) as record:
        record.stakeholders.all().delete()
    with refused(OutsideTheDoor), editing(held, by=rep, at=NOW):
        Opportunity.objects.filter(pk=held.pk).update(name="Mine")


def test_the_door_is_shut_again_afterwards(deal, rep):
    open_deal = factories.OpportunityFactory(owner=rep)
    with editing(open_deal, by=rep, at=NOW) as record:
        record.name = "Another name"

    with refused(OutsideTheDoor):
        record.save()


def test_the_door_is_held_by_one_thread_and_not_by_its_neighbours(deal):
    caught = []

    def neighbour():
        try:
            door.check(deal.pk)
        except OutsideTheDoor as refusal:
            caught.append(refusal)

    with door.holding(deal.pk):
        door.check(deal.pk)
        thread = threading.Thread(target=neighbour)
        thread.start()
        thread.join()

    assert len(caught) == 1


def test_history_is_only_added_to(deal, rep):
    held = factories.OpportunityFactory(owner=rep)
    event = held.events.get()

    with refused(OutsideTheDoor), editing(held, by=rep, at=NOW):
        event.reason = "It was not me"
        event.save()
    with refused(OutsideTheDoor), editing(held, by=rep, at=NOW):
        event.delete()


def test_whatever_goes_with_an_opportunity_is_guarded():
    assert {Stakeholder, OpportunityCompetitor, TeamMember, ProcessInstance, StageVisit} < set(GUARDED)
    assert {Hold, Waiver, Closing, Event} < set(GUARDED)
    assert all(issubclass(model, door.BehindTheDoor) for model in GUARDED)
    assert all(isinstance(model._default_manager.all(), door.GuardedQuerySet) for model in GUARDED)
