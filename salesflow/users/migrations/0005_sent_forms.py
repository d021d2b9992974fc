"""The table of the cache `once`. A new installation has it already: 0003 makes the tables of all caches."""

from django.core.management import call_command
from django.db import migrations


def make_cache_table(apps, schema_editor):
    call_command("createcachetable", "sent_forms", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("users", "0004_sort_text")]

    operations = [migrations.RunPython(make_cache_table, migrations.RunPython.noop)]
