"""Pipeline phases: what ships and what a migration made, and the pages on which managers change them."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from stages import write_guard
from stages.models import PipelinePhase, Process, Stage
from tests.support.db_assertions import unchanged
from tests.support.factories import add_process, change_stage, stage
from tests.support.pages import Form, post_drawn

pytestmark = pytest.mark.django_db

PHASES = "/admin/stages/pipelinephase/"


def phase(name):
    return PipelinePhase.objects.get(name_en=name)


def migrate():
    """Runs the migration with the models of its time, as `manage.py migrate` does."""
    state = MigrationLoader(connection).project_state(("stages", "0005_pipeline_phase"))
    import_module("stages.migrations.0006_phase_of_each_stage").give_phases(state.apps, None)


def as_before_phases():
    with write_guard.changing_every():
        Stage.objects.update(phase=None)
    PipelinePhase.objects.all().delete()


def test_each_shipped_stage_has_a_phase_of_its_name():
    stages = Stage.objects.select_related("phase").order_by("order")

    assert [(each.phase.order, each.phase.name_en, each.phase.name_nb) for each in stages] == [
        (1, "Qualify", "Kvalifiser"),
        (2, "Develop", "Utvikle"),
        (3, "Propose", "Foreslå"),
        (4, "Close", "Lukk"),
    ]


def test_the_migration_gives_stages_of_one_name_the_same_phase():
    tenders = add_process("Tenders", "Bid", "Close")
    as_before_phases()

    migrate()

    assert [each.phase for each in tenders.stages.order_by("order")] == [phase("Bid"), phase("Close")]
    assert stage("Close").phase == phase("Close")
    assert list(PipelinePhase.objects.values_list("name_en", flat=True))[-1] == "Bid"


def test_the_migration_adds_a_version_to_a_stage_with_a_history():
    change_stage("Develop", target_days=30)
    as_before_phases()
    versions = stage("Develop").history.count()

    migrate()

    assert stage("Develop").history.count() == versions + 1
    assert stage("Develop").history.first().phase == phase("Develop")
    assert not stage("Qualify").history.exists()


def test_a_manager_adds_a_phase_and_gives_it_to_stages(designer):
    post_drawn(designer, f"{PHASES}add/", {"name_en": "Negotiation", "name_nb": "Forhandling", "order": "5"})
    process = Process.objects.get()
    page = f"/admin/stages/process/{process.pk}/change/"
    form = Form(designer.get(page), action=None)
    form.fields["stages-2-phase"] = form.fields["stages-3-phase"] = str(phase("Negotiation").pk)

    designer.post(page, form.fields.urlencode(), content_type="application/x-www-form-urlencoded")

    assert [each.phase.name_en for each in process.stages.all()] == ["Qualify", "Develop", *["Negotiation"] * 2]
    assert Process.objects.get().revision != process.revision


def test_the_page_of_a_stage_offers_the_phases_and_none(designer):
    page = f"/admin/stages/stage/{stage('Close').pk}/change/"

    for chosen, found in ((str(phase("Propose").pk), phase("Propose")), ("", None)):
        form = Form(designer.get(page), action=None)
        form.fields["phase"] = chosen
        designer.post(page, form.fields.urlencode(), content_type="application/x-www-form-urlencoded")

        assert stage("Close").phase == found


@pytest.mark.parametrize("value", ["0", "x", "9" * 30, "\x00"])
def test_a_phase_that_does_not_exist_is_refused(designer, value):
    page = f"/admin/stages/stage/{stage('Close').pk}/change/"
    form = Form(designer.get(page), action=None)
    form.fields["phase"] = value

    with unchanged():
        answer = designer.post(page, form.fields.urlencode(), content_type="application/x-www-form-urlencoded")

    assert answer.status_code in (400, 422)


def test_only_a_phase_that_no_stage_has_is_deleted(designer):
    unused = PipelinePhase.objects.create(name_en="Unused")

    with unchanged():
        assert post_drawn(designer, f"{PHASES}{phase('Close').pk}/delete/", {"post": "yes"}).status_code == 403
    post_drawn(designer, f"{PHASES}{unused.pk}/delete/", {"post": "yes"})

    assert not PipelinePhase.objects.filter(name_en="Unused").exists()


def test_a_changed_phase_keeps_its_versions(designer):
    post_drawn(designer, f"{PHASES}{phase('Close').pk}/change/", {"name_en": "Closing", "order": "4"})

    assert [version.name_en for version in phase("Closing").history.order_by("history_id")] == ["Close", "Closing"]


def test_a_salesperson_may_not_change_phases(client_of, rep):
    assert client_of(rep).get(PHASES).status_code in (302, 403)
