"""Opportunities and their child rows are written only inside `editing`, `start` and the moves."""

import contextlib
import threading

import pytest
from django.apps import apps
from django.db import transaction

from opportunities import transitions
from opportunities.editing import children, editing
from opportunities.models import (
    Attachment,
    CloseRequest,
    Closing,
    Debrief,
    Event,
    Hold,
    Note,
    Opportunity,
    OpportunityCompetitor,
    OpportunityMail,
    Presentation,
    ProcessInstance,
    StageVisit,
    Stakeholder,
    Task,
    TeamMember,
    UnguardedWrite,
    Waiver,
    WaiverRequest,
    write_guard,
)
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import CLOSE, NOW, QUALIFY
from tests.support.moves import approve_waiver, ask_for_waiver, hold, waive

pytestmark = pytest.mark.django_db

GUARDED = [
    Opportunity,
    *(
        relation.related_model
        for relation in Opportunity._meta.related_objects
        if relation.on_delete.__name__ == "CASCADE"
    ),
]
"""Opportunities, and the models whose rows are deleted with an opportunity."""


def row_of(model, opportunity):
    return model.objects.first() or model(opportunity=opportunity)


@pytest.fixture
def opportunity(rep, manager):
    """An opportunity with a row in nearly every guarded table."""
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep), leave=["customer_need"])
    waive(opportunity, "customer_need", by=manager)
    hold(opportunity)
    factories.lose(opportunity)
    return factories.reread(opportunity)


@pytest.fixture
def opportunity_with_all_rows(rep, colleague, manager):
    """An opportunity on hold. Every guarded table has a row. One waiver belongs to a closing, one row is a copy."""
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep), leave=["customer_need"])
    factories.ask(opportunity, by=rep, at=NOW, description="They do not answer.")
    ask_for_waiver(opportunity, "customer_need")
    approve_waiver(opportunity, "customer_need", by=manager)
    factories.write_note(opportunity)
    presented, _other = factories.upload(opportunity), factories.upload(opportunity, name="Terms.pdf")
    factories.present(opportunity, file=presented)
    factories.file_debrief(opportunity, competitor=factories.CompetitorFactory())
    factories.write_mail(opportunity)
    factories.plan(opportunity)
    hold(opportunity)
    lost = factories.OpportunityFactory(owner=rep)
    factories.lose(lost, by=manager, waive_because="They do not answer.")
    transitions.copy(opportunity=lost, by=rep, at=NOW, name="Fleet, again")
    return factories.reread(opportunity)


def test_a_row_cannot_be_saved_outside_editing(opportunity, subtests):
    for model in GUARDED:
        with subtests.test(model.__name__):
            row = row_of(model, opportunity)
            with refused(UnguardedWrite):
                row.save()


def test_a_row_cannot_be_deleted_outside_editing(opportunity, subtests):
    for model in GUARDED:
        with subtests.test(model.__name__):
            row = row_of(model, opportunity)
            with refused(UnguardedWrite):
                row.delete()


def test_rows_cannot_be_updated_by_a_queryset(opportunity, subtests):
    for model in GUARDED:
        with subtests.test(model.__name__):
            with refused(UnguardedWrite):
                model.objects.update(pk=1)
            with refused(UnguardedWrite):
                model.objects.filter(pk=0).update(pk=1)


def test_rows_cannot_be_deleted_by_a_queryset(opportunity, subtests):
    for model in GUARDED:
        with subtests.test(model.__name__):
            with refused(UnguardedWrite):
                model.objects.all().delete()
            with refused(UnguardedWrite):
                model.objects.none().delete()


def test_rows_cannot_be_created_or_updated_in_bulk(opportunity, subtests):
    for model in GUARDED:
        with subtests.test(model.__name__):
            row = row_of(model, opportunity)
            column = next(field.name for field in model._meta.concrete_fields if not field.primary_key)
            with refused(UnguardedWrite):
                model.objects.bulk_create([row])
            with refused(UnguardedWrite):
                model.objects.bulk_update([row], [column])


def relations_to_guarded_models():
    """Every attribute of any model that gives guarded rows, such as `account.opportunities` or `stage.visits`."""
    return [
        (model, relation.get_accessor_name(), relation.field)
        for model in apps.get_models()
        for relation in model._meta.related_objects
        if relation.related_model in GUARDED and relation.one_to_many and not relation.hidden
    ]


def name_of(relation):
    model, accessor, _field = relation
    return f"{model.__name__}.{accessor}"


def row_and_owner(model, field):
    """A guarded row, and an object of `model` that the row does not belong to, if there is one."""
    row = field.model.objects.exclude(**{field.name: None}).first() or field.model.objects.first()
    other = model.objects.exclude(pk=getattr(row, field.attname)).first()
    return row, other or model.objects.first()


def refused_write():
    """Expects a refusal. Django writes related rows without a savepoint, so the block gets its own."""
    stack = contextlib.ExitStack()
    stack.enter_context(refused(UnguardedWrite))
    stack.enter_context(transaction.atomic())
    return stack


def test_relations_cannot_write_guarded_rows(opportunity_with_all_rows, rep, subtests):
    edited = factories.OpportunityFactory(owner=rep)

    for relation in relations_to_guarded_models():
        with subtests.test(name_of(relation)):
            model, accessor, field = relation
            row, owner = row_and_owner(model, field)
            related = getattr(owner, accessor)
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
            with refused_write(), editing(edited, by=rep, at=NOW):
                related.add(row)


def test_nullable_relations_cannot_remove_or_clear_guarded_rows(opportunity_with_all_rows, subtests):
    nullable = [relation for relation in relations_to_guarded_models() if relation[2].null]

    for relation in nullable:
        with subtests.test(name_of(relation)):
            _model, accessor, field = relation
            row = field.model.objects.exclude(**{field.name: None}).first()
            related = getattr(getattr(row, field.name), accessor)
            for bulk in (True, False):
                with refused_write():
                    related.remove(row, bulk=bulk)
                with refused_write():
                    related.clear(bulk=bulk)
                with refused_write():
                    related.set([], bulk=bulk)


def test_the_tested_relations_include_those_that_leaked_before():
    found = {name_of(relation) for relation in relations_to_guarded_models()}

    assert {"Account.opportunities", "User.opportunities", "Contact.stakes", "Opportunity.stakeholders"} <= found
    assert {"Opportunity.events", "Stage.visits", "Closing.waivers", "StageVisit.holds", "Step.waivers"} <= found


def test_an_opportunity_can_be_created_only_by_start_and_copy(rep):
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


def test_child_rows_cannot_be_written_through_the_relations_of_an_opportunity(opportunity, rep):
    contact, rival = factories.ContactFactory(), factories.CompetitorFactory()

    with refused(UnguardedWrite):
        opportunity.stakeholders.create(contact=contact)
    with refused(UnguardedWrite):
        opportunity.competitor_links.get_or_create(competitor=rival)
    with refused(UnguardedWrite):
        opportunity.team_members.filter(user=rep).update(role="delivery")


def test_editing_one_opportunity_does_not_allow_writes_to_another(opportunity, rep):
    other = factories.OpportunityFactory(owner=rep)
    edited = factories.OpportunityFactory(owner=rep)
    contact = factories.ContactFactory()

    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW):
        other.save()
    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW):
        other.stakeholders.create(contact=contact)
    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW) as record:
        record.pk = other.pk
        record.save()


def test_editing_one_opportunity_does_not_allow_queryset_writes(opportunity, rep):
    edited = factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW) as record:
        record.stakeholders.all().delete()
    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW):
        Opportunity.objects.filter(pk=edited.pk).update(name="Mine")


def test_writes_are_refused_again_after_editing(opportunity, rep):
    open_opportunity = factories.OpportunityFactory(owner=rep)
    with editing(open_opportunity, by=rep, at=NOW) as record:
        record.name = "Another name"

    with refused(UnguardedWrite):
        record.save()


def test_the_permission_to_write_belongs_to_one_thread(opportunity):
    caught = []

    def other_thread():
        try:
            write_guard.check(opportunity.pk)
        except UnguardedWrite as refusal:
            caught.append(refusal)

    with write_guard.guarded(opportunity.pk):
        write_guard.check(opportunity.pk)
        thread = threading.Thread(target=other_thread)
        thread.start()
        thread.join()

    assert len(caught) == 1


# What an editing block may write


MOVES_ONLY = [ProcessInstance, StageVisit, Hold, Waiver, WaiverRequest, Closing, CloseRequest, Event]


def test_editing_may_write_only_people_and_what_is_written_about_an_opportunity():
    people = {Stakeholder, OpportunityCompetitor, TeamMember}
    written = {Note, Task, Attachment, Debrief, Presentation, OpportunityMail}
    assert children.editable_models(is_open=True) == people | written
    assert set(GUARDED) - children.editable_models(is_open=True) == {Opportunity, *MOVES_ONLY}


def test_editing_cannot_save_or_delete_rows_that_moves_write(opportunity_with_all_rows, rep, subtests):
    for model in MOVES_ONLY:
        with subtests.test(model.__name__):
            row = model.objects.filter(opportunity__status="open").first()
            edited = row.opportunity if row else opportunity_with_all_rows
            row = row or model(opportunity=edited)
            with refused(UnguardedWrite), editing(edited, by=rep, at=NOW):
                row.save()
            with refused(UnguardedWrite), editing(edited, by=rep, at=NOW):
                row.delete()


def test_editing_cannot_change_the_stage_of_the_process_instance(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        instance = record.instances.get()
        instance.active_stage = factories.stage(CLOSE)
        instance.save()


def test_editing_cannot_create_a_waiver(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        record.waivers.create(step=factories.step("contact"), at=NOW, by=rep, reason=" ")


def test_editing_cannot_save_a_copy_of_the_opportunity(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    copy = factories.reread(opportunity)
    copy.active_stage = factories.stage(CLOSE)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW):
        copy.save()


def test_editing_cannot_delete_the_opportunity(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        record.delete()


# A row cannot change its opportunity


@pytest.fixture
def two_opportunities(rep):
    """The opportunity that is edited, another opportunity, and its stakeholder."""
    edited, other = factories.OpportunityFactory(owner=rep), factories.OpportunityFactory(owner=rep)
    return edited, other, factories.add_stakeholder(other)


def test_a_row_of_another_opportunity_cannot_be_moved_here(two_opportunities, rep):
    edited, _other, row = two_opportunities

    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW) as record:
        row.opportunity = record
        row.save()
    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW) as record, transaction.atomic():
        record.stakeholders.add(row, bulk=False)
    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW) as record:
        record.stakeholders.add(row)
    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW) as record:
        Stakeholder.objects.update_or_create(pk=row.pk, defaults={"opportunity": record})


def test_a_row_of_another_opportunity_cannot_be_deleted_here(two_opportunities, rep):
    edited, _other, row = two_opportunities

    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW) as record:
        row.opportunity = record
        row.delete()


def test_a_partly_loaded_row_of_another_opportunity_cannot_be_moved_here(two_opportunities, rep):
    edited, _other, row = two_opportunities
    partly_loaded = Stakeholder.objects.only("id").get(pk=row.pk)

    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW) as record:
        partly_loaded.opportunity = record
        partly_loaded.save()


def test_a_row_cannot_overwrite_a_row_of_another_opportunity(two_opportunities, rep):
    edited, _other, row = two_opportunities
    mine = factories.add_stakeholder(edited)

    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW):
        mine.pk = row.pk
        mine.save()


def test_a_new_row_cannot_overwrite_an_existing_row(two_opportunities, rep):
    edited, _other, row = two_opportunities

    with refused(transitions.BrokenConstraint), editing(edited, by=rep, at=NOW) as record:
        Stakeholder(pk=row.pk, opportunity=record, contact=factories.ContactFactory()).save()


def test_a_row_can_be_changed_and_deleted_while_editing_its_opportunity(two_opportunities, rep):
    _edited, other, row = two_opportunities

    with editing(other, by=rep, at=NOW):
        row.note = "Signs in the end"
        row.save()
        row.save()
    assert other.stakeholders.get().note == "Signs in the end"

    with editing(other, by=rep, at=NOW):
        row.delete()
    assert not other.stakeholders.exists()


def test_an_event_cannot_be_changed_or_deleted(opportunity, rep):
    edited = factories.OpportunityFactory(owner=rep)
    event = edited.events.get()

    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW):
        event.reason = "It was not me"
        event.save()
    with refused(UnguardedWrite), editing(edited, by=rep, at=NOW):
        event.delete()


def test_every_model_deleted_with_an_opportunity_is_guarded():
    assert {Stakeholder, OpportunityCompetitor, TeamMember, ProcessInstance, StageVisit} < set(GUARDED)
    assert {Hold, Waiver, Closing, Event} < set(GUARDED)
    assert all(issubclass(model, write_guard.Guarded) for model in GUARDED)
    assert all(isinstance(model._default_manager.all(), write_guard.GuardedQuerySet) for model in GUARDED)
    assert all(isinstance(model._base_manager.all(), write_guard.GuardedQuerySet) for model in GUARDED)
