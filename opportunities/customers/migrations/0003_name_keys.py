"""Adds the key by which two names are nearly the same, and fills it in."""

from django.db import migrations

from opportunities.customers import name_keys

BATCH = 1000
KEYS = {
    "account": name_keys.of_company,
    "contact": name_keys.of_person,
    "competitor": name_keys.of_company,
}


def fill(apps, schema_editor):
    for model, key in KEYS.items():
        rows = apps.get_model("customers", model).objects.order_by("pk").only("name", "name_key")
        last = 0
        while batch := list(rows.filter(pk__gt=last)[:BATCH]):
            last = batch[-1].pk
            for row in batch:
                row.name_key = key(row.name)
            rows.model.objects.bulk_update(batch, ["name_key"])


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_competitor_profile")]

    operations = [
        *(migrations.AddField(model, "name_key", name_keys.NameKeyField(key=key)) for model, key in KEYS.items()),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=False),
    ]
