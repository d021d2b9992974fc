"""The shipped process, compared with the table of the specification."""

import pytest

from stages import gates, install, vocabulary, write_guard
from stages.models import LostGate, Process, Stage, Step
from tests.support import db_assertions, factories
from tests.support.specification import TABLE

pytestmark = pytest.mark.django_db


def shipped():
    return Process.objects.get(key="opportunity-sales-process")


def test_the_shipped_process_equals_the_specification():
    found = [
        (
            (stage.name_en, stage.name_nb, stage.probability),
            [
                (
                    step.name_en,
                    step.name_nb,
                    step.field,
                    vocabulary.fields()[step.field].kind,
                    step.required,
                    step.evidence,
                )
                for step in gates.steps_in_use(stage)
            ],
        )
        for stage in shipped().stages.order_by("order")
    ]

    assert found == TABLE


def test_the_shipped_process_is_the_default_and_has_the_complete_lost_gate():
    process = shipped()

    assert (process.name_en, process.name_nb) == ("Opportunity Sales Process", "Salgsprosess for salgsmulighet")
    assert process.is_default
    assert process.lost_gate == LostGate.COMPLETE


def test_every_text_of_the_shipped_process_exists_in_both_languages():
    process = shipped()
    for row in (process, *process.stages.all(), *Step.objects.filter(stage__process=process)):
        assert row.name_en
        assert row.name_nb
    for stage in process.stages.all():
        assert stage.guidance_en
        assert stage.guidance_nb
        assert stage.target_days
    for step in Step.objects.filter(stage__process=process):
        assert step.help_en
        assert step.help_nb


def test_every_step_of_the_shipped_process_is_valid():
    for step in Step.objects.all():
        step.full_clean()


def test_installing_again_changes_nothing():
    with db_assertions.unchanged():
        install.install(Process, Stage, Step)


def test_installing_again_keeps_the_changes_of_managers():
    Process.objects.update(name_en="Our own way")
    factories.change_step("contact", required=False)

    with db_assertions.unchanged():
        install.install(Process, Stage, Step)


def test_installing_keeps_another_default_process():
    with write_guard.changing_every():
        Step.objects.all().delete()
        Stage.objects.all().delete()
    Process.objects.all().delete()
    ours = Process.objects.create(name_en="Tenders", is_default=True)

    with write_guard.changing_every():
        install.install(Process, Stage, Step)

    assert not shipped().is_default
    assert Process.objects.get(is_default=True) == ours
