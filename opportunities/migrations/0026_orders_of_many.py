from django.db import migrations, models

INDEX = "opportunity_by_revenue"


def add(apps, schema_editor):
    """The order of the largest revenue first, with missing ones last: SQLite has no such index."""
    if schema_editor.connection.vendor == "postgresql":
        columns = "estimated_revenue DESC NULLS LAST, id"
        schema_editor.execute(f"CREATE INDEX {INDEX} ON opportunities_opportunity ({columns})")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0025_list_export")]

    operations = [
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                fields=["active_stage", "probability", "estimated_revenue"], name="opportunity_by_stage"
            ),
        ),
        migrations.RunPython(add, remove),
    ]
