"""The definitions of processes in memory: never older than the database."""

import uuid

import pytest
from django.db import transaction

from stages import definition_cache, designing
from stages.models import Process, Stage
from tests.support.factories import add_process, add_stage, add_step, change_stage, change_step

pytestmark = pytest.mark.django_db


def shipped():
    return Process.objects.get(key="opportunity-sales-process")


def names(process):
    return [stage.name_en for stage in definition_cache.stages_of(process)]


def test_a_definition_in_memory_takes_no_query(django_assert_num_queries):
    process = shipped()
    definition_cache.stages_of(process)

    with django_assert_num_queries(0):
        steps = [step.field for stage in definition_cache.stages_of(process) for step in stage.steps.all()]
    assert steps[0] == "contact"


def test_a_change_of_a_stage_or_step_is_seen_by_the_next_reader():
    assert names(shipped()) == ["Qualify", "Develop", "Propose", "Close"]

    change_stage("Develop", name_en="Shape", order=9)
    change_step("contact", required=False)

    stages = definition_cache.stages_of(shipped())
    assert [stage.name_en for stage in stages] == ["Qualify", "Propose", "Close", "Shape"]
    assert not next(step for step in stages[0].steps.all() if step.field == "contact").required


def test_a_reader_inside_the_change_sees_what_is_written_so_far():
    process = shipped()
    definition_cache.stages_of(process)

    with designing.changing(process.pk):
        Stage.objects.create(process=process, name_en="Sign", order=9)
        assert names(process)[-1] == "Sign"

    assert names(shipped())[-1] == "Sign"


def test_a_change_that_is_rolled_back_leaves_nothing_in_memory():
    before = names(shipped())

    with transaction.atomic():
        change_stage("Develop", name_en="Shape")
        assert "Shape" in names(shipped())
        transaction.set_rollback(True)

    assert names(shipped()) == before


def test_an_archived_stage_is_only_in_the_list_of_an_opportunity_that_is_in_it():
    process = add_process("Renewals", "Check", "Sign")
    check = process.stages.get(name_en="Check")
    with designing.changing(process.pk):
        check.is_archived = True
        check.save()

    process = Process.objects.get(pk=process.pk)
    assert names(process) == ["Sign"]
    assert definition_cache.stages_of(process, including=check.pk)[0] == check


def test_each_change_gives_the_process_a_new_revision():
    process = add_process("Renewals", "Check")
    revisions = {Process.objects.get(pk=process.pk).revision}

    stage = add_stage(process, "Sign")
    revisions.add(Process.objects.get(pk=process.pk).revision)
    add_step(stage, "customer_need")
    revisions.add(Process.objects.get(pk=process.pk).revision)

    assert len(revisions) == 3
    assert all(isinstance(revision, uuid.UUID) for revision in revisions)
