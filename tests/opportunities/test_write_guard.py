"""Outside `editing` and `start`, nothing writes to an opportunity or to what hangs on it."""

import contextlib
import threading

import pytest
from django.apps import apps
from django.db import transaction

from opportunities import transitions
from opportunities.editing import children, editing
from opportunities.models import (
    CloseRequest,
    Closing,
    Event,
    Hold,
    Opportunity,
    OpportunityCompetitor,
    ProcessInstance,
    StageVisit,
    Stakeholder,
    Task,
    TeamMember,
    UnguardedWrite,
    Waiver,
    write_guard,
)
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import CLOSE, NOW, QUALIFY
from tests.support.moves import hold, waive

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


def row_of(model, opportunity):
    return model.objects.first() or model(opportunity=opportunity)


@pytest.fixture
def opportunity(rep, manager):
    """One with a row of nearly every kind."""
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep), leave=["customer_need"])
    waive(opportunity, "customer_need", by=manager)
    hold(opportunity)
    factories.lose(opportunity)
    return factories.reread(opportunity)


@pytest.fixture
def everything_there(rep, colleague, manager):
    """Opportunities with a row of every guarded kind, and one waiver that was given for a closing."""
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep), leave=["customer_need"])
    waive(opportunity, "customer_need", by=manager)
    transitions.ask_manager(opportunity=opportunity, by=rep, at=NOW, reason="They do not answer.")
    factories.plan(opportunity)
    hold(opportunity)
    lost = factories.OpportunityFactory(owner=rep)
    factories.lose(lost, by=manager, waive_because="They do not answer.")
    return factories.reread(opportunity)


@each_model
def test_a_row_is_not_saved(opportunity, model):
    row = row_of(model, opportunity)

    with refused(UnguardedWrite):
        row.save()


@each_model
def test_a_row_is_not_deleted(opportunity, model):
    row = row_of(model, opportunity)

    with refused(UnguardedWrite):
        row.delete()


@each_model
def test_rows_are_not_updated_by_the_dozen(opportunity, model):
    with refused(UnguardedWrite):
        model.objects.update(pk=1)
    with refused(UnguardedWrite):
        model.objects.filter(pk=0).update(pk=1)


@each_model
def test_rows_are_not_deleted_by_the_dozen(opportunity, model):
    with refused(UnguardedWrite):
        model.objects.all().delete()
    with refused(UnguardedWrite):
        model.objects.none().delete()


@each_model
def test_rows_are_not_created_or_changed_in_bulk(opportunity, model):
    row = row_of(model, opportunity)
    column = next(field.name for field in model._meta.concrete_fields if not field.primary_key)

    with refused(UnguardedWrite):
        model.objects.bulk_create([row])
    with refused(UnguardedWrite):
        model.objects.bulk_update([row], [column])


def relations_to_guarded_models():
    """Every attribute of any model that leads to guarded rows: `account.opportunities`, `stage.visits` and so on."""
    return [
        (model, relation.get_accessor_name(), relation.field)
        for model in apps.get_models()
        for relation in model._meta.related_objects
        if relation.related_model in GUARDED and not relation.hidden
    ]


def each(relations):
    names = [f"{model.__name__}.{accessor}" for model, accessor, field in relations]
    return pytest.mark.parametrize(("model", "accessor", "field"), relations, ids=names)


each_relation = each(relations_to_guarded_models())
each_relation_that_may_be_empty = each([each for each in relations_to_guarded_models() if each[2].null])


def two_ends(model, field):
    """A guarded row, and an object of `model`: one that the row does not belong to, if there is one."""
    row = field.model.objects.exclude(**{field.name: None}).first() or field.model.objects.first()
    other = model.objects.exclude(pk=getattr(row, field.attname)).first()
    return row, other or model.objects.first()


def refused_write():
    """Django writes related rows in a transaction without a savepoint, so the block has one of its own."""
    stack = contextlib.ExitStack()
    stack.enter_context(refused(UnguardedWrite))
    stack.enter_context(transaction.atomic())
    return stack


@each_relation
def test_no_relation_writes_guarded_rows(everything_there, rep, model, accessor, field):
    row, owner = two_ends(model, field)
    related = getattr(owner, accessor)
    held = factories.OpportunityFactory(owner=rep)

    for bulk in (True, False):
        with refused_write():
            related.add(row, bulk=bulk)
        with refused_write():
            related.set([row], bulk=bulk)
    with refused_write():
        related.all().update(**{field.name: owner})
    with refused_write():
        related.all().delete()
    with refused_write():
        related.bulk_create([row])
    with refused_write(), editing(held, by=rep, at=NOW):
        related.add(row)


@each_relation_that_may_be_empty
def test_no_relation_that_may_be_empty_removes_or_clears_guarded_rows(everything_there, model, accessor, field):
    row = field.model.objects.exclude(**{field.name: None}).first()
    related = getattr(getattr(row, field.name), accessor)

    for bulk in (True, False):
        with refused_write():
            related.remove(row, bulk=bulk)
        with refused_write():
            related.clear(bulk=bulk)
        with refused_write():
            related.set([], bulk=bulk)


def test_the_relations_that_were_found_to_leak_are_among_those_tried():
    found = {f"{model.__name__}.{accessor}" for model, accessor, field in relations_to_guarded_models()}

    assert {"Account.opportunities", "User.opportunities", "Contact.stakes", "Opportunity.stakeholders"} <= found
    assert {"Opportunity.events", "Stage.visits", "Closing.waivers", "StageVisit.holds", "Step.waivers"} <= found


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

    with refused(UnguardedWrite):
        Opportunity(**entries).save()
    with refused(UnguardedWrite):
        Opportunity.objects.create(**entries)
    with refused(UnguardedWrite):
        Opportunity.objects.get_or_create(name="Smuggled", defaults=entries)
    with refused(UnguardedWrite):
        Opportunity.objects.update_or_create(name="Smuggled", defaults=entries)


def test_people_are_not_added_through_their_opportunity(opportunity, rep):
    contact, rival = factories.ContactFactory(), factories.CompetitorFactory()

    with refused(UnguardedWrite):
        opportunity.stakeholders.create(contact=contact)
    with refused(UnguardedWrite):
        opportunity.competitor_links.get_or_create(competitor=rival)
    with refused(UnguardedWrite):
        opportunity.team_members.filter(user=rep).update(role="delivery")


def test_holding_one_opportunity_opens_no_other(opportunity, rep):
    other = factories.OpportunityFactory(owner=rep)
    held = factories.OpportunityFactory(owner=rep)
    contact = factories.ContactFactory()

    with refused(UnguardedWrite), editing(held, by=rep, at=NOW):
        other.save()
    with refused(UnguardedWrite), editing(held, by=rep, at=NOW):
        other.stakeholders.create(contact=contact)
    with refused(UnguardedWrite), editing(held, by=rep, at=NOW) as record:
        record.pk = other.pk
        record.save()


def test_holding_one_opportunity_opens_no_mass_writes(opportunity, rep):
    held = factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(held, by=rep, at=NOW) as record:
        record.stakeholders.all().delete()
    with refused(UnguardedWrite), editing(held, by=rep, at=NOW):
        Opportunity.objects.filter(pk=held.pk).update(name="Mine")


def test_the_door_is_shut_again_afterwards(opportunity, rep):
    open_opportunity = factories.OpportunityFactory(owner=rep)
    with editing(open_opportunity, by=rep, at=NOW) as record:
        record.name = "Another name"

    with refused(UnguardedWrite):
        record.save()


def test_the_door_is_held_by_one_thread_and_not_by_its_neighbours(opportunity):
    caught = []

    def neighbour():
        try:
            write_guard.check(opportunity.pk)
        except UnguardedWrite as refusal:
            caught.append(refusal)

    with write_guard.guarded(opportunity.pk):
        write_guard.check(opportunity.pk)
        thread = threading.Thread(target=neighbour)
        thread.start()
        thread.join()

    assert len(caught) == 1


# What an editing block may write


MOVES_ONLY = [ProcessInstance, StageVisit, Hold, Waiver, Closing, CloseRequest, Event]


def test_an_editing_block_writes_stakeholders_competitors_the_team_and_tasks_and_nothing_else():
    assert children.editable_models(is_open=True) == {Stakeholder, OpportunityCompetitor, TeamMember, Task}
    assert set(GUARDED) - children.editable_models(is_open=True) == {Opportunity, *MOVES_ONLY}


@pytest.mark.parametrize("model", MOVES_ONLY, ids=lambda model: model.__name__)
def test_an_editing_block_saves_and_deletes_nothing_that_moves_write(everything_there, rep, model):
    row = model.objects.filter(opportunity__status="open").first()
    held = row.opportunity if row else everything_there
    row = row or model(opportunity=held)

    with refused(UnguardedWrite), editing(held, by=rep, at=NOW):
        row.save()
    with refused(UnguardedWrite), editing(held, by=rep, at=NOW):
        row.delete()


def test_an_editing_block_moves_no_opportunity_by_its_process_instance(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        instance = record.instances.get()
        instance.active_stage = factories.stage(CLOSE)
        instance.save()


def test_an_editing_block_of_a_rep_takes_no_waiver(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        record.waivers.create(step=factories.step("contact"), at=NOW, by=rep, reason=" ")


def test_an_editing_block_saves_no_copy_of_the_opportunity(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    copy = factories.reread(opportunity)
    copy.active_stage = factories.stage(CLOSE)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW):
        copy.save()


def test_an_editing_block_deletes_no_opportunity(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        record.delete()


# A row stays on its opportunity


@pytest.fixture
def two_opportunities(rep):
    """One that is edited, and another with a stakeholder of its own."""
    held, other = factories.OpportunityFactory(owner=rep), factories.OpportunityFactory(owner=rep)
    return held, other, factories.add_stakeholder(other)


def test_a_row_of_another_opportunity_is_not_moved_over(two_opportunities, rep):
    held, _other, row = two_opportunities

    with refused(UnguardedWrite), editing(held, by=rep, at=NOW) as record:
        row.opportunity = record
        row.save()
    with refused(UnguardedWrite), editing(held, by=rep, at=NOW) as record, transaction.atomic():
        record.stakeholders.add(row, bulk=False)
    with refused(UnguardedWrite), editing(held, by=rep, at=NOW) as record:
        record.stakeholders.add(row)
    with refused(UnguardedWrite), editing(held, by=rep, at=NOW) as record:
        Stakeholder.objects.update_or_create(pk=row.pk, defaults={"opportunity": record})


def test_a_row_of_another_opportunity_is_not_deleted_under_a_false_name(two_opportunities, rep):
    held, _other, row = two_opportunities

    with refused(UnguardedWrite), editing(held, by=rep, at=NOW) as record:
        row.opportunity = record
        row.delete()


def test_a_row_that_was_read_in_part_is_not_moved_over_either(two_opportunities, rep):
    held, _other, row = two_opportunities
    in_part = Stakeholder.objects.only("id").get(pk=row.pk)

    with refused(UnguardedWrite), editing(held, by=rep, at=NOW) as record:
        in_part.opportunity = record
        in_part.save()


def test_a_row_does_not_take_the_place_of_one_of_another_opportunity(two_opportunities, rep):
    held, _other, row = two_opportunities
    mine = factories.add_stakeholder(held)

    with refused(UnguardedWrite), editing(held, by=rep, at=NOW):
        mine.pk = row.pk
        mine.save()


def test_a_new_row_with_the_id_of_another_overwrites_nothing(two_opportunities, rep):
    held, _other, row = two_opportunities

    with refused(transitions.BrokenConstraint), editing(held, by=rep, at=NOW) as record:
        Stakeholder(pk=row.pk, opportunity=record, contact=factories.ContactFactory()).save()


def test_a_row_is_changed_and_removed_on_its_own_opportunity(two_opportunities, rep):
    _held, other, row = two_opportunities

    with editing(other, by=rep, at=NOW):
        row.note = "Signs in the end"
        row.save()
        row.save()
    assert other.stakeholders.get().note == "Signs in the end"

    with editing(other, by=rep, at=NOW):
        row.delete()
    assert not other.stakeholders.exists()


def test_history_is_only_added_to(opportunity, rep):
    held = factories.OpportunityFactory(owner=rep)
    event = held.events.get()

    with refused(UnguardedWrite), editing(held, by=rep, at=NOW):
        event.reason = "It was not me"
        event.save()
    with refused(UnguardedWrite), editing(held, by=rep, at=NOW):
        event.delete()


def test_whatever_goes_with_an_opportunity_is_guarded():
    assert {Stakeholder, OpportunityCompetitor, TeamMember, ProcessInstance, StageVisit} < set(GUARDED)
    assert {Hold, Waiver, Closing, Event} < set(GUARDED)
    assert all(issubclass(model, write_guard.Guarded) for model in GUARDED)
    assert all(isinstance(model._default_manager.all(), write_guard.GuardedQuerySet) for model in GUARDED)
    assert all(isinstance(model._base_manager.all(), write_guard.GuardedQuerySet) for model in GUARDED)
