from django.db import migrations

COLLEAGUE = "Colleague (read only)"


def make_role(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.get_or_create(name=COLLEAGUE)


def remove_role(apps, schema_editor):
    apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias).filter(name=COLLEAGUE).delete()


class Migration(migrations.Migration):
    dependencies = [("users", "0004_units")]

    operations = [migrations.RunPython(make_role, remove_role)]
