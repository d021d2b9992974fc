from django.conf import settings
from django.db import migrations, models

import salesflow.folding


def fill(apps, schema_editor):
    for name in ("Account", "Contact", "Competitor", "Opportunity"):
        model = apps.get_model("opportunities", name)
        rows = list(model._base_manager.order_by("pk").values_list("pk", "name"))
        salesflow.folding.fill(model, rows, alias=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("opportunities", "0003_page_of_event"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="account",
            options={"ordering": ["sort_text", "pk"], "verbose_name": "account", "verbose_name_plural": "accounts"},
        ),
        migrations.AlterModelOptions(
            name="competitor",
            options={
                "ordering": ["sort_text", "pk"],
                "verbose_name": "competitor",
                "verbose_name_plural": "competitors",
            },
        ),
        migrations.AlterModelOptions(
            name="contact",
            options={"ordering": ["sort_text", "pk"], "verbose_name": "contact", "verbose_name_plural": "contacts"},
        ),
        migrations.AddField(
            model_name="account",
            name="sort_text",
            field=salesflow.folding.SortTextField(db_default="", editable=False, max_length=400, of="name"),
        ),
        migrations.AddField(
            model_name="competitor",
            name="sort_text",
            field=salesflow.folding.SortTextField(db_default="", editable=False, max_length=400, of="name"),
        ),
        migrations.AddField(
            model_name="contact",
            name="sort_text",
            field=salesflow.folding.SortTextField(db_default="", editable=False, max_length=400, of="name"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="sort_text",
            field=salesflow.folding.SortTextField(db_default="", editable=False, max_length=400, of="name"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["sort_text", "id"], name="account_by_name"),
        ),
        migrations.AddIndex(
            model_name="closerequest",
            index=models.Index(
                condition=models.Q(("answered_at__isnull", True)), fields=["at", "id"], name="close_request_unanswered"
            ),
        ),
        migrations.AddIndex(
            model_name="competitor",
            index=models.Index(fields=["sort_text", "id"], name="competitor_by_name"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["sort_text", "id"], name="contact_by_name"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["status", "sort_text", "id"], name="opportunity_by_name"),
        ),
    ]
