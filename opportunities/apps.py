from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpportunitiesConfig(AppConfig):
    name = "opportunities"
    verbose_name = _("Opportunities")

    def ready(self) -> None:
        from opportunities import row_runs
        from opportunities.activities import digest, mails
        from opportunities.bulk_runs.running import BULK_RUNS
        from opportunities.customers import renaming
        from opportunities.editing import found_by
        from opportunities.handing_over import work
        from opportunities.handing_over.moving import HAND_OVERS
        from opportunities.imports import headings, previewing
        from opportunities.imports.acting import IMPORT_ACTS
        from opportunities.imports.running import IMPORT_RUNS
        from opportunities.models.mails import MAIL_KIND
        from opportunities.pipeline.lists import columns
        from salesflow.mail import beginnings, kinds
        from salesflow.users import left_behind

        kinds.register(digest.KIND, digest.compose)
        kinds.register(MAIL_KIND, mails.compose)
        renaming.register(found_by.follow_customer)
        left_behind.register(work.left_behind)
        row_runs.register(BULK_RUNS)
        row_runs.register(HAND_OVERS)
        row_runs.register(IMPORT_RUNS)
        row_runs.register(IMPORT_ACTS)
        beginnings.register(row_runs.wake)
        beginnings.register(previewing.wake)
        headings.register({name: column.label for name, column in columns.ALL.items()})
