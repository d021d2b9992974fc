"""The counts of notes, tasks and files that steps may ask for, the debrief, and the presentations of a proposal."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Count, Exists, OuterRef, Q, Subquery

COUNTS = {
    **{f"{kind}_note_count": ("Note", {"kind": kind}) for kind in ("general", "approach", "meeting", "debrief")},
    **{
        f"{kind}_file_count": ("Attachment", {"kind": kind, "is_latest": True})
        for kind in ("proposal", "final_proposal", "debrief", "quote", "other")
    },
}
"""Of each count, its model and the rows that it counts."""


def count(apps, schema_editor):
    opportunities = apps.get_model("opportunities", "Opportunity").objects.all()
    for column, (model, where) in COUNTS.items():
        rows = apps.get_model("opportunities", model).objects.filter(opportunity=OuterRef("pk"), **where)
        opportunities.filter(Exists(rows)).update(**{column: _number_of(rows)})
    closings = apps.get_model("opportunities", "Closing").objects.filter(reopened_at__isnull=True)
    kept = Exists(closings.filter(opportunity=OuterRef("opportunity"), at__lte=OuterRef("dropped_at")))
    tasks = apps.get_model("opportunities", "Task").objects.filter(Q(dropped_at__isnull=True) | kept)
    tasks = tasks.filter(opportunity=OuterRef("pk"))
    opportunities.filter(Exists(tasks)).update(task_count=_number_of(tasks))


def _number_of(rows):
    return Subquery(rows.order_by().values("opportunity").annotate(number=Count("pk")).values("number"))


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_competitor_profile"),
        ("opportunities", "0012_attachment"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="opportunity",
            name="approach_note_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="approach notes"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="debrief_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="debriefs"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="debrief_file_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="debrief files"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="debrief_note_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="debrief notes"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="final_presentation_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="final presentations"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="final_proposal_file_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="final proposals"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="general_note_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="general notes"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="meeting_note_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="meeting notes"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="other_file_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="other files"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="proposal_file_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="proposals"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="proposal_presentation_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="presentations"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="quote_file_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="quotes"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="task_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="tasks"),
        ),
        migrations.CreateModel(
            name="Debrief",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("went_well", models.TextField(blank=True, max_length=4000, verbose_name="what went well")),
                ("went_badly", models.TextField(blank=True, max_length=4000, verbose_name="what did not go well")),
                ("why", models.TextField(blank=True, max_length=4000, verbose_name="why it was won or lost")),
                (
                    "price_gap",
                    models.SmallIntegerField(
                        blank=True,
                        help_text="How far our price was above theirs, in percent. With a minus if it was below.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-100),
                            django.core.validators.MaxValueValidator(999),
                        ],
                        verbose_name="price gap (%)",
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False, verbose_name="filed")),
                (
                    "competitor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debriefs",
                        to="customers.competitor",
                        verbose_name="competitor",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="filed by",
                    ),
                ),
                (
                    "opportunity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="debriefs",
                        to="opportunities.opportunity",
                    ),
                ),
            ],
            options={
                "verbose_name": "debrief",
                "verbose_name_plural": "debriefs",
                "ordering": ["pk"],
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("opportunity",),
                        name="one_debrief_of_an_opportunity",
                        violation_error_message="This opportunity has a debrief already. Open it and change it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("went_badly", ""), ("went_well", ""), ("why", ""), _negated=True),
                        name="debrief_says_something",
                        violation_error_message="Write at least one of the three answers.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("price_gap__isnull", True),
                            models.Q(("price_gap__gte", -100), ("price_gap__lte", 999)),
                            _connector="OR",
                        ),
                        name="debrief_price_gap_is_a_percentage",
                        violation_error_message="The price gap is a whole number from −100 to 999.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Presentation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("proposal", "Proposal"), ("final_proposal", "Final proposal")],
                        default="proposal",
                        max_length=14,
                        verbose_name="what was presented",
                    ),
                ),
                ("held_on", models.DateField(verbose_name="date")),
                ("held_at", models.TimeField(blank=True, null=True, verbose_name="time")),
                ("attendees", models.JSONField(blank=True, default=list, editable=False, verbose_name="presented to")),
                ("created_at", models.DateTimeField(editable=False, verbose_name="entered")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="presentations",
                        to="opportunities.attachment",
                        verbose_name="file",
                    ),
                ),
                (
                    "opportunity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="presentations",
                        to="opportunities.opportunity",
                    ),
                ),
            ],
            options={
                "verbose_name": "presentation",
                "verbose_name_plural": "presentations",
                "ordering": ["pk"],
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["proposal", "final_proposal"])),
                        name="presentation_kind_is_known",
                        violation_error_message="Choose one of the kinds listed.",
                    )
                ],
            },
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
