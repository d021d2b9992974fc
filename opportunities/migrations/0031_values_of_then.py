from django.db import migrations

VALUES = {"revenue": "estimated_revenue", "close_date": "estimated_close_date"}


def add(apps, schema_editor):
    """The events that changed one of the values of the bridge, by opportunity. SQLite uses the index by version."""
    if schema_editor.connection.vendor == "postgresql":
        for name, field in VALUES.items():
            has = f"""changes @> '[{{"field": "{field}"}}]'::jsonb"""
            columns = "opportunity_id, version, at"
            schema_editor.execute(
                f"CREATE INDEX event_of_{name}_by_version ON opportunities_event ({columns}) WHERE {has}"
            )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in VALUES:
            schema_editor.execute(f"DROP INDEX IF EXISTS event_of_{name}_by_version")


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0030_closing_indexes")]

    operations = [migrations.RunPython(add, remove)]
