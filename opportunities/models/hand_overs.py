from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

KINDS = OPPORTUNITY, TASK, ACCOUNT = "opportunity", "task", "account"
WAITING, MOVED, CLOSED, OWNER_CHANGED = "", "moved", "closed", "owner_changed"
ENDED, REFUSED, BUSY, FAILED = "ended", "refused", "busy", "failed"
OUTCOMES = (WAITING, MOVED, CLOSED, OWNER_CHANGED, ENDED, REFUSED, BUSY, FAILED)


class HandOver(models.Model):
    """What a manager gives from one person to another, and what became of each row.

    `rows` is a list of `{"kind", "pk", "version", "outcome"}`: the open opportunities, open tasks and accounts (KINDS),
    each with the version that the manager saw, and one of OUTCOMES. An outcome is empty until the row is handed over or
    refused (`handing_over.moving`).
    """

    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("from"))
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("to"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    giver_stays = models.BooleanField(_("stays on the sales team"), default=True)
    rows = models.JSONField(_("rows"), default=list)

    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("undone by")
    )

    if TYPE_CHECKING:
        giver_id: int
        taker_id: int
        by_id: int

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(giver=F("taker")),
                name="hand_over_is_to_another_person",
                violation_error_message=_("Choose another person."),
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="a_hand_over_was_undone_by_a_person",
                violation_error_message=_("A hand-over that was undone says by whom."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"
