"""Processes, stages and steps as rows: allowed values, languages, order and protection."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import translation

from stages import write_guard
from stages.models import Process, Stage, Step, stages_of
from tests.support import factories
from tests.support.factories import stage

pytestmark = pytest.mark.django_db


def new_step(**entries):
    return Step(stage=stage("Qualify"), name_en="Rating", **entries)


# Texts and numbers


@pytest.mark.parametrize(
    "entries",
    [
        {"name_en": "\u200b"},
        {"name_nb": "\u00a0\u200b"},
        {"name_en": "a\x1bb"},
        {"help_nb": "\u202eevil"},
        {"order": 32768},
    ],
)
def test_an_invalid_text_or_number_is_refused_on_its_field(entries):
    good = {"stage": stage("Qualify"), "name_en": "Rating", "field": "description"}

    with pytest.raises(ValidationError) as refusal:
        Step(**{**good, **entries}).full_clean()

    assert list(refusal.value.message_dict) == list(entries)


def test_guidance_may_contain_line_breaks():
    qualify = stage("Qualify")
    qualify.guidance_en = "Who buys?\r\nWhen?"

    qualify.full_clean()


# Steps


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ({"field": "shoe_size"}, "field"),
        ({"field": "name"}, "field"),
        ({"field": "status"}, "field"),
        ({"field": ""}, "field"),
        ({"field": "thank_you_sent", "evidence": "a_feeling"}, "evidence"),
        ({"field": "description", "evidence": "stakeholder"}, "evidence"),
        ({"field": "", "evidence": "stakeholder"}, "field"),
        ({"field": "shoe_size", "evidence": "stakeholder"}, "field"),
    ],
)
def test_an_unknown_or_misused_field_or_evidence_is_refused_on_its_field(entries, field):
    with pytest.raises(ValidationError) as refusal:
        new_step(**entries).full_clean()

    assert list(refusal.value.message_dict) == [field]


@pytest.mark.parametrize(
    "entries",
    [
        {"field": "description"},
        {"field": "thank_you_sent"},
        {"field": "thank_you_sent", "evidence": "stakeholder"},
        {"field": "estimated_revenue", "required": False},
    ],
)
def test_a_registered_field_and_evidence_for_a_tick_are_accepted(entries):
    new_step(**entries).full_clean()


def test_a_stage_has_at_most_one_step_per_field():
    with pytest.raises(ValidationError, match="already has a step for that field"):
        new_step(field="contact").full_clean()


def test_an_archived_step_does_not_block_a_new_step_for_its_field():
    factories.change_step("contact", is_archived=True)

    new_step(field="contact").full_clean()


# Languages


@pytest.mark.parametrize(
    ("language", "nb", "shown"),
    [
        ("en", "Avklar", "Clarify"),
        ("en-gb", "Avklar", "Clarify"),
        ("nb", "Avklar", "Avklar"),
        ("nb-no", "Avklar", "Avklar"),
        ("no", "Avklar", "Avklar"),
        ("nb", "", "Clarify"),
        ("de", "Avklar", "Clarify"),
    ],
)
def test_a_text_is_shown_in_the_language_of_the_reader_or_else_in_the_other(language, nb, shown):
    with translation.override(language):
        assert str(Stage(name_en="Clarify", name_nb=nb)) == shown


def test_a_text_without_english_is_shown_in_norwegian():
    with translation.override("en"):
        assert Stage(name_en="Clarify", guidance_nb="Spør.").guidance == "Spør."


def test_a_text_is_shown_when_no_language_is_active():
    with translation.override(None):
        assert Step(name_en="Clarify", name_nb="Avklar", help_en="Ask.").help == "Ask."


# Order, archive, protection


def test_stages_are_sorted_by_order_and_then_by_age():
    process = Process.objects.create(name_en="Tenders")
    third = factories.add_stage(process, "Third", order=2)
    first = factories.add_stage(process, "First", order=1)
    second = factories.add_stage(process, "Second", order=1)

    assert stages_of(process.pk) == [first, second, third]


def test_an_archived_stage_is_listed_only_when_asked_for():
    factories.change_stage("Develop", is_archived=True)
    develop = stage("Develop")
    process = develop.process_id

    assert [each.name_en for each in stages_of(process)] == ["Qualify", "Propose", "Close"]
    assert [each.name_en for each in stages_of(process, including=develop.pk)][1] == "Develop"


def test_stages_and_their_steps_are_read_in_two_queries(django_assert_num_queries):
    process = stage("Qualify").process_id

    with django_assert_num_queries(2):
        assert sum(len(each.steps.all()) for each in stages_of(process)) == 19


def test_a_stage_with_steps_and_a_process_with_stages_cannot_be_deleted():
    process = Process.objects.get()
    with pytest.raises(ProtectedError), write_guard.changing(process.pk):
        stage("Qualify").delete()
    with pytest.raises(ProtectedError):
        Process.objects.get().delete()


@pytest.mark.parametrize(
    ("model", "values", "constraint"),
    [
        (Process, {"name_en": "Second", "is_default": True}, "is_default|one_default_process"),
        (Process, {"name_en": "Odd", "lost_gate": "whenever"}, "process_lost_gate_is_known"),
        (Process, {"name_en": "Old", "key": "opportunity-sales-process"}, "key"),
    ],
)
def test_the_database_refuses_invalid_processes(model, values, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.bulk_create([model(**values)])

    assert model.objects.count() == 1


def test_the_default_process_cannot_be_archived():
    with pytest.raises(IntegrityError, match="default_process_is_not_archived"), transaction.atomic():
        Process.objects.update(is_archived=True)


@pytest.mark.parametrize("probability", [101, 32000])
def test_the_probability_of_a_stage_is_a_percentage(probability):
    with (
        pytest.raises(IntegrityError, match="stage_probability_is_a_percentage"),
        transaction.atomic(),
        write_guard.changing_every(),
    ):
        Stage.objects.update(probability=probability)


def test_changes_of_a_stage_are_kept_in_its_history():
    qualify = stage("Qualify")

    factories.change_stage("Qualify", name_en="Clarify")
    factories.change_stage("Clarify", name_en="Sort out")

    assert [version.name_en for version in qualify.history.all()] == ["Sort out", "Clarify", "Qualify"]
