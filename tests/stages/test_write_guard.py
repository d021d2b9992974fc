"""Stages and steps are written only inside `designing.changing`, which also recomputes derived columns."""

import pytest
from django.db import transaction

from stages import designing, write_guard
from stages.models import Process, Stage, Step
from stages.write_guard import UnguardedWrite
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import DEVELOP, QUALIFY, stage, step

pytestmark = pytest.mark.django_db

each_model = pytest.mark.parametrize("model", [Stage, Step])


@each_model
def test_a_stage_or_step_is_not_saved_or_deleted_outside_changing(model):
    row = model.objects.first()
    row.is_archived = True

    with refused(UnguardedWrite):
        row.save()
    with refused(UnguardedWrite):
        row.save(update_fields=["is_archived"])
    with refused(UnguardedWrite):
        row.delete()


def test_a_stage_or_step_is_not_created_outside_changing():
    process = Process.objects.get()

    with refused(UnguardedWrite):
        Stage.objects.create(process=process, name_en="Negotiate")
    with refused(UnguardedWrite):
        process.stages.create(name_en="Negotiate")
    with refused(UnguardedWrite):
        stage(QUALIFY).steps.create(name_en="Describe it", field="description")


@each_model
def test_stages_and_steps_are_never_written_in_bulk(model):
    row = model.objects.first()

    for allowed in (write_guard.changing(None), write_guard.changing(Process.objects.get().pk)):
        with refused(UnguardedWrite), allowed:
            model.objects.update(is_archived=True)
    with refused(UnguardedWrite):
        model.objects.all().delete()
    with refused(UnguardedWrite):
        model.objects.bulk_create([row])
    with refused(UnguardedWrite):
        model.objects.bulk_update([row], ["is_archived"])


@pytest.mark.parametrize("bulk", [True, False])
def test_relations_cannot_add_or_set_stages_and_steps(bulk):
    tenders = factories.add_process("Tenders", "Read")

    for related, row in [(tenders.stages, stage(QUALIFY)), (tenders.stages.get().steps, step("contact"))]:
        with refused(UnguardedWrite), transaction.atomic():
            related.add(row, bulk=bulk)
        with refused(UnguardedWrite), transaction.atomic():
            related.set([row], bulk=bulk)


def test_changing_one_process_does_not_allow_writes_to_another():
    tenders = factories.add_process("Tenders", "Read")

    with refused(UnguardedWrite), designing.changing(tenders.pk):
        step("contact").save()
    with refused(UnguardedWrite), designing.changing(tenders.pk):
        moved = step("contact")
        moved.stage = tenders.stages.get()
        moved.save()


def test_a_process_and_its_stages_are_created_in_one_change():
    with designing.changing(None):
        process = Process.objects.create(name_en="Tenders")
        made = Stage.objects.create(process=process, name_en="Read")

    assert process.stages.get() == made
    with refused(UnguardedWrite):
        made.save()


def test_saving_an_existing_process_does_not_allow_writes_to_its_stages():
    first = stage(DEVELOP)
    process = first.process

    with designing.changing(None):
        process.save()
        with refused(UnguardedWrite):
            first.save()


def test_changing_a_step_recomputes_readiness(rep):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    assert not opportunity.is_ready

    asked = step("customer_need")
    with designing.changing(asked.stage.process_id):
        asked.required = False
        asked.save()

    assert factories.reread(opportunity).is_ready
