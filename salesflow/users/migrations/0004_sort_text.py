from django.db import migrations

import salesflow.folding


def fill(apps, schema_editor):
    model = apps.get_model("users", "User")
    rows = model._base_manager.values_list("pk", "first_name", "last_name", "username")
    names = [(pk, f"{first} {last}".strip() or username) for pk, first, last, username in rows]
    salesflow.folding.fill(model, names, alias=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0004_sign_in_names"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={"ordering": ["sort_text", "pk"], "verbose_name": "user", "verbose_name_plural": "users"},
        ),
        migrations.AddField(
            model_name="user",
            name="sort_text",
            field=salesflow.folding.SortTextField(db_default="", editable=False, max_length=400, of="shown_name"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
