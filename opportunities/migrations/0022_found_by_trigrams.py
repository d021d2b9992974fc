from django.db import DatabaseError, migrations, transaction

INDEX = "opportunity_found_by_trigrams"


def add(apps, schema_editor):
    """An index that finds any part of the text, on PostgreSQL.

    Without the extension, or without the right to create it, a search reads every row instead.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        return
    schema_editor.execute(
        f"CREATE INDEX {INDEX} ON opportunities_opportunity USING gin (found_by gin_trgm_ops)"  # noqa: S608
    )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0021_found_by")]

    operations = [migrations.RunPython(add, remove)]
