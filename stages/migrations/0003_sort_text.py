from django.db import migrations

import salesflow.folding


def fill(apps, schema_editor):
    model = apps.get_model("stages", "Process")
    rows = list(model._base_manager.values_list("pk", "name_en"))
    salesflow.folding.fill(model, rows, alias=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("stages", "0003_base_managers"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="process",
            options={
                "ordering": ["-is_default", "sort_text", "pk"],
                "verbose_name": "process",
                "verbose_name_plural": "processes",
            },
        ),
        migrations.AddField(
            model_name="process",
            name="sort_text",
            field=salesflow.folding.SortTextField(db_default="", editable=False, max_length=400, of="name_en"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
