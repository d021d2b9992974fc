from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Concat


def fill(apps, schema_editor):
    """The names of the opportunity, its account and its contact, as `editing.found_by` has them."""

    def name_of(model, column):
        rows = apps.get_model("customers", model).objects.filter(pk=OuterRef(column)).order_by()
        return Coalesce(Subquery(rows.values("search_text")), Value(""))

    names = [name_of("account", "account_id"), Value(" "), name_of("contact", "contact_id")]
    rows = apps.get_model("opportunities", "Opportunity")._base_manager.order_by()
    rows.update(found_by=Concat(F("search_text"), Value(" "), *names))


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_merges"),
        ("opportunities", "0020_hand_over"),
    ]

    operations = [
        migrations.AddField(
            model_name="opportunity",
            name="found_by",
            field=models.CharField(db_default="", editable=False, max_length=1202),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
