from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpportunitiesConfig(AppConfig):
    name = "opportunities"
    verbose_name = _("Opportunities")

    def ready(self) -> None:
        from opportunities import evidence, readiness, standing
        from stages import subject

        subject.register(
            fields=evidence.fields(),
            evidence=evidence.EVIDENCE,
            on_change=readiness.recompute,
            standing_in=standing.standing_in,
        )
