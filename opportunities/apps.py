from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpportunitiesConfig(AppConfig):
    name = "opportunities"
    verbose_name = _("Opportunities")

    def ready(self) -> None:
        from opportunities.activities import digest, mails
        from opportunities.models.mails import MAIL_KIND
        from salesflow.mail import kinds

        kinds.register(digest.KIND, digest.compose)
        kinds.register(MAIL_KIND, mails.compose)
