"""Each stage gets a pipeline phase of its name: those that ship first, and stages of one name share a phase.

A stage with a history gets a version of it, by nobody. A stage without one was never changed.
"""

from django.db import migrations
from django.utils import timezone

SHIPPED = "opportunity-sales-process"


def give_phases(apps, schema_editor):
    stages, phases = apps.get_model("stages", "Stage"), apps.get_model("stages", "PipelinePhase")
    made = {}
    in_order = sorted(
        stages.objects.filter(phase=None).select_related("process"),
        key=lambda stage: (stage.process.key != SHIPPED, stage.process_id, stage.order, stage.pk),
    )
    for stage in in_order:
        if stage.name_en not in made:
            names = {"name_en": stage.name_en, "name_nb": stage.name_nb}
            made[stage.name_en] = phases.objects.create(order=len(made) + 1, **names)
        stages.objects.filter(pk=stage.pk).update(phase=made[stage.name_en])
        add_version(apps, stage.pk)


def add_version(apps, pk):
    versions = apps.get_model("stages", "HistoricalStage")
    if versions.objects.filter(id=pk).exists():
        stage = apps.get_model("stages", "Stage").objects.get(pk=pk)
        columns = {column.attname: getattr(stage, column.attname) for column in stage._meta.concrete_fields}
        versions.objects.create(**columns, history_date=timezone.now(), history_type="~")


class Migration(migrations.Migration):
    dependencies = [("stages", "0005_pipeline_phase")]
    operations = [migrations.RunPython(give_phases, migrations.RunPython.noop, elidable=False)]
