from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ListExport(models.Model):
    """A list of opportunities, or of the refused rows of a bulk run, that was downloaded: by whom, when, and how many.

    ZIP: the archive with all accounts and contacts and the history. The file itself is not stored.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        ZIP = "zip", "ZIP"

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    format = models.CharField(_("format"), max_length=4, choices=Format)
    has_all_columns = models.BooleanField(_("all columns"))
    rows = models.PositiveIntegerField(_("opportunities"))

    if TYPE_CHECKING:
        by_id: int

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(format__in=["csv", "xlsx", "zip"]), name="export_has_known_format"),
        ]

    def __str__(self) -> str:
        return f"{self.by}, {self.rows}"
