"""Indexes by which likely duplicates are found.

On PostgreSQL names that are nearly the same are found by their trigrams; SQLite has none, and compares keys of names.
The indexes of numbers and mail addresses have no condition: SQLite does not use one whose condition is a parameter.
"""

from django.db import migrations, models
from django.db.models.functions import Lower

TABLES = ("account", "contact", "competitor")


def add_trigrams(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for table in TABLES:
        schema_editor.execute(
            f"CREATE INDEX {table}_by_trigrams ON customers_{table} USING gin (name_key gin_trgm_ops)"
        )


def remove_trigrams(apps, schema_editor):
    """The extension stays: another program may use it, too."""
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP INDEX {table}_by_trigrams")


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_name_keys")]

    operations = [
        *(
            migrations.AddIndex(table, models.Index(fields=["name_key", "id"], name=f"{table}_by_name_key"))
            for table in TABLES
        ),
        migrations.RemoveIndex("account", "account_by_number"),
        migrations.AddIndex("account", models.Index(fields=["organisation_number", "id"], name="account_by_number")),
        migrations.RemoveIndex("contact", "contact_by_email"),
        migrations.AddIndex("contact", models.Index(Lower("email"), "id", name="contact_by_email")),
        migrations.RunPython(add_trigrams, remove_trigrams, elidable=False),
    ]
