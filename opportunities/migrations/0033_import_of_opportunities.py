from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_merges"),
        ("opportunities", "0032_indexes_of_reports"),
        ("stages", "0006_phase_of_each_stage"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="waiver",
            name="waiver_by_day",
        ),
        migrations.AddField(
            model_name="event",
            name="imported_at",
            field=models.DateTimeField(null=True, verbose_name="imported"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="steps_to_catch_up",
            field=models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="steps to catch up on"),
        ),
        migrations.AddField(
            model_name="waiver",
            name="kind",
            field=models.CharField(
                choices=[("exception", "Exception"), ("imported", "Imported")],
                default="exception",
                max_length=9,
                verbose_name="kind",
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
                    ("asked_waiver", "Asked a manager to waive a step"),
                    ("took_back_waiver", "Took back the request to waive a step"),
                    ("declined_waiver", "Declined to waive a step"),
                    ("withdrew_waiver", "Withdrew a waiver"),
                    ("merged", "Merged two customers"),
                    ("unmerged", "Undid a merge"),
                    ("erased", "Erased the data of a person"),
                    ("converted", "Turned the next step into a task"),
                    ("imported", "Imported"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                condition=models.Q(("status", "open"), ("steps_to_catch_up__gt", 0)),
                fields=["owner", "id"],
                name="open_to_catch_up_by_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="waiver",
            index=models.Index(fields=["at", "kind", "step", "by", "opportunity"], name="waiver_by_day_and_kind"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("imported_at__isnull", True), ("imported_at__gte", models.F("at")), _connector="OR"
                ),
                name="imported_event_was_written_later",
                violation_error_message="An imported event was written after the moment that it is about.",
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["exception", "imported"])),
                name="waiver_has_known_kind",
                violation_error_message="A waiver is an exception or imported.",
            ),
        ),
    ]
