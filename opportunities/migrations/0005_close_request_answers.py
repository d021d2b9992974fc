"""A request to close stores the answers of the rep, and how it ended."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def fill_outcomes(apps, schema_editor):
    """A request that was answered before was declined, with an answer, or its opportunity was closed, without one."""
    requests = apps.get_model("opportunities", "CloseRequest").objects.filter(answered_at__isnull=False)
    requests.filter(answer="").update(outcome="closed")
    requests.exclude(answer="").update(outcome="declined")


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
        ("opportunities", "0004_task_of_each_next_step"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="closerequest",
            name="close_request_was_answered_by_somebody",
        ),
        migrations.RenameField(model_name="closerequest", old_name="reason", new_name="description"),
        migrations.AddField(
            model_name="closerequest",
            name="actual_revenue",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=14,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                verbose_name="actual revenue",
            ),
        ),
        migrations.AddField(
            model_name="closerequest",
            name="closed_on",
            field=models.DateField(null=True, verbose_name="close date"),
        ),
        migrations.AddField(
            model_name="closerequest",
            name="competitor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.competitor",
                verbose_name="competitor lost to",
            ),
        ),
        migrations.AlterField(
            model_name="closerequest",
            name="description",
            field=models.TextField(blank=True, max_length=4000, verbose_name="description"),
        ),
        migrations.AddField(
            model_name="closerequest",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[("closed", "Closed"), ("declined", "Declined"), ("withdrawn", "Taken back")],
                max_length=9,
                verbose_name="outcome",
            ),
        ),
        migrations.AddField(
            model_name="closerequest",
            name="status_reason",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="opportunities.statusreason",
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("started", "Created"),
                    ("edited", "Edited"),
                    ("advanced", "Moved to the next stage"),
                    ("jumped", "Moved ahead"),
                    ("went_back", "Went back"),
                    ("finished", "Finished the process"),
                    ("won", "Closed as won"),
                    ("lost", "Closed as lost"),
                    ("reopened", "Reopened"),
                    ("held", "Put on hold"),
                    ("resumed", "Resumed"),
                    ("waived", "Waived a step"),
                    ("asked", "Asked a manager to close it"),
                    ("declined", "Declined to close it"),
                    ("withdrew", "Took back the request to close it"),
                    ("converted", "Turned the next step into a task"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.RunPython(fill_outcomes, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="closerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at__isnull", True), ("answered_by__isnull", True), ("outcome", "")),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                        ("outcome__in", ["closed", "declined", "withdrawn"]),
                    ),
                    _connector="OR",
                ),
                name="close_request_was_answered_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="closerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_on__isnull", True), ("status_reason__isnull", True)),
                    models.Q(("closed_on__isnull", False), ("status_reason__isnull", False)),
                    _connector="OR",
                ),
                name="close_request_has_answers",
            ),
        ),
        migrations.AddConstraint(
            model_name="closerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("actual_revenue__isnull", True),
                    models.Q(("actual_revenue__gte", 0), ("actual_revenue__lte", Decimal("999999999999.99"))),
                    _connector="OR",
                ),
                name="close_request_revenue_is_not_negative",
            ),
        ),
    ]
