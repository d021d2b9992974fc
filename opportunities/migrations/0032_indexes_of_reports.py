from django.db import migrations, models

COLUMNS = (
    *("id", "active_stage_id", "owner_id", "status_reason_id", "probability", "forecast_category"),
    *("estimated_revenue", "actual_revenue", "estimated_close_date", "created_at", "stage_counted_from"),
    *("is_finished", "is_on_hold", "is_ready", "next_step", "next_step_due"),
)


def add(apps, schema_editor):
    """The columns that reports read of many opportunities, so that they read no row. SQLite has no such indexes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX opportunity_of_reports ON opportunities_opportunity (status, closed_on) "
            f"INCLUDE ({', '.join(COLUMNS)})"
        )
        schema_editor.execute(
            "CREATE INDEX opportunity_of_cohorts ON opportunities_opportunity (id) "
            "INCLUDE (active_stage_id, status, status_reason_id, is_finished)"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS opportunity_of_reports")
        schema_editor.execute("DROP INDEX IF EXISTS opportunity_of_cohorts")


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0031_values_of_then")]

    operations = [
        migrations.AddIndex(
            model_name="processinstance",
            index=models.Index(
                fields=["started_at", "opportunity"],
                condition=models.Q(("is_primary", True)),
                name="primary_process_by_start",
            ),
        ),
        migrations.AddIndex(
            model_name="stagevisit",
            index=models.Index(fields=["opportunity", "stage", "entered_at", "left_at"], name="visit_by_opportunity"),
        ),
        migrations.RemoveIndex(model_name="closing", name="closing_by_time"),
        migrations.AddIndex(
            model_name="closing",
            index=models.Index(fields=["at", "outcome", "opportunity", "reopened_at"], name="closing_by_moment"),
        ),
        migrations.RunPython(add, remove),
    ]
