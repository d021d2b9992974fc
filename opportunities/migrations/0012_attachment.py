"""Files of an opportunity, and their previews."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

AT_THE_SAME_TIME = "Another person uploaded a version of this file at the same time."


class Migration(migrations.Migration):
    dependencies = [
        ("opportunities", "0011_source_of_a_copy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("proposal", "Proposal"),
                            ("final_proposal", "Final proposal"),
                            ("debrief", "Debrief"),
                            ("quote", "Quote"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("series", models.CharField(editable=False, max_length=32)),
                ("number", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("is_latest", models.BooleanField(default=True, editable=False, verbose_name="latest version")),
                ("size", models.PositiveBigIntegerField(editable=False, verbose_name="size")),
                ("sha256", models.CharField(editable=False, max_length=64, verbose_name="SHA-256")),
                ("content_type", models.CharField(editable=False, max_length=100, verbose_name="content type")),
                ("storage_name", models.CharField(editable=False, max_length=100)),
                ("created_at", models.DateTimeField(editable=False, verbose_name="uploaded")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                (
                    "opportunity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="opportunities.opportunity",
                    ),
                ),
            ],
            options={
                "verbose_name": "file",
                "verbose_name_plural": "files",
                "ordering": ["pk"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AttachmentPreview",
            fields=[
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preview",
                        serialize=False,
                        to="opportunities.attachment",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("made", "made"), ("failed", "failed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("content_type", models.CharField(blank=True, max_length=20)),
                ("width", models.PositiveSmallIntegerField(default=0)),
                ("height", models.PositiveSmallIntegerField(default=0)),
            ],
            options={"verbose_name": "preview", "verbose_name_plural": "previews"},
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(
                fields=("series", "number"),
                name="attachment_version_once",
                violation_error_message=AT_THE_SAME_TIME,
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(
                condition=Q(("is_latest", True)),
                fields=("series",),
                name="attachment_one_latest",
                violation_error_message=AT_THE_SAME_TIME,
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("storage_name",), name="attachment_storage_name_once"),
        ),
    ]
