"""The opportunity that another one was copied from."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0010_competitor_threat")]

    operations = [
        migrations.AddField(
            model_name="opportunity",
            name="source",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copies",
                to="opportunities.opportunity",
                verbose_name="copied from",
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="source_kind",
            field=models.CharField(
                blank=True,
                choices=[("copy", "Copy"), ("renewal", "Renewal")],
                default="",
                editable=False,
                max_length=7,
                verbose_name="kind of copy",
            ),
        ),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.CheckConstraint(
                condition=(
                    Q(source__isnull=True, source_kind="")
                    | Q(source__isnull=False, source_kind__in=["copy", "renewal"])
                ),
                name="copy_has_source_and_kind",
                violation_error_message="A copy has the opportunity that it was made from, and its kind.",
            ),
        ),
    ]
