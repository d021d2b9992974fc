from django.db import migrations

HAS = """changes @> '[{"field": "probability"}]'::jsonb"""
BEFORE = (
    *("id", "active_stage_id", "owner_id", "status_reason_id", "probability", "forecast_category"),
    *("estimated_revenue", "actual_revenue", "estimated_close_date", "created_at", "stage_counted_from"),
    *("is_finished", "is_on_hold", "is_ready", "next_step", "next_step_due"),
)


def add(apps, schema_editor):
    """The events that changed a probability, and the phase among the columns of reports. SQLite has no such indexes."""
    if schema_editor.connection.vendor == "postgresql":
        events = "opportunities_event"
        schema_editor.execute(f"CREATE INDEX event_of_probability ON {events} (at, opportunity_id) WHERE {HAS}")
        schema_editor.execute(
            f"CREATE INDEX event_of_probability_by_version ON {events} (opportunity_id, version, at) WHERE {HAS}"
        )
        make_index(schema_editor, (*BEFORE, "pipeline_phase_id"))


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS event_of_probability")
        schema_editor.execute("DROP INDEX IF EXISTS event_of_probability_by_version")
        make_index(schema_editor, BEFORE)


def make_index(schema_editor, columns):
    schema_editor.execute("DROP INDEX IF EXISTS opportunity_of_reports")
    schema_editor.execute(
        "CREATE INDEX opportunity_of_reports ON opportunities_opportunity (status, closed_on) "
        f"INCLUDE ({', '.join(columns)})"
    )


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0035_export_of_everything")]

    operations = [migrations.RunPython(add, remove)]
